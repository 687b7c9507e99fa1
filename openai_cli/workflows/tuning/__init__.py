"""Fine-tuning: training data checked before it is uploaded."""
