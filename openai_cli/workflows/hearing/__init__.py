"""Speech to text: recordings of any length and kind, several at a time, or the microphone."""
