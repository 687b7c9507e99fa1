"""The tests of `oai`."""
