"""Floor 1: configuration, errors, streams, requests, HTTP, pages. Imports the catalog only."""
