"""Photos → records → batches. Knows no network."""

RESOLUTIONS = (8, 16, 32, 64, 128, 256, 512, 1024)  # of the records; phase p paints the p-th
