"""How weights change. Receives networks and batches as arguments."""

import interface  # noqa: F401 - tells TensorFlow which Keras
