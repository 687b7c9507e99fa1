"""Sessions that are spoken: conversations, live captions, live translation."""
