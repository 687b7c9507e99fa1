"""Floor 2: results become text. Nothing is sent from here; only `core.console` writes."""
