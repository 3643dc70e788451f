"""Where a training step's time goes: the share of each of TensorFlow's operations.

python -m benchmarks.step_profile --phases 4,7 --max_features 512
"""

from __future__ import annotations

import dataclasses
import importlib
import pathlib
import re
import tempfile
from collections.abc import Iterable, Sequence

from benchmarks.full_size import LARGEST_BATCH, machine, prepared
from interface import command_line
from interface.command_line import UserError, setting

# Of TensorFlow's profile files; newer releases do not bring it along.
SCHEMA = "tensorflow.tsl.profiler.protobuf.xplane_pb2"
KERNEL = re.compile(r"[^:]+:(?:_Mkl(?:Native)?)?(\w+)")  # what one is called: its name and its kind
AROUND = ("While", "If", "StatelessIf", "PartitionedCall", "StatefulPartitionedCall")
LEAST = 0.005  # share of a row of its own


@dataclasses.dataclass(frozen=True)
class Options:
    """Profiles a fade-stage step of the main system; prints a Markdown table."""

    phases: tuple[int, ...] = setting("which, in 2 to 7", (4, 7))
    max_features: int = setting("width of the widest layers", 128, at_least=4)


def main(argv: list[str]) -> None:
    """Run as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    of_phases = [shares(profiled(phase, options.max_features)) for phase in options.phases]
    print(f"{machine()}, {options.max_features} features:\n")
    heads = [f"phase {phase}, batch {LARGEST_BATCH[phase]}" for phase in options.phases]
    print(f"| operation | {' | '.join(heads)} |\n{'|---' * (1 + len(heads))}|")
    for row in rows(of_phases):
        print(row)


def rows(of_phases: Sequence[dict[str, float]]) -> list[str]:
    """A line for each operation that has `LEAST` anywhere, the largest first; the rest in one."""
    largest = {name: max(p.get(name, 0.0) for p in of_phases) for p in of_phases for name in p}
    shown = sorted((name for name in largest if largest[name] > LEAST), key=largest.__getitem__)
    table = {name: [p.get(name, 0.0) for p in of_phases] for name in reversed(shown)}
    table["all others"] = [1 - sum(p.get(name, 0.0) for name in shown) for p in of_phases]
    return [
        f"| {name} | {' | '.join(f'{100 * share:.1f} %' for share in of_each)} |"
        for name, of_each in table.items()
    ]


def shares(events: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Of the time of all kernels, by their kind.

    Args:
      events: (what one is called in a profile, how long it took).
    """
    times: dict[str, float] = {}
    for name, time in events:
        kernel = KERNEL.fullmatch(name)
        if kernel and kernel[1] not in AROUND:
            times[kernel[1]] = times.get(kernel[1], 0.0) + time
    whole = sum(times.values())
    return {name: time / whole for name, time in times.items()}


def profiled(phase: int, max_features: int) -> list[tuple[str, float]]:
    """The events of a step's profile, of one that follows another.

    Raises:
      UserError: this TensorFlow can't read what it has profiled.
    """
    try:
        schema = importlib.import_module(SCHEMA)
    except ImportError:
        raise UserError("reading a profile takes TensorFlow 2.15 (Python 3.9 to 3.11)") from None
    import tensorflow as tf

    trainer, batch = prepared(phase, max_features)
    trainer.train_step(batch)["critic_loss"].numpy()  # builds the graph
    with tempfile.TemporaryDirectory() as folder:
        with tf.profiler.experimental.Profile(folder):
            trainer.train_step(batch)["critic_loss"].numpy()
        (path,) = pathlib.Path(folder).rglob("*.xplane.pb")
        space = schema.XSpace.FromString(path.read_bytes())
    return [
        (plane.event_metadata[event.metadata_id].name, event.duration_ps)
        for plane in space.planes
        for line in plane.lines
        for event in line.events
    ]


if __name__ == "__main__":
    command_line.run(main)
