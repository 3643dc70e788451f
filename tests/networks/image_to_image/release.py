"""Recordings of pix2pixHD's release."""

import pathlib

import numpy as np

from training import porting

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures"
CLASSES = 35


def read(name):
    return np.load(FIXTURES / f"pix2pixhd_{name}.npz")


def channels_last(array):
    return np.moveaxis(array, 1, -1)


def label_and_edge(recording):
    one_hot = np.eye(CLASSES, dtype=np.float32)[recording["in/label"]]
    return np.concatenate([one_hot, channels_last(recording["in/edge"])], axis=-1)


def assign(recording, slots):
    weights = {key[6:]: recording[key] for key in recording if key.startswith("param/")}
    porting.assign(weights, slots, "recording")
