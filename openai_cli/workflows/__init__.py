"""Floor 4: what a single request cannot do. Each module is imported when its command runs."""
