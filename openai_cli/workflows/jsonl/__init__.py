"""Files of JSON lines, read and judged at constant memory: what batches and fine-tuning share."""
