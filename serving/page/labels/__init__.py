"""The desk for models that paint label maps: people paint classes, a model paints the picture."""
