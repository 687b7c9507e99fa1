"""Tests of `tools.sync`."""
