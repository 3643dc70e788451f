"""The siblings' training steps and pictures, in turns with the same in plain PyTorch.

    python -m benchmarks.beside_pytorch --seconds 60

Wants PyTorch: pip install '.[bench]'. Each side is a process of its own; while one works, the
other waits for a word and takes no core.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import importlib.util
import multiprocessing
import pathlib
import statistics
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.full_size import machine
from benchmarks.input_speed import Timed, block_length, ratio, take_turns
from interface import command_line
from interface.command_line import UserError, setting

Once = Callable[[], Any]  # does what is timed, and waits for it
SYSTEMS = ("flowers", "pix2pixhd", "maskgan")
KINDS = ("step", "picture")
# Of processors: whose matrix units multiply bfloat16.
UNITS = ("amx_bf16", "avx512_bf16")


@dataclasses.dataclass(frozen=True)
class Options:
    """Measures the siblings beside plain PyTorch; prints a Markdown table."""

    systems: tuple[str, ...] = setting("which", SYSTEMS, choices=SYSTEMS)
    seconds: float = setting("of measuring, for each line", 60.0, at_least=0.0)
    narrow: bool = setting("small networks and batches, to try it", False)


@dataclasses.dataclass(frozen=True)
class Side:
    """One of two that take turns; sent to its process.

    Attributes:
      ours: ours, not PyTorch's; precision, xla: of ours.
    """

    options: Options
    system: str
    kind: str
    ours: bool
    precision: str = "float32"
    xla: bool = False


def main(argv: list[str]) -> None:
    """Run as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    check()
    print(f"{machine()}{', narrow networks' * options.narrow}:\n")
    print("| system | what | precision | XLA | ours, ms | PyTorch, ms | ours / PyTorch |")
    print("|---" * 7 + "|", flush=True)
    for side in sides(options, _has_units()):
        print(line(side, measured(side)), flush=True)


def check() -> None:
    """Raises UserError where PyTorch is missing."""
    if importlib.util.find_spec("torch") is None:
        raise UserError("PyTorch is missing: pip install '.[bench]'")


def sides(options: Options, units: bool) -> Iterator[Side]:
    """Ours, line by line of the table; short numbers only where the processor has `units`."""
    for system in options.systems:
        for kind in KINDS:
            yield Side(options, system, kind, ours=True)
        for precision, xla in (("mixed_bfloat16", False), ("mixed_bfloat16", True)) * units:
            yield Side(options, system, "step", True, precision, xla)


def measured(side: Side) -> tuple[float, float, float]:
    """Milliseconds of ours and of PyTorch's, medians, and their ratio."""
    other = dataclasses.replace(side, ours=False)
    with _process(side) as ours, _process(other) as theirs:
        timed = {"ours": ours, "theirs": theirs}
        blocks = take_turns(timed, block_length(timed), side.options.seconds)
    of_both = [1000 * statistics.median(blocks[name]) for name in timed]
    return of_both[0], of_both[1], ratio(blocks["ours"], blocks["theirs"])


def line(side: Side, figures: tuple[float, float, float]) -> str:
    """A row of the table."""
    ours, theirs, times = figures
    xla = "on" if side.xla else "off"
    cells = [side.system, side.kind, side.precision, xla, f"{ours:.1f}", f"{theirs:.1f}"]
    return f"| {' | '.join([*cells, f'{times:.2f}'])} |"


@contextlib.contextmanager
def _process(side: Side) -> Iterator[Timed]:
    """A process of its own that does so many at a word, and says how long it took."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_work, args=(side, there), daemon=True)
    process.start()
    there.close()

    def run(count: int) -> float:
        here.send(count)
        return here.recv()

    try:
        yield run
    finally:
        process.kill()
        process.join()


def _work(side: Side, connection: Connection) -> None:
    once = once_of(side)
    while True:
        count = connection.recv()
        start = time.perf_counter()
        for _ in range(count):
            once()
        connection.send(time.perf_counter() - start)


def once_of(side: Side) -> Once:
    """What a side does, once; its networks are built here."""
    of_system = importlib.import_module(f"benchmarks.{side.system}")
    size = of_system.NARROW if side.options.narrow else of_system.USUAL
    if side.ours:
        ours = importlib.import_module(f"benchmarks.{side.system}.ours")
        return ours.kinds(size, side.precision, side.xla)[side.kind]
    return importlib.import_module(f"benchmarks.{side.system}.pytorch").kinds(size)[side.kind]


def _has_units() -> bool:
    return any(unit in pathlib.Path("/proc/cpuinfo").read_text().split() for unit in UNITS)


if __name__ == "__main__":
    command_line.run(main)
