"""Floor 3: an operation of the catalog becomes a lazy Typer command. Knows no operation by name."""
