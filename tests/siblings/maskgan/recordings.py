"""Recordings of MaskGAN's release."""

import re

import numpy as np

from tests.networks.image_to_image import release

CLASSES = 19


def read(name):
    return np.load(release.FIXTURES / f"maskgan_{name}.npz")


def settings(recording):
    """{name: number} that its own words tell."""
    told = re.findall(r"(\w+)=(\d+)", str(recording["meta"]))
    return {name: int(number) for name, number in told}


def one_hot(label):
    return np.eye(CLASSES, dtype=np.float32)[label]
