"""The stage of each phase: its networks, the size of its pictures, and what it goes on from.

As in the paper (arXiv 1907.11922, section 3):
  phase_1  MaskVAE, of label maps alone
  phase_2  the painter with its encoders of styles, from photos and their label maps
  phase_3  the painter with the blender, on masks that MaskVAE has edited
"""

from __future__ import annotations

import math
from typing import Any

from input_pipeline.label_maps.label_sets import LabelSet
from input_pipeline.label_maps.record_files import Records
from interface.command_line import UserError
from siblings.maskgan.config import Config

MASKS, PAINTER, EDITING = NAMES = ("phase_1", "phase_2", "phase_3")
LEAST = 32  # pixels a side, below which nothing is left of a style
LARGEST = 1024
SMALLEST = 4  # pixels a side, down to which MaskVAE halves its maps


def networks(settings: Config) -> dict[str, Any]:
    """What the shapes of the phase's networks follow from, beside classes and size."""
    if settings.phase == 1:
        return settings.mask_vae()
    shapes = {**settings.painter(), **settings.discriminator()}
    if settings.phase == 2:
        return shapes
    return {**shapes, **settings.blender(), **settings.mask_vae()}


def size(settings: Config, records: Records) -> tuple[int, int]:
    """Height and width of the records.

    Raises:
      UserError: they have several, or one that the phase's networks can't have.
    """
    prepare = "prepare the records with --size"
    if len(records.sizes) != 1:
        found = f"records of {len(records.sizes)} sizes" if records.sizes else "no size"
        raise UserError(f"--data_dir {settings.data_dir}: {found}; wanted one: {prepare}")
    ((height, width),) = records.sizes
    found = f"--data_dir {settings.data_dir}: records of {height}x{width}"
    power = height == width and LEAST <= height <= LARGEST and math.log2(height).is_integer()
    if settings.phase != 2 and not power:
        raise UserError(
            f"{found}; wanted squares of {LEAST}, 64, … or {LARGEST} pixels, which MaskVAE halves "
            f"down to 4: {prepare}"
        )
    multiple, least = 2 ** max(_downs(settings)), _least(settings)
    if height % multiple or width % multiple or min(height, width) < least:
        raise UserError(
            f"{found}; wanted multiples of {multiple} from {least} on, which the networks halve "
            f"again and again: {prepare}"
        )
    return height, width


def _downs(settings: Config) -> list[int]:
    """Of the networks that see pictures."""
    return [settings.downs, *[settings.blender_downs] * (settings.phase == 3)]


def _least(settings: Config) -> int:
    """Pixels a side from which on all networks have something to see."""
    return max(LEAST, *map(narrowest, _downs(settings)))


def narrowest(downs: int) -> int:
    """Pixels a side of which so many steps down leave two, which residual blocks reflect."""
    return 2 ** (downs + 1)


def check_mirrors(settings: Config, classes: LabelSet) -> None:
    """Refuse to mirror photos where no class is another's mirror image.

    Raises:
      UserError: left and right would become one.
    """
    if settings.mirror and all(label.mirror == id for id, label in enumerate(classes.labels)):
        raise UserError(
            f"--data_dir {settings.data_dir}: its classes know no left and right (mirror), which a "
            "mirrored photo exchanges; prepare the records with such --classes, or train with "
            "--nomirror"
        )
