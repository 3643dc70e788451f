"""How every program of the house meets people: flags in, whole files and pictures out."""

from interface import tensorflow_start

# Here, where every program comes by first.
tensorflow_start.use_keras_2()
tensorflow_start.use_onednn()
