"""Checkpoints: to go on from. (To use a generator, export it: see serving/export.py.)"""

from __future__ import annotations

import pathlib
import re
import sys
import time
from collections.abc import Callable
from typing import Any, Optional

import tensorflow as tf

from interface import files
from interface.command_line import UserError
from training.run.loop import Scalars

STATE = "state"  # the name that TensorFlow's files inside a checkpoint's folder begin with
READ_ERRORS = (tf.errors.OpError, ValueError, IndexError, RuntimeError)


class Checkpoints:
    """The checkpoints of a stage, each a folder `step_00001000`, whole or absent.

    Args:
      folder: where they lie.
      keep: how many of the newest to keep.
      advice: what to do where all are damaged.
    """

    def __init__(self, folder: pathlib.Path, keep: int = 2, advice: str = "") -> None:
        self.folder, self.keep = folder, keep
        self.advice = advice or f"delete {folder.parent} to train this stage anew"

    def steps(self) -> list[int]:
        """The steps that have a checkpoint, damaged ones too, ascending."""
        names = [path.name for path in self.folder.glob("step_*")] if self.folder.is_dir() else []
        return sorted(int(n[5:]) for n in names if re.fullmatch(r"step_\d+", n))

    def latest(self) -> Optional[int]:
        """The step of the newest checkpoint that can be read, or None where there is none at all.

        Every byte is read and held against its checksum; damaged ones are named on stderr.

        Raises:
          UserError: there are checkpoints, and all are damaged.
        """
        steps = self.steps()
        for step in reversed(steps):
            reason = _damage(self._path(step) / STATE)
            if reason is None:
                return step
            print(f"{self._path(step)}: damaged ({reason}); passed over", file=sys.stderr)
        if steps:
            raise UserError(f"{self.folder}: every checkpoint is damaged; {self.advice}")
        return None

    def save(self, checkpoint: tf.train.Checkpoint, step: int) -> None:
        """Write the state at `step`, then remove checkpoints beyond `keep`, and broken-off ones."""
        with files.replacing(self._path(step)) as aside:
            aside.mkdir()
            checkpoint.write(str(aside / STATE))
        broken_off = self.folder.glob(".step_*")  # a killed process could not remove them
        for old in [*map(self._path, self.steps()[: -self.keep]), *broken_off]:
            files.remove(old)

    def restore(self, checkpoint: tf.train.Checkpoint, step: int) -> None:
        """Read the state at `step` into everything `checkpoint` names.

        What the file holds beyond that (the fade branch, in a stable stage) is left there.

        Raises:
          UserError: the file lacks something that `checkpoint` names.
        """
        status = self._read(checkpoint, step)
        try:
            status.assert_existing_objects_matched()
        except AssertionError as error:
            lacking = " ".join(str(error).split())[:80]
            raise UserError(
                f"{self._path(step)}: not a checkpoint of this stage: {lacking}"
            ) from None

    def restore_matching(self, checkpoint: tf.train.Checkpoint, step: int) -> None:
        """Read what both sides have under the same name; everything else stays as it is."""
        self._read(checkpoint, step).assert_nontrivial_match()

    def _read(self, checkpoint: tf.train.Checkpoint, step: int) -> Any:
        status = checkpoint.read(str(self._path(step) / STATE))
        status.expect_partial()
        return status

    def _path(self, step: int) -> pathlib.Path:
        return self.folder / f"step_{step:08d}"


class Saver:
    """Saves every so many steps, every so many minutes, and when asked.

    Args:
      save: writes the checkpoint of a step.
      steps: between two of them.
      minutes: the most between two of them; 0 = no matter how many.
    """

    def __init__(self, save: Callable[[int], None], steps: int, minutes: float) -> None:
        self.save, self.steps, self.seconds = save, steps, 60 * minutes or float("inf")
        self.saved, self.time = -1, time.monotonic()

    def __call__(self, step: int, scalars: Scalars) -> None:
        if step % self.steps == 0 or time.monotonic() - self.time >= self.seconds:
            self.now(step)

    def now(self, step: int) -> None:
        """Save, if this step is not saved yet."""
        if step != self.saved:
            self.save(step)
            self.saved, self.time = step, time.monotonic()


def _damage(state: pathlib.Path) -> Optional[str]:
    """Why the file can't be read, or None."""
    try:
        reader = tf.train.load_checkpoint(str(state))
        for name in reader.get_variable_to_shape_map():
            reader.get_tensor(name)
    except READ_ERRORS as error:
        return " ".join(str(error).split())[:200]
    return None
