"""Where a stage starts: its own checkpoint, its fade stage, the phase before, or random weights.

A stage lives in `phase_3_fade/` (the new resolution fades in) or `phase_3/` (stable). Networks
name their layers by the resolution they work at, so growing is: read from the smaller network's
checkpoint whatever has the same name. Layers at a new resolution, and the mask encoder's two
full-resolution convolutions, have new names and start anew; the old to-RGB and from-RGB have the
name that the fade branch looks for.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
from typing import Any

import tensorflow as tf

from interface.command_line import UserError
from training.run.checkpoints import Checkpoints
from training.schedule import fade_steps
from training.trainer import AdversarialTrainer

# Change nothing of what a stage learns once it has begun.
ASIDE = {
    "run_dir",
    "from_scratch",
    "on_nan",
    "checkpoint_every",
    "checkpoint_minutes",
    "keep_checkpoints",
    "sample_every",
    "eval_every",
    "eval_images",
    "log_every",
    "sample_rows",
    "dry_run",
}
# What the networks' shapes follow from: the same in every stage of a run.
NETWORK_SETTINGS = (
    "use_embedding",
    "max_features",
    "embedding_hidden",
    "embedding_size",
    "normalize_latent",
)

# What config.json says beside the flags, and what it means that an older version's does not.
OF_RECORDS = {"framing": "aligned"}


def stage_folder(run_dir: str, phase: int, smooth: bool) -> pathlib.Path:
    """`run_dir/phase_3_fade` or `run_dir/phase_3`."""
    return pathlib.Path(run_dir) / (f"phase_{phase}_fade" if smooth else f"phase_{phase}")


def checkpoints_of(stage: pathlib.Path, keep: int = 2) -> Checkpoints:
    """The checkpoints in a stage's folder."""
    return Checkpoints(stage / "checkpoints", keep)


def best_of(stage: pathlib.Path) -> Checkpoints:
    """The one checkpoint that --eval_every found best."""
    folder = stage / "best"
    return Checkpoints(folder, keep=1, advice=f"leave out --best, or delete {folder}")


@dataclasses.dataclass(frozen=True)
class Start:
    """How a stage begins.

    Attributes:
      story: for people: what the weights come from.
      step: steps done already.
      source: the stage whose checkpoint is read, or None for random weights.
      checkpoint: the step of that checkpoint.
      grows: take the weights that both have, and nothing else.
    """

    story: str
    step: int = 0
    source: pathlib.Path | None = None
    checkpoint: int = 0
    grows: bool = False

    def apply(self, trainer: AdversarialTrainer) -> None:
        """Bring the trainer to this start: the whole state, or in a new phase the weights."""
        if self.source is None:
            return
        saved = checkpoints_of(self.source)
        if self.grows:
            networks = {
                name: getattr(trainer, name) for name in ("generator", "critic", "averaged")
            }
            saved.restore_matching(tf.train.Checkpoint(**networks), self.checkpoint)
        else:
            saved.restore(trainer.checkpoint, self.checkpoint)


def find_start(
    stage: pathlib.Path, from_scratch: bool, networks: dict[str, Any], steps: int
) -> Start:
    """Decide how a stage begins: where it stopped, else after its fade, else from the phase before.

    Args:
      stage: its folder, see `stage_folder`.
      from_scratch: random weights are wanted where neither the stage nor its fade has begun.
      networks: the settings of their shapes; a stage trained with others is refused.
      steps: the step to train up to.

    Raises:
      UserError: the stage it must start from is missing, unfinished or of other shapes; the line
        names the command to run.
    """
    start = _find(stage, from_scratch, steps)
    if start.source is not None:
        _check_same_networks(start.source, networks)
    return start


