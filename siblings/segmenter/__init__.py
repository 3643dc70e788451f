"""The segmenter: photos → label maps."""
