"""The studio as a page on which people draw."""
