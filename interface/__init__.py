"""How every program of the house meets people: flags in, whole files and pictures out."""

from interface import tensorflow_start

tensorflow_start.use_keras_2()  # here, where every program comes by first
