"""What a stage of pix2pixHD goes on from: itself, the phase before, or another run."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable, Mapping
from typing import Any, Optional

import tensorflow as tf

from input_pipeline.label_maps import label_sets
from input_pipeline.label_maps.label_sets import LabelSet
from interface.command_line import UserError
from siblings.pix2pixhd.config import Config
from siblings.pix2pixhd.networks import Generator
from siblings.pix2pixhd.phases import GLOBAL, OUTERMOST, STYLED, WHOLE, Part
from training.run import stages
from training.run.loop import Trainer
from training.run.stages import Source, Stage, Start

# Stages of another run that a stage may go on from, the best first.
OF_ANOTHER = {
    GLOBAL: (GLOBAL,),
    OUTERMOST: (WHOLE, OUTERMOST, GLOBAL),
    WHOLE: (WHOLE, OUTERMOST, GLOBAL),
    STYLED: (STYLED, WHOLE, GLOBAL),
}


@dataclasses.dataclass(frozen=True)
class Widened(Source):
    """A checkpoint whose generator has no features yet: what they do is random at first.

    Attributes:
      without: makes such a generator, with weights.
    """

    without: Callable[[], Generator] = Generator

    def apply(self, trainer: Trainer) -> None:
        """Read it; a kernel has the features' channels behind those that it had."""
        before, generator = self.without(), trainer.networks["generator"]
        read = tf.train.Checkpoint(generator=before, critics=trainer.networks["critics"])
        self.stage.checkpoints().restore_matching(read, self.step)
        for ours, theirs in zip(generator.variables, before.variables):
            if ours.shape == theirs.shape:
                ours.assign(theirs)
            else:
                ours.assign(tf.concat([theirs, ours[:, :, theirs.shape[2] :]], axis=2))


def start(
    settings: Config,
    part: Part,
    classes: LabelSet,
    steps: int,
    without: Callable[[], Generator],
) -> Start:
    """Where a stage starts.

    Args:
      part: the stage; steps: to train it up to.
      classes: of the records.
      without: makes a generator of its shape that has no features, with weights.

    Raises:
      UserError: nothing is there to start from, or it has networks or classes of another kind.
    """
    stage = Stage(pathlib.Path(settings.run_dir) / part.name)
    again = stages.resumed(stage, steps)
    if again:
        _check(stage, {**part.networks(settings), "pool_size": settings.pool_size}, classes)
        return again
    begun = OUTERMOST in part.after  # by this phase itself, whatever that went on from
    pretrained = None if begun else settings.load_pretrain
    names = OF_ANOTHER[part.name] if pretrained else part.after
    if not names or (settings.from_scratch and not begun):
        return Start("starts from random weights")
    before = _newest(settings, part, names, pretrained)
    kept = before.settings("networks")
    shared = {n: value for n, value in part.networks(settings).items() if n in kept["networks"]}
    _check(before, shared, classes)
    step = before.checkpoints().latest()
    assert step is not None
    story = f"starts from {stages.reached(before, step)}"
    encoded = "features" in kept["networks"]
    networks = {name: name for name in ("generator", "critics", *["encoder"][:encoded])}
    if encoded == part.encoded:
        return Start(story, sources=(Source(before, step, networks),))
    return Start(story, sources=(Widened(before, step, networks, without),))


def _newest(
    settings: Config, part: Part, names: tuple[str, ...], pretrained: Optional[str]
) -> Stage:
    """The first of these stages that has a checkpoint, in this run or in one `pretrained`."""
    folder = pretrained or settings.run_dir
    each = [Stage(pathlib.Path(folder) / name) for name in names]
    there = next((stage for stage in each if stage.checkpoints().latest() is not None), None)
    if there is not None:
        return there
    if pretrained:
        raise UserError(f"--load_pretrain {folder}: no checkpoint of {' or '.join(names)} in it")
    raise UserError(
        f"{part.name} starts from {names[0]}, of which {folder} has no checkpoint; train it first: "
        f"the same command with --phase {names[0].split('_')[1]}, or give --from_scratch"
    )


def _check(stage: Stage, networks: Mapping[str, Any], classes: LabelSet) -> None:
    """Refuse a checkpoint of other networks, or of label maps of another kind."""
    stages.check_same(stage, networks)
    label_sets.check_trained(classes, stage.settings("classes")["classes"], stage)
