"""An offline OpenAI API driven by the catalog: same routes, shapes and errors, no network."""
