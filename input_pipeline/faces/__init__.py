"""A photo → its face → a record of an image and the drawing of its landmarks → batches."""
