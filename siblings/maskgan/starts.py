"""What a phase of MaskGAN goes on from: itself, or the phases before."""

from __future__ import annotations

import pathlib
from typing import Any

from input_pipeline.label_maps import label_sets
from input_pipeline.label_maps.label_sets import LabelSet
from interface.command_line import UserError
from siblings.maskgan import phases
from siblings.maskgan.config import Config
from siblings.maskgan.phases import EDITING, MASKS, NAMES, PAINTER
from training.run import stages
from training.run.stages import Source, Stage, Start


def stage(settings: Config, name: str = "") -> Stage:
    """Of the phase, or another of the run by its name."""
    return Stage(pathlib.Path(settings.run_dir) / (name or NAMES[settings.phase - 1]))


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
        _check(here, phases.networks(settings), classes)
        if settings.phase != 2:
            _check_side(here, side)
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
    told = " and ".join(stages.reached(source.stage, source.step) for source in sources)
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
        _check_side(other, side)
    names = ("vae",) if name == MASKS else ("painter", "critics")
    return Source(other, step, {each: each for each in names})


def _check(trained: Stage, shapes: dict[str, Any], classes: LabelSet) -> None:
    """Refuse a checkpoint of other networks, or of label maps of another kind."""
    stages.check_same(trained, shapes)
    label_sets.check_trained(classes, trained.settings("classes")["classes"], trained)


def _check_side(trained: Stage, side: int) -> None:
    """Refuse a MaskVAE of other pixels a side."""
    before = trained.settings("trained_size")["trained_size"][0]
    if before != side:
        raise UserError(
            f"{trained} was trained on masks of {before} pixels a side; these records have {side}; "
            "use records of the same size, or another --run_dir"
        )
