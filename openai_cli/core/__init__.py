"""Floor 1: configuration, errors, streams, values, requests, HTTP, pages. Imports the catalog only."""
