"""Names of weights in the release's state dicts, and where each goes.

The painter's and the blender's numbers count every module: a pad, a convolution, a norm, a ReLU; a
residual block is one.
"""

from __future__ import annotations

from typing import Any

from networks.batch_norm import BatchNorm
from networks.image_to_image.translator import Translator
from siblings.maskgan.mask_vae import MaskVAE
from siblings.maskgan.networks import Blender, Painter
from siblings.maskgan.style import LabelEncoder, SpatialFeatureTransform, StyleEncoder
from training.porting import KERNEL, Slot

DENSE = (1, 0)  # a dense layer's kernel [out, in], as TensorFlow has it
Slots = dict[str, Slot]


def of_painter(network: Painter) -> Slots:
    """Of the dense mapping network."""
    pairs = [(block.first, block.second) for block in network.blocks]
    slots = _of_translator(network.whole, pairs, network.whole.last)
    slots |= _of_label_encoder(network.label_encoder, "enc_label")
    return slots | _of_style_encoder(network.style_encoder, "enc_style")


def of_blender(network: Blender) -> Slots:
    """Of the alpha blender."""
    pairs = [(block.first.conv, block.second.conv) for block in network.whole.blocks]
    return _of_translator(network.whole, pairs, network.last)


def of_mask_vae(network: MaskVAE) -> Slots:
    """Of MaskVAE; its batch norms have numbers of their own, from the encoder to the decoder."""
    slots: Slots = {}
    for number, down in enumerate(network.downs, 1):
        slots |= _of_weights(down.conv, f"e{number}") | _of_norm(down.norm, f"bn{number}")
    slots |= _of_weights(network.to_mean, "fc1", DENSE)
    slots |= _of_weights(network.to_log_variance, "fc2", DENSE)
    slots |= _of_weights(network.from_latent, "d1", DENSE)
    for number, up in enumerate(network.ups, 2):
        norm = f"bn{len(network.downs) + number - 1}"
        slots |= _of_weights(up.conv, f"d{number}") | _of_norm(up.norm, norm)
    return slots | _of_weights(network.last, f"d{len(network.ups) + 2}")


def _of_translator(network: Translator, blocks: list[tuple[Any, Any]], last: Any) -> Slots:
    """With the convolutions of blocks, and the last one, which may be another's."""
    slots, number = _of_weights(network.first.conv, "model.1"), 4
    for down in network.downs:
        slots |= _of_weights(down.conv, f"model.{number}")
        number += 3
    for pair in blocks:
        slots |= _of_convs(pair, f"model.{number}.conv_block")
        number += 1
    for up in network.ups:
        slots |= _of_weights(up.conv, f"model.{number}")
        number += 3
    return slots | _of_weights(last, f"model.{number + 1}")


def _of_label_encoder(network: LabelEncoder, name: str) -> Slots:
    # A ReLU has the first number.
    coarse = _of_convs(network.coarse, f"{name}.model_last", first=1)
    return _of_convs(network.fine, f"{name}.model") | coarse


def _of_style_encoder(network: StyleEncoder, name: str) -> Slots:
    slots = _of_convs(network.fine, f"{name}.model")
    slots |= _of_convs(network.coarse, f"{name}.model_middle")
    for number, transform in enumerate(network.transforms, 1):
        slots |= _of_transform(transform, f"{name}.sft{number}")
    return slots | _of_weights(network.last, f"{name}.model_last.1")


def _of_transform(network: SpatialFeatureTransform, name: str) -> Slots:
    slots: Slots = {}
    for part, convs in (("scale", network.scale), ("shift", network.shift)):
        for number, conv in enumerate(convs, 1):
            slots |= _of_weights(conv, f"{name}.SFT_{part}_conv{number}")
    return slots


def _of_convs(convs: Any, name: str, first: int = 0) -> Slots:
    slots: Slots = {}
    for number, conv in enumerate(convs, first):
        slots |= _of_weights(conv, f"{name}.{number}.conv")
    return slots


def _of_norm(norm: BatchNorm, name: str) -> Slots:
    return {
        f"{name}.weight": Slot(norm.scale),
        f"{name}.bias": Slot(norm.offset),
        f"{name}.running_mean": Slot(norm.mean),
        f"{name}.running_var": Slot(norm.variance),
    }


def _of_weights(layer: Any, name: str, axes: tuple[int, ...] = KERNEL) -> Slots:
    return {f"{name}.weight": Slot(layer.kernel, axes), f"{name}.bias": Slot(layer.bias)}
