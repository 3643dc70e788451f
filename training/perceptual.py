"""The fixed network that a perceptual loss compares pictures by, as --vgg names its weights.

Two files hold VGG19: Keras's, which it downloads, and torchvision's (vgg19-dcbb9e9d.pth), which
pix2pixHD's release takes. Their numbers differ, and what pictures must be before they go in.
"""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Optional

import h5py  # comes with TensorFlow
import numpy as np
import tensorflow as tf
from tensorflow import keras

from interface import downloads
from interface.command_line import UserError
from training import porting
from training.porting import KERNEL, Arrays, Slot

Perceive = Callable[[tf.Tensor], Sequence[tf.Tensor]]
NONE, IMAGENET = "none", "imagenet"
WORDS = "imagenet, none, or the path of VGG19's weights: torchvision's .pth or Keras's .h5"
FILE = "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5"
URL = f"https://storage.googleapis.com/tensorflow/keras-applications/vgg19/{FILE}"
MD5 = "253f8cb515780f3b799900260a226db6"  # as Keras has it
# torchvision's numbers of block1_conv1 to block5_conv1; ReLUs and pools are counted too.
NUMBERS = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28)
# How names begin of what lies behind the last layer that is looked at, in either file.
BEHIND = (
    *("features.30.", "features.32.", "features.34.", "classifier."),
    *("block5_conv2.", "block5_conv3.", "block5_conv4.", "fc1.", "fc2.", "predictions."),
)


def load(word: str, build: Callable[[str], Any]) -> Optional[Perceive]:
    """The network of --vgg, with its weights.

    Args:
      word: imagenet (Keras's weights, which it downloads once to ~/.keras/models, 76 MiB), none,
        or the path of torchvision's state dict or of Keras's weights.
      build: makes the network, `networks.image_to_image.vgg.Vgg19`, told what its weights take:
        "release" or "imagenet". Its `convs` are its convolutions by Keras's names.

    Returns:
      Pictures [N, H, W, 3] in [-1, 1] → their features, the finest first; None for none. Where
      there are replicas, call this in their strategy's scope.

    Raises:
      UserError: no such file, a damaged one, one of another network, or no download.
    """
    if word == NONE:
        return None
    path = _downloaded() if word == IMAGENET else word
    if not pathlib.Path(path).is_file():
        raise UserError(f"--vgg {word}: no such file; wanted {WORDS}")
    is_keras = path.endswith((".h5", ".hdf5")) or h5py.is_hdf5(path)
    arrays = _of_keras(path) if is_keras else porting.read(path)
    network = build("imagenet" if is_keras else "release")
    slots = _keras_slots(network.convs) if is_keras else _torch_slots(network.convs)
    seen = {name: array for name, array in arrays.items() if not name.startswith(BEHIND)}
    porting.assign(seen, slots, path)
    return network


def _keras_slots(convs: Mapping[str, Any]) -> dict[str, Slot]:
    """Where the arrays of `_of_keras` go."""
    kernels = {f"{name}.weight": Slot(conv.kernel) for name, conv in convs.items()}
    return {**kernels, **{f"{name}.bias": Slot(conv.bias) for name, conv in convs.items()}}


def _torch_slots(convs: Mapping[str, Any]) -> dict[str, Slot]:
    """Where those of torchvision's state dict go."""
    numbered = [*zip(NUMBERS, convs.values())]
    kernels = {f"features.{number}.weight": Slot(conv.kernel, KERNEL) for number, conv in numbered}
    return {**kernels, **{f"features.{number}.bias": Slot(conv.bias) for number, conv in numbered}}


def _of_keras(path: str) -> Arrays:
    """Of a weights file of Keras 2, or of a model that it saved: LAYER.weight and LAYER.bias.

    What the weights are called in there depends on the version; their order does not.

    Raises:
      UserError: it can't be read.
    """
    arrays = {}
    try:
        with h5py.File(path, "r") as file:
            layers = file.get("model_weights", file)
            for layer, group in layers.items():
                names = group.attrs.get("weight_names", ())
                for kind, name in zip(("weight", "bias"), names):
                    arrays[f"{layer}.{kind}"] = np.asarray(group[name])
    except Exception as error:  # a damaged file can make HDF5 raise almost anything
        why = " ".join(str(error).split())[:200] or type(error).__name__
        raise UserError(f"{path}: can't be read as Keras's weights ({why})") from None
    return arrays


def _downloaded() -> str:
    """The path of Keras's weights, downloaded unless they are there; the checksum is right."""
    try:
        with downloads.mannerly():
            return keras.utils.get_file(
                FILE, URL, cache_subdir="models", file_hash=MD5, hash_algorithm="md5"
            )
    except Exception as error:  # Keras raises a bare one where a download fails
        why = " ".join(str(error).split())[:200]
        place = pathlib.Path("~/.keras/models", FILE)
        raise UserError(
            f"--vgg {IMAGENET}: could not be downloaded ({why}); fetch {URL} where there is a "
            f"network and put it at {place}, or name it with --vgg PATH, or do without: --vgg none"
        ) from None
