"""The stage of each phase: its networks, the size of its pictures, and what it goes on from.

As in the paper (arXiv 1907.11922, section 3):
  phase_1  MaskVAE, of label maps alone
  phase_2  the painter with its encoders of styles, from photos and their label maps
  phase_3  the painter with the blender, on masks that MaskVAE has edited
"""

from __future__ import annotations

import math
import pathlib
from typing import Any

from input_pipeline.label_maps import label_sets
from input_pipeline.label_maps.label_sets import LabelSet
from input_pipeline.label_maps.record_files import Records
from interface.command_line import UserError
from siblings.maskgan.config import Config
from training.run import stages
from training.run.stages import Source, Stage, Start

MASKS, PAINTER, EDITING = NAMES = ("phase_1", "phase_2", "phase_3")
LEAST = 32  # pixels a side, below which nothing is left of a style
LARGEST = 1024


def stage(settings: Config, name: str = "") -> Stage:
    """Of the phase, or another of the run by its name."""
    return Stage(pathlib.Path(settings.run_dir) / (name or NAMES[settings.phase - 1]))


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
    deepest = max(settings.downs, settings.blender_downs if settings.phase == 3 else 0)
    if height % 2**deepest or width % 2**deepest or min(height, width) < LEAST:
        raise UserError(
            f"{found}; wanted multiples of {2**deepest} from {LEAST} on, which the networks halve "
            f"again and again: {prepare}"
        )
    return height, width


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


def start(settings: Config, classes: LabelSet, side: int) -> Start:
    """Where the phase starts.

    Args:
      settings: settled; classes: of the records; side: height of these.

    Raises:
      UserError: nothing is there to start from, or it has networks, classes or sizes of another
        kind.
    """
    here = stage(settings)
    again = stages.resumed(here, settings.steps)
    if again:
        _check(here, networks(settings), classes)
        return again
    if settings.phase != 3:
        return Start("starts from random weights")
    shapes = {
        MASKS: settings.mask_vae(),
        PAINTER: {**settings.painter(), **settings.discriminator()},
    }
    if settings.from_scratch:
        del shapes[PAINTER]
    sources = [_source(settings, name, shapes[name], classes, side) for name in shapes]
    told = " and ".join(f"step {source.step} of {source.stage}" for source in sources)
    return Start(f"starts from {told}", sources=tuple(sources))


def _source(
    settings: Config, name: str, shapes: dict[str, Any], classes: LabelSet, side: int
) -> Source:
    """The networks of another stage of the run."""
    other = stage(settings, name)
    step = other.checkpoints().latest()
    if step is None:
        phase = 1 + NAMES.index(name)
        raise UserError(
            f"{EDITING} starts from {name}, of which {settings.run_dir} has no checkpoint; train "
            f"it first: the same command with --phase {phase}"
        )
    _check(other, shapes, classes)
    if name == MASKS:
        trained = other.settings("trained_size")["trained_size"][0]
        if trained != side:
            raise UserError(
                f"{other} was trained on masks of {trained} pixels a side; these records have "
                f"{side}"
            )
    names = ("vae",) if name == MASKS else ("painter", "critics")
    return Source(other, step, {each: each for each in names})


def _check(trained: Stage, shapes: dict[str, Any], classes: LabelSet) -> None:
    """Refuse a checkpoint of other networks, or of label maps of another kind."""
    stages.check_same(trained, shapes)
    label_sets.check_trained(classes, trained.settings("classes")["classes"], trained)
