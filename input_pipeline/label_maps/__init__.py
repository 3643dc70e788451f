"""A photo and its label map → records."""