def _find(stage: pathlib.Path, from_scratch: bool, steps: int) -> Start:
    phase, run_dir = int(stage.name.split("_")[1]), str(stage.parent)
    step = checkpoints_of(stage).latest()
    if step is not None:
        done = f"is done at step {step}"
        return Start(f"goes on from step {step}" if step < steps else done, step, stage, step)
    fade = stage_folder(run_dir, phase, smooth=True)
    step = checkpoints_of(fade).latest()
    if step is not None:
        _check_finished(fade, step, steps)
        return Start(f"goes on from {fade.name} at step {step}", step, fade, step)
    if from_scratch or phase == 1:
        return Start("starts from random weights")
    trained = _trained(run_dir, phase - 1)
    if trained is not None:
        before, step = trained
        reached = f"{step} of {_config_of(before)['steps']} steps"
        return Start(f"grows from {before.name} ({reached})", 0, before, step, grows=True)
    raise UserError(
        f"--phase {phase}: no checkpoint of phase {phase - 1} in {run_dir}; first train that one "
        f"(train.py --phase {phase - 1}, its stable stage at least), or say --from_scratch"
    )


def trained_stage(
    run_dir: str, phase: int, best: bool = False
) -> tuple[pathlib.Path, Checkpoints, int, dict[str, Any]]:
    """A phase's stable stage, or its fade stage if that is all there is.

    Args:
      run_dir, phase: of the run.
      best: the checkpoint that --eval_every kept, not the newest.

    Returns:
      Its folder, its checkpoints, the step of the one asked for, its settings.

    Raises:
      UserError: there is none.
    """
    trained = _trained(run_dir, phase)
    if trained is not None:
        stage, step = trained
        checkpoints = best_of(stage) if best else checkpoints_of(stage)
        found = checkpoints.latest() if best else step
        if found is None:
            raise UserError(f"--best: {stage} kept none; train with --eval_every, or leave it out")
        return stage, checkpoints, found, _config_of(stage)
    if not pathlib.Path(run_dir).is_dir():
        raise UserError(f"--run_dir {run_dir}: no such folder")
    raise UserError(
        f"--phase {phase}: no checkpoint of it in {run_dir}; train it: "
        f"python train.py --phase {phase} --run_dir {run_dir} … (and the run's other flags)"
    )


def _trained(run_dir: str, phase: int) -> tuple[pathlib.Path, int] | None:
    """The stable stage, else the fade stage, that has a checkpoint; and the newest one's step."""
    for smooth in (False, True):
        stage = stage_folder(run_dir, phase, smooth)
        step = checkpoints_of(stage).latest()
        if step is not None:
            return stage, step
    return None


def _check_finished(fade: pathlib.Path, step: int, steps: int) -> None:
    wanted = _config_of(fade)["steps"]
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


def _check_same_networks(stage: pathlib.Path, networks: dict[str, Any]) -> None:
    found = _config_of(stage)
    for name, wanted in networks.items():
        if found[name] != wanted:
            raise UserError(
                f"{_flag(name, wanted)}: {stage} was trained with {_flag(name, found[name])}; "
                "use that, or another --run_dir"
            )


def changed_settings(
    stage: pathlib.Path, source: pathlib.Path | None, settings: dict[str, Any]
) -> str:
    """How `settings` differ from those that the stage was begun with: "--lr 0.1, was 0.2; …".

    Those that leave alone what is trained (how often it is looked at, say) are not told.

    Args:
      stage: its folder.
      source: the stage whose checkpoint is read. Where that is another one, other settings are
        to be expected, but not that faces lie otherwise in the records.
      settings: as config.json is to have them.
    """
    if source is None:
        return ""
    before = {**OF_RECORDS, **_config_of(source)}
    compared = settings if source == stage else OF_RECORDS
    return "; ".join(
        f"{_flag(name, value)}, was {before[name]}"
        for name, value in json.loads(json.dumps(settings)).items()
        if name in compared and name not in ASIDE and before.get(name, value) != value
    )


def _config_of(stage: pathlib.Path) -> dict[str, Any]:
    path = stage / "config.json"
    try:
        settings = json.loads(path.read_text())
        if {*NETWORK_SETTINGS, "steps", "smooth"} <= settings.keys():
            return settings
    except (OSError, ValueError, AttributeError):
        pass
    raise UserError(f"{path}: missing or damaged; restore it, or delete {stage} to train it anew")


def _flag(name: str, value: Any) -> str:
    """As one would write it: `--max_features 64`, `--nouse_embedding`."""
    if name in OF_RECORDS:
        return f"{name} of the records: {value}"
    if isinstance(value, bool):
        return f"--{'' if value else 'no'}{name}"
    return f"--{name} {value}"
