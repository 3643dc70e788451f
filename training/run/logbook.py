"""What a run writes down: metrics.jsonl, timing.jsonl, and both for TensorBoard."""

from __future__ import annotations

import json
import os
import pathlib
import resource
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.scalar.summary_v2 import scalar_pb
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from interface import files
from training.run.loop import Scalars


class Rows:
    """A file of one JSON object a line, each with its "step".

    Args:
      path: of the file.
      start: the step that training goes on from; rows of later steps, written before the run
        was cut off, are dropped, since they will be written again. Lines that are no rows are
        kept in a file of their own, and told of.

    Attributes:
      kept: the rows that were there and stayed.
    """

    def __init__(self, path: pathlib.Path, start: int) -> None:
        self.path = path
        rows, damaged = _read(path)
        self.kept = [row for row in rows if int(row["step"]) <= start]
        if damaged:
            beside = path.with_name(f"{path.name}.damaged")
            with open(beside, "a") as file:
                file.writelines(f"{line}\n" for line in damaged)
            lines = "1 damaged line" if len(damaged) == 1 else f"{len(damaged)} damaged lines"
            print(f"{path}: {lines}, now in {beside.name}", file=sys.stderr)
        with files.replacing(path) as aside:
            aside.write_text("".join(json.dumps(row) + "\n" for row in self.kept))

    def append(self, step: int, values: Mapping[str, float]) -> None:
        """Add a row."""
        with open(self.path, "a") as file:
            file.write(json.dumps({"step": step, **values}) + "\n")


def _read(path: pathlib.Path) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows of a log, and lines that are none, as a last one that was cut off."""
    rows, damaged = [], []
    for line in path.read_text(errors="replace").splitlines() if path.exists() else []:
        try:
            row = json.loads(line)
            int(row["step"])
        except (ValueError, KeyError, TypeError):
            damaged.append(line)
        else:
            rows.append(row)
    return rows, damaged


class Board:
    """TensorBoard's event file in `folder`.

    It opens with the step that training goes on from, upon which TensorBoard forgets what an
    earlier, cut-off run wrote beyond it.
    """

    def __init__(self, folder: pathlib.Path, start: int) -> None:
        self.writer = EventFileWriter(str(folder))
        self._add(start + 1, session_log=SessionLog(status=SessionLog.START))

    def scalars(self, step: int, values: Mapping[str, float]) -> None:
        """One curve for each name."""
        for name, value in values.items():
            self._add(step, summary=scalar_pb(name, value))
        self.writer.flush()

    def png(self, step: int, name: str, path: pathlib.Path) -> None:
        """Show a picture file."""
        image = Summary.Image(encoded_image_string=path.read_bytes())
        self._add(step, summary=Summary(value=[Summary.Value(tag=name, image=image)]))
        self.writer.flush()

    def _add(self, step: int, **content: Any) -> None:
        self.writer.add_event(Event(wall_time=time.time(), step=step, **content))


class MetricsLog:
    """Everything that follows from (seed, step): the same rows whenever the run is repeated."""

    def __init__(self, folder: pathlib.Path, start: int, board: Board) -> None:
        self.rows, self.board = Rows(folder / "metrics.jsonl", start), board

    def __call__(self, step: int, scalars: Scalars) -> None:
        # The shortest text of a float32: 0.001, not 0.0010000000474974513.
        values = {name: float(str(np.float32(value))) for name, value in scalars.items()}
        self.rows.append(step, values)
        self.board.scalars(step, values)


class TimingLog:
    """What the clock and the machine say, as means since the row before.

    Args:
      folder: of the stage.
      start: the step that training goes on from.
      board: TensorBoard.
      images: trained on in each step.
      waited: seconds spent waiting for data so far.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        start: int,
        board: Board,
        images: int,
        waited: Callable[[], float],
    ) -> None:
        self.rows, self.board = Rows(folder / "timing.jsonl", start), board
        self.images, self.waited = images, waited
        self.seen = (start, time.monotonic(), waited())

    def __call__(self, step: int, scalars: Scalars) -> None:
        now = (step, time.monotonic(), self.waited())
        steps, seconds, waited = (new - old for new, old in zip(now, self.seen))
        self.seen = now
        values = {
            "seconds_a_step": seconds / steps,
            "images_a_second": steps * self.images / seconds,
            "waiting_for_data": waited / seconds,
            "peak_memory_gb": peak_memory() / 1e9,
        }
        self.rows.append(step, values)
        self.board.scalars(step, {f"timing/{name}": value for name, value in values.items()})


def peak_memory() -> int:
    """Bytes: the most that any GPU has held, or without one this process."""
    gpus = tf.config.list_logical_devices("GPU")
    if gpus:
        names = [":".join(gpu.name.split(":")[-2:]) for gpu in gpus]
        return max(tf.config.experimental.get_memory_info(name)["peak"] for name in names)
    unit = 1 if os.uname().sysname == "Darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
