"""Batches: request files prepared, checked, priced, run and resumed."""
