"""How fast `oai` is, measured against its references in the same run: `python -m benchmarks`."""
