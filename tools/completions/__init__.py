"""What completion needs of the code, written down: `python -m tools.completions`."""
