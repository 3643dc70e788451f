"""Photos → records → batches. Knows no network."""
