"""The desk for models that ask for the landmarks of a face: people draw it, a model paints it."""
