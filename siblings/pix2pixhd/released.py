"""Names of weights in the release's state dicts, and where each goes.

Its numbers count every module: a pad, a convolution, a norm, a ReLU; a residual block is one.
Batch norms have weights, instance norms none.
"""

from __future__ import annotations

from typing import Any

from networks.batch_norm import BatchNorm
from networks.image_to_image.layers import Normed, Residual
from networks.image_to_image.patch_critic import PatchCritics
from networks.image_to_image.translator import Translator
from siblings.pix2pixhd.networks import Generator
from training.porting import KERNEL, Slot

Slots = dict[str, Slot]


def of_generator(network: Generator) -> Slots:
    """Of a global generator, or of one with enhancers."""
    slots = of_translator(network.whole)
    for number, enhancer in enumerate(network.enhancers, 1):
        slots |= _of_enhancer(enhancer, f"model{number}")
    return slots


def of_translator(network: Translator) -> Slots:
    """Of a global generator, or of the encoder."""
    slots, number = _of_normed(network.first, "model.1"), 4
    for down in network.downs:
        slots |= _of_normed(down, f"model.{number}")
        number += 3
    for block in network.blocks:
        slots |= _of_block(block, f"model.{number}")
        number += 1
    for up in network.ups:
        slots |= _of_normed(up, f"model.{number}")
        number += 3
    if network.channels:
        slots |= _of_conv(network.last, f"model.{number + 1}")
    return slots


def of_critics(network: PatchCritics) -> Slots:
    """Of discriminators; the last number is full resolution."""
    slots: Slots = {}
    for scale, critic in enumerate(reversed(network.critics)):
        name = f"scale{scale}_layer"
        slots |= _of_conv(critic.first, f"{name}0.0")
        for number, layer in enumerate(critic.middle, 1):
            slots |= _of_normed(layer, f"{name}{number}.0")
        slots |= _of_conv(critic.last, f"{name}{len(critic.middle) + 1}.0")
    return slots


def _of_enhancer(network: Translator, name: str) -> Slots:
    slots = _of_normed(network.first, f"{name}_1.1")
    slots |= _of_normed(network.downs[0], f"{name}_1.4")
    for number, block in enumerate(network.blocks):
        slots |= _of_block(block, f"{name}_2.{number}")
    up = len(network.blocks)
    slots |= _of_normed(network.ups[0], f"{name}_2.{up}")
    if network.channels:
        slots |= _of_conv(network.last, f"{name}_2.{up + 4}")
    return slots


def _of_block(block: Residual, name: str) -> Slots:
    first = _of_normed(block.first, f"{name}.conv_block.1")
    return first | _of_normed(block.second, f"{name}.conv_block.5")


def _of_normed(layer: Normed, name: str) -> Slots:
    """A convolution, and its norm, whose number is the next."""
    slots, norm = _of_conv(layer.conv, name), layer.norm
    if not isinstance(norm, BatchNorm):
        return slots
    before, _, number = name.rpartition(".")
    parts = {
        "weight": norm.scale,
        "bias": norm.offset,
        "running_mean": norm.mean,
        "running_var": norm.variance,
    }
    after = f"{before}.{int(number) + 1}"
    return slots | {f"{after}.{part}": Slot(each) for part, each in parts.items()}


def _of_conv(conv: Any, name: str) -> Slots:
    return {f"{name}.weight": Slot(conv.kernel, KERNEL), f"{name}.bias": Slot(conv.bias)}
