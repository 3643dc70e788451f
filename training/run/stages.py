"""A stage: a stretch of training with a folder of its own, and what it starts from."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Mapping
from typing import Any, Optional

import tensorflow as tf

from interface import command_line
from interface.command_line import UserError
from training.run.checkpoints import Checkpoints
from training.run.loop import Trainer

SOURCES = "sources"  # what config.json calls the stages that a stage began with


@dataclasses.dataclass(frozen=True)
class Stage:
    """A stage.

    Attributes:
      folder: in that of the run.
      unsaid: what settings meant that the config.json of an older version does not have.
    """

    folder: pathlib.Path
    unsaid: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return str(self.folder)

    @property
    def name(self) -> str:
        """Of the folder."""
        return self.folder.name

    @property
    def config(self) -> pathlib.Path:
        """The file of its settings."""
        return self.folder / "config.json"

    def checkpoints(self, keep: int = 2) -> Checkpoints:
        """To go on from; the `keep` newest stay."""
        return Checkpoints(self.folder / "checkpoints", keep)

    def best(self) -> Checkpoints:
        """The one that --eval_every found best."""
        folder = self.folder / "best"
        return Checkpoints(folder, keep=1, advice=f"leave out --best, or delete {folder}")

    def settings(self, *needed: str) -> dict[str, Any]:
        """What config.json says.

        Args:
          needed: names that must be there, as "steps" must.

        Raises:
          UserError: it is missing or damaged, or of a run of another system.
        """
        try:
            settings = json.loads(self.config.read_text())
            lacking = [name for name in (*needed, "steps") if name not in {**settings}]
        except (OSError, ValueError, TypeError):
            raise UserError(
                f"{self.config}: missing or damaged; restore it, or delete {self} to train it anew"
            ) from None
        if lacking:
            raise UserError(
                f"{self.config}: says nothing of {lacking[0]}: the run is one of another system, "
                "or of a newer version; give another --run_dir"
            )
        return {**self.unsaid, **settings}


@dataclasses.dataclass(frozen=True)
class Source:
    """A checkpoint that a stage starts from.

    Attributes:
      stage: whose checkpoint it is.
      step: of that checkpoint.
      networks: which of the trainer's networks read their weights, each under which name of the
        checkpoint; as far as both sides have a name, the rest stays as it is. None = all of the
        state is read, the step among it: training goes on.
    """

    stage: Stage
    step: int
    networks: Optional[Mapping[str, str]] = None

    def apply(self, trainer: Trainer) -> None:
        """Read it; raises DamagedError."""
        saved = self.stage.checkpoints()
        if self.networks is None:
            saved.restore(trainer.checkpoint, self.step)
        else:
            read = {theirs: trainer.networks[ours] for ours, theirs in self.networks.items()}
            saved.restore_matching(tf.train.Checkpoint(**read), self.step)


@dataclasses.dataclass(frozen=True)
class Start:
    """How a stage begins.

    Attributes:
      story: for people: what the weights come from.
      step: steps done already.
      sources: the checkpoints that are read; none = random weights.
    """

    story: str
    step: int = 0
    sources: tuple[Source, ...] = ()

    def apply(self, trainer: Trainer) -> None:
        """Bring a trainer with random weights to this start.

        Raises:
          DamagedError: of a checkpoint that is passed over from now on: find another start.
        """
        for source in self.sources:
            source.apply(trainer)

    def is_whole(self) -> bool:
        """Whether every byte that it would read is as it was written."""
        return all(each.stage.checkpoints().is_whole(each.step) for each in self.sources)

    def resumes(self, stage: Stage) -> bool:
        """Whether it is the stage's own checkpoint."""
        return [source.stage for source in self.sources] == [stage]

    def as_written(self, stage: Stage) -> dict[str, Any]:
        """What config.json says of where the stage began, which resuming does not change."""
        if self.resumes(stage):
            return {name: value for name, value in stage.settings().items() if name == SOURCES}
        return {
            SOURCES: [
                {"stage": s.stage.name, "step": s.step, "continues": s.networks is None}
                for s in self.sources
            ]
        }


def resumed(stage: Stage, steps: int) -> Optional[Start]:
    """From the stage's own newest checkpoint, where there is one.

    Args:
      steps: to train up to.
    """
    step = stage.checkpoints().latest()
    if step is None:
        return None
    story = f"goes on from step {step}" if step < steps else f"is done at step {step}"
    return Start(story, step, (Source(stage, step),))


def from_nothing_else(stage: Stage, networks: Mapping[str, Any], steps: int) -> Start:
    """Of a stage that grows from no other: where it stopped, or from random weights.

    Args:
      networks: what their shapes follow from; a checkpoint of others is refused.
      steps: to train up to.

    Raises:
      UserError: naming the setting that was another.
    """
    start = resumed(stage, steps) or Start("starts from random weights")
    if start.sources:
        check_same(stage, networks)
    return start


def reached(stage: Stage, step: int) -> str:
    """How far a stage came that another goes on from, for people: "step 3 of 9 of runs/phase_1"."""
    return f"step {step} of {stage.settings()['steps']} of {stage}"


def trained(stage: Stage, best: bool = False) -> tuple[Checkpoints, int]:
    """A checkpoint of a stage to use: where it lies, its step.

    Args:
      best: the one that --eval_every kept, not the newest.

    Raises:
      UserError: there is none.
    """
    checkpoints = stage.best() if best else stage.checkpoints()
    step = checkpoints.latest_whole()
    if step is not None:
        return checkpoints, step
    if best:
        raise UserError(f"--best: {stage} kept none; train with --eval_every, or leave it out")
    raise UserError(f"--run_dir {stage.folder.parent}: no checkpoint in {stage}; train it first")


def check_same(stage: Stage, settings: Mapping[str, Any]) -> None:
    """Refuse a checkpoint of networks that were built otherwise.

    Args:
      stage: whose checkpoint it is.
      settings: what the networks' shapes follow from.

    Raises:
      UserError: naming the setting.
    """
    before = stage.settings(*settings)
    for name, value in settings.items():
        if before[name] != value:
            wanted, trained = _as_typed(name, value), _as_typed(name, before[name])
            raise UserError(
                f"{wanted}: {stage} was trained with {trained}; use that, or another --run_dir"
            )


def changed(
    before: Mapping[str, Any], settings: Mapping[str, Any], records: Mapping[str, Any]
) -> str:
    """How a stage's settings differ from those it goes on from: "--lr 0.1, was 0.2; …".

    Args:
      before: as config.json has them; what it does not know was no other then.
      settings: that are compared, as flags.
      records: what is said of the records, compared as well.
    """
    flags = {name: _as_typed(name, value) for name, value in settings.items()}
    told = {name: f"{name} of the records: {value}" for name, value in records.items()}
    return "; ".join(
        f"{(flags | told)[name]}, was {before[name]}"
        for name, value in json.loads(json.dumps({**settings, **records})).items()
        if before.get(name, value) != value
    )


def _as_typed(name: str, value: Any) -> str:
    return " ".join(command_line.typed(name, value))
