"""Where a stage starts: its own checkpoint, its fade stage, the phase before, or random weights.

A stage lives in `phase_3_fade/` (the new resolution fades in) or `phase_3/` (stable). Networks
name their layers by the resolution they work at, so growing is: read from the smaller network's
checkpoint whatever has the same name. Layers at a new resolution, and the mask encoder's two
full-resolution convolutions, have new names and start anew; the old to-RGB and from-RGB have the
name that the fade branch looks for.
"""

from __future__ import annotations

import dataclasses
import pathlib
import shlex
from collections.abc import Mapping
from typing import Any, NamedTuple, Optional

from interface.command_line import UserError
from training import network_settings
from training.run.checkpoints import Checkpoints
from training.run.stages import Source, Stage, Start, check_same, resumed, trained
from training.schedule import fade_steps

NETWORKS = {name: name for name in ("generator", "critic", "averaged")}  # that grow
# What config.json says of the records, and what it means that an older version's does not.
OF_RECORDS = {"framing": "aligned"}


@dataclasses.dataclass(frozen=True)
class PhaseStage(Stage):
    """A stage of a phase, in the folder `phase_3_fade` or `phase_3`.

    Attributes:
      phase: from 1; smooth: the fade stage.
    """

    phase: int = 1
    smooth: bool = False

    def other(self, phase: int, smooth: bool) -> PhaseStage:
        """Another stage of the same run."""
        return stage_of(str(self.folder.parent), phase, smooth)


def stage_of(run_dir: str, phase: int, smooth: bool) -> PhaseStage:
    """The stage in `run_dir/phase_3_fade` or `run_dir/phase_3`."""
    folder = pathlib.Path(run_dir) / (f"phase_{phase}_fade" if smooth else f"phase_{phase}")
    return PhaseStage(folder, OF_RECORDS, phase, smooth)


def find_start(
    stage: PhaseStage, from_scratch: bool, networks: Mapping[str, Any], steps: int
) -> Start:
    """Decide how a stage begins: where it stopped, else after its fade, else from the phase before.

    Args:
      stage: that begins.
      from_scratch: random weights are wanted where neither the stage nor its fade has begun.
      networks: the settings of their shapes; a stage trained with others is refused.
      steps: the step to train up to.

    Raises:
      UserError: the stage it must start from is missing, unfinished or of other shapes; the line
        names the command to run.
    """
    start = _find(stage, from_scratch, steps)
    for source in start.sources:
        check_same(source.stage, networks)
    return start


def _find(stage: PhaseStage, from_scratch: bool, steps: int) -> Start:
    start = resumed(stage, steps)
    if start is not None:
        return start
    fade = stage.other(stage.phase, smooth=True)
    step = fade.checkpoints().latest()
    if step is not None:
        _check_finished(fade, step, steps)
        return Start(f"goes on from {fade.name} at step {step}", step, (Source(fade, step),))
    if from_scratch or stage.phase == 1:
        return Start("starts from random weights")
    run_dir, phase = stage.folder.parent, stage.phase - 1
    newest = _newest(str(run_dir), phase)
    if newest is not None:
        before, step = newest
        reached = f"{step} of {before.settings()['steps']} steps"
        return Start(f"grows from {before.name} ({reached})", 0, (Source(before, step, NETWORKS),))
    raise UserError(
        f"--phase {stage.phase}: no checkpoint of phase {phase} in {run_dir}; first train that one "
        f"(train.py --phase {phase}, its stable stage at least), or say --from_scratch"
    )


class Trained(NamedTuple):
    """A checkpoint to use: of which stage, in which folder, of which step; the stage's settings."""

    stage: PhaseStage
    checkpoints: Checkpoints
    step: int
    settings: dict[str, Any]


def trained_stage(run_dir: str, phase: int, best: bool = False) -> Trained:
    """A phase's stable stage, or its fade stage if that is all there is.

    Args:
      run_dir, phase: of the run.
      best: the checkpoint that --eval_every kept, not the newest.

    Raises:
      UserError: there is none.
    """
    newest = _newest(run_dir, phase)
    if newest is None:
        if not pathlib.Path(run_dir).is_dir():
            raise UserError(f"--run_dir {run_dir}: no such folder")
        raise UserError(
            f"--phase {phase}: no checkpoint of it in {run_dir}; train it: "
            f"python train.py --phase {phase} --run_dir {shlex.quote(run_dir)} … (and the run's "
            "other flags)"
        )
    stage, _ = newest
    return Trained(stage, *trained(stage, best), stage.settings("smooth", *network_settings.NAMES))


def _newest(run_dir: str, phase: int) -> Optional[tuple[PhaseStage, int]]:
    """The stable stage, else the fade stage, that has a checkpoint; and the newest one's step."""
    for smooth in (False, True):
        stage = stage_of(run_dir, phase, smooth)
        step = stage.checkpoints().latest()
        if step is not None:
            return stage, step
    return None


def _check_finished(fade: PhaseStage, step: int, steps: int) -> None:
    wanted = fade.settings()["steps"]
    if step < fade_steps(wanted):
        raise UserError(
            f"{fade}: stopped at step {step} of {wanted}, its fade not done; first run the same "
            "command with --smooth"
        )
    if steps <= step:
        raise UserError(
            f"to step {steps}: {fade.name} has reached step {step} and the stable stage counts "
            "on from there; give more --steps (or --epoch)"
        )
