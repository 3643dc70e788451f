"""Checkpoints: to go on from. (To use a generator, export it: see serving/export.py.)"""

from __future__ import annotations

import os
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
_found_damaged: set[tuple[pathlib.Path, int]] = set()  # by this process: folder, time of change


class DamagedError(UserError):
    """A checkpoint is damaged, and found to be so while it was restored."""


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
        """The steps that have a checkpoint, damaged ones too, ascending.

        Raises:
          UserError: nobody may look.
        """
        try:
            names = os.listdir(self.folder)
        except FileNotFoundError:
            return []
        except (OSError, UnicodeError) as error:
            raise _unreadable(self.folder, error) from None
        return sorted(int(n[5:]) for n in names if re.fullmatch(r"step_\d+", n))

    def latest(self) -> Optional[int]:
        """The step of the newest checkpoint not found damaged yet, None where there is none at all.

        It is not read: who restores it finds out, and asks again.

        Raises:
          UserError: there are checkpoints, and all are damaged, or the newest ones can't be read
            for another reason: nothing is known of them then.
        """
        steps = self.steps()
        for step in reversed(steps):
            _check_readable(self._path(step))
            if _as_it_is(self._path(step)) not in {None, *_found_damaged}:
                return step
        if steps != self.steps():
            return self.latest()  # a training has made others meanwhile
        if steps:
            raise UserError(f"{self.folder}: every checkpoint is damaged; {self.advice}")
        return None

    def latest_whole(self) -> Optional[int]:
        """As `latest`, after every byte of that one was held against its checksum."""
        step = self.latest()
        while step is not None and not self.is_whole(step):
            step = self.latest()
        return step

    def is_whole(self, step: int) -> bool:
        """Whether every byte is as it was written; one that is there and damaged is named."""
        path = self._path(step)
        reason, found = _damage(path / STATE), _as_it_is(path)
        if reason is not None and found is not None:
            print(f"{path}: damaged ({reason}); passed over", file=sys.stderr)
            _found_damaged.add(found)
        return reason is None

    def save(self, checkpoint: tf.train.Checkpoint, step: int) -> None:
        """Write the state at `step`, then remove checkpoints beyond `keep`, and broken-off ones.

        Those of later steps do not count: they were passed over as damaged, or are of another
        course, and become those of this one when it reaches them.
        """
        with files.replacing(self._path(step)) as aside:
            aside.mkdir()
            checkpoint.write(str(aside / STATE))
        broken_off = self.folder.glob(".step_*")  # a killed process could not remove them
        before = [each for each in self.steps() if each <= step]
        for old in [*map(self._path, before[: -self.keep]), *broken_off]:
            files.remove(old)

    def forget_after(self, step: int) -> None:
        """Remove those of later steps: training goes on from this one, on another course."""
        for later in (each for each in self.steps() if each > step):
            files.remove(self._path(later))

    def restore(self, checkpoint: tf.train.Checkpoint, step: int) -> None:
        """Read the state at `step` into everything `checkpoint` names.

        What the file holds beyond that (the fade branch, in a stable stage) is left there.

        Raises:
          DamagedError: it can't be read; `latest` passes it over from now on.
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
        """Read what both sides have under the same name; everything else stays as it is.

        Raises:
          DamagedError: as of `restore`.
        """
        self._read(checkpoint, step).assert_nontrivial_match()

    def _read(self, checkpoint: tf.train.Checkpoint, step: int) -> Any:
        path = self._path(step)
        try:
            status = checkpoint.read(str(path / STATE))
        except READ_ERRORS:
            if self.is_whole(step):
                raise
            if path.exists():
                raise DamagedError(f"{path}: damaged; run the same command again") from None
            raise UserError(
                f"{path}: gone meanwhile: a training keeps its newest checkpoints alone; run the "
                "same command again"
            ) from None
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


def _check_readable(folder: pathlib.Path) -> None:
    """Raise UserError for files that are there and can't be opened, whatever is in them."""
    try:
        str(folder).encode()  # TensorFlow's names of files are UTF-8
        for path in folder.iterdir():
            path.open("rb").close()
    except (OSError, UnicodeError) as error:
        if folder.exists():  # else a training has removed it meanwhile
            raise _unreadable(folder, error) from None


def _unreadable(place: pathlib.Path, error: Exception) -> UserError:
    if isinstance(error, OSError):
        return UserError(f"{error.filename or place}: {error.strerror}; make it readable and retry")
    shown = str(place).encode(errors="surrogateescape").decode(errors="replace")
    return UserError(
        f"{shown}: this locale has no such letters; set LC_ALL=C.UTF-8 or PYTHONUTF8=1 and retry"
    )


def _as_it_is(folder: pathlib.Path) -> Optional[tuple[pathlib.Path, int]]:
    """One of the same step that is written later is another; None where it is gone."""
    try:
        return folder, folder.stat().st_mtime_ns
    except FileNotFoundError:
        return None


def _damage(state: pathlib.Path) -> Optional[str]:
    """Why the file can't be read, or None."""
    try:
        reader = tf.train.load_checkpoint(str(state))
        for name in reader.get_variable_to_shape_map():
            reader.get_tensor(name)
    except READ_ERRORS as error:
        return " ".join(str(error).split())[:200]
    return None
