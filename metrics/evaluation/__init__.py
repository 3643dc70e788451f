"""One generator against one set of photos: what is measured, from what, and what is kept."""
