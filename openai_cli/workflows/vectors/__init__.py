"""Folders are brought into vector stores, and kept the same."""
