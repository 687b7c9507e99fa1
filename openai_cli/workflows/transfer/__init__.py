"""Files go up: in one request, or in parts that survive an interruption."""
