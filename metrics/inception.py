"""Features of pictures from Keras's InceptionV3, for distances between sets of pictures.

The literature's FID is computed with another Inception network (that of the TensorFlow GAN
library, trained in 2015), so figures from this one are comparable with each other only.
"""

from __future__ import annotations

import hashlib
import pathlib

import numpy as np
from PIL import Image
from tensorflow import keras

from interface import downloads
from interface.command_line import UserError

SIDE = 299  # pixels that the network was trained at
FEATURES = 2048
BATCH = 32
IMAGENET = "imagenet"
ADVICE = "name a file of Keras's InceptionV3 without the top with --inception_weights PATH"


def load(weights: str) -> keras.Model:
    """The network: images [N, 299, 299, 3] in [-1, 1] → features [N, 2048], means over pixels.

    Args:
      weights: "imagenet", which Keras downloads once to ~/.keras/models (84 MiB), or the path of
        a weights file of InceptionV3(include_top=False).

    Raises:
      UserError: no such file, not these weights, or no download.
    """
    if weights != IMAGENET and not pathlib.Path(weights).is_file():
        raise UserError(f"--inception_weights {weights}: no such file; {ADVICE}")
    try:
        with downloads.mannerly():
            return keras.applications.InceptionV3(
                include_top=False, weights=weights, input_shape=(SIDE, SIDE, 3), pooling="avg"
            )
    except Exception as error:  # Keras raises a bare one where a download fails
        mistake = "could not be downloaded" if weights == IMAGENET else "not such weights"
        words = " ".join(str(error).split())[:200]
        raise UserError(f"--inception_weights {weights}: {mistake} ({words}); {ADVICE}") from None


def fingerprint(network: keras.Model) -> str:
    """Of the weights: equal ones have the same, whatever file they came from."""
    digest = hashlib.sha256()
    for weight in network.get_weights():
        digest.update(weight.tobytes())
    return digest.hexdigest()[:16]


def features(images: np.ndarray, network: keras.Model) -> np.ndarray:
    """What `network` of `load` sees in images, uint8 [N, H, H, 3] → float32 [N, 2048]."""
    parts = [np.empty([0, FEATURES], np.float32)]
    for start in range(0, len(images), BATCH):
        batch = np.stack([resized(image) for image in images[start : start + BATCH]])
        inputs = keras.applications.inception_v3.preprocess_input(batch)
        parts.append(network(inputs, training=False).numpy())
    return np.concatenate(parts)


def resized(image: np.ndarray) -> np.ndarray:
    """An image, uint8 [H, H, 3], at 299 pixels: float32 [299, 299, 3] from 0 to 255, unrounded.

    As Parmar et al. propose (arXiv 2104.11222): Pillow's bicubic filter, which widens with the
    step where it shrinks, on each channel as floats. Images that are already so large stay as
    they are. tf.image.resize(antialias=True) has the same filter; Pillow's needs no device.
    """
    channels = [
        np.asarray(Image.fromarray(channel).resize((SIDE, SIDE), Image.Resampling.BICUBIC))
        for channel in np.moveaxis(image.astype(np.float32), 2, 0)
    ]
    return np.stack(channels, axis=2).clip(0, 255)
