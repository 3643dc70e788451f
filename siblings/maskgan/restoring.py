"""A stage of a run → its networks as they were trained, to paint with and to export."""

from __future__ import annotations

import dataclasses
from typing import Any, Optional

import tensorflow as tf

from input_pipeline.label_maps import label_sets
from input_pipeline.label_maps.label_sets import LabelSet
from interface.command_line import UserError
from siblings.maskgan import phases, starts, train
from siblings.maskgan.config import Config
from siblings.maskgan.networks import Painter
from siblings.maskgan.trainer import Editing
from training.run.stages import Stage, trained


@dataclasses.dataclass(frozen=True)
class Restored:
    """A painter, after phase 3 with MaskVAE and the blender, and what is to be known of them.

    Attributes:
      stage, step: of the checkpoint; settings: of the stage, as config.json has them.
      classes: of label maps.
    """

    stage: Stage
    step: int
    settings: dict[str, Any]
    classes: LabelSet
    painter: Painter
    editing: Optional[Editing]


def restore(run_dir: str, best: bool = False, phase: int = 0) -> Restored:
    """The networks of a run's newest checkpoint (or best), in float32 whatever trained them.

    Args:
      phase: whose, 2 or 3; 0 = the last one that there is.

    Raises:
      UserError: there is none, or one of MaskVAE alone.
    """
    stage = _stage(run_dir, phase)
    checkpoints, step = trained(stage, best)
    kept = stage.settings("vae_width", "classes", "trained_size", "phase")
    known = {field.name for field in dataclasses.fields(Config)}
    said = {name: value for name, value in kept.items() if name in known}
    settings = Config(**{**said, "precision": "float32"})
    classes = label_sets.parsed(kept["classes"], f"{stage.config}: classes")
    painter, _ = train.new_painter(settings, classes.count)
    editing = None
    if settings.phase == 3:
        editing = train.new_editing(settings, classes.count, kept["trained_size"][0])
    read = {"painter": painter, **(editing._asdict() if editing else {})}
    checkpoints.restore_matching(tf.train.Checkpoint(**read), step)
    return Restored(stage, step, kept, classes, painter, editing)


def _stage(run_dir: str, phase: int) -> Stage:
    """The one of a phase, or the last one of a painter that has a checkpoint."""
    if phase == 1:
        raise UserError("--phase 1: MaskVAE paints nothing; wanted 2 or 3")
    names = [phases.NAMES[phase - 1]] if phase else [phases.EDITING, phases.PAINTER]
    each = [starts.stage(Config(phase=2, run_dir=run_dir), name) for name in names]
    there = [stage for stage in each if stage.checkpoints().latest() is not None]
    return there[0] if there else each[-1]
