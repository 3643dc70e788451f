"""Checkpoints: to go on from. (To use a generator, export it: see serving/export.py.)"""

from __future__ import annotations

import pathlib
import re
from typing import Any, Optional

import tensorflow as tf

from interface import files
from interface.command_line import UserError

STATE = "state"  # the name that TensorFlow's files inside a checkpoint's folder begin with


class Checkpoints:
    """The checkpoints of a stage, each a folder `step_00001000`, whole or absent.

    Args:
      folder: where they lie.
      keep: how many of the newest to keep.
    """

    def __init__(self, folder: pathlib.Path, keep: int = 2) -> None:
        self.folder, self.keep = folder, keep

    def steps(self) -> list[int]:
        """The steps that have a checkpoint, ascending."""
        names = [path.name for path in self.folder.glob("step_*")] if self.folder.is_dir() else []
        return sorted(int(n[5:]) for n in names if re.fullmatch(r"step_\d+", n))

    def latest(self) -> Optional[int]:
        """The newest checkpoint's step, or None."""
        return max(self.steps(), default=None)

    def save(self, checkpoint: tf.train.Checkpoint, step: int) -> None:
        """Write the state at `step`, then remove checkpoints beyond `keep`."""
        if step not in self.steps():
            with files.replacing(self._path(step)) as aside:
                aside.mkdir()
                checkpoint.write(str(aside / STATE))
        for old in self.steps()[: -self.keep]:
            files.remove(self._path(old))

    def restore(self, checkpoint: tf.train.Checkpoint) -> int:
        """Read the newest state into everything `checkpoint` names; returns its step.

        What the file holds beyond that (the fade branch, in a stable stage) is left there.

        Raises:
          UserError: the file is damaged, or lacks something that `checkpoint` names.
        """
        step = max(self.steps())
        status = self._read(checkpoint, step)
        try:
            status.assert_existing_objects_matched()
        except AssertionError as error:
            lacking = " ".join(str(error).split())[:80]
            raise UserError(
                f"{self._path(step)}: not a checkpoint of this stage: {lacking}"
            ) from None
        return step

    def restore_matching(self, checkpoint: tf.train.Checkpoint) -> int:
        """Read what both sides have under the same name; everything else stays as it is."""
        step = max(self.steps())
        self._read(checkpoint, step).assert_nontrivial_match()
        return step

    def _read(self, checkpoint: tf.train.Checkpoint, step: int) -> Any:
        path = self._path(step)
        try:
            status = checkpoint.read(str(path / STATE))
        except (tf.errors.OpError, ValueError, IndexError) as error:
            reason = " ".join(str(error).split())[:200]
            raise UserError(
                f"{path}: damaged ({reason}); delete this folder to go on from what was before it"
            ) from None
        status.expect_partial()
        return status

    def _path(self, step: int) -> pathlib.Path:
        return self.folder / f"step_{step:08d}"
