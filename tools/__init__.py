"""What builds the parts of this project that are made rather than written."""
