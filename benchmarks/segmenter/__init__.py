"""The segmenter, to be timed."""
