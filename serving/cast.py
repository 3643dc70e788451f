"""In which order a model's faces are shown: first its cast, seeds whose faces are different people.

`python -m metrics.casting` chooses it.
"""

from __future__ import annotations

import itertools
import json
import pathlib
import shlex
from collections.abc import Sequence

from interface import files
from interface.command_line import UserError

FILE = "cast.json"  # among a SavedModel's assets
LARGEST_SEED = 2**53 - 1  # what JSON's and browsers' numbers hold exactly


def read(model: pathlib.Path) -> tuple[int, ...]:
    """The cast of a SavedModel, the most different first; empty where none was chosen.

    Raises:
      UserError: its file is damaged.
    """
    path = model / "assets" / FILE
    try:
        seeds = json.loads(path.read_text())["seeds"]
        whole = all(type(seed) is int and 0 <= seed <= LARGEST_SEED for seed in seeds)
        if whole and len({*seeds}) == len(seeds):
            return tuple(seeds)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise UserError(
        f"{path}: damaged; remove it, or choose the cast again: "
        f"python -m metrics.casting --model {shlex.quote(str(model))}"
    )


def write(model: pathlib.Path, seeds: Sequence[int]) -> pathlib.Path:
    """Give a SavedModel this cast; returns the file."""
    path = model / "assets" / FILE
    with files.replacing(path) as aside:
        aside.write_text(json.dumps({"seeds": list(seeds)}) + "\n")
    return path


def seeds(cast: Sequence[int], count: int, start: int = 0) -> list[int]:
    """`count` seeds from place `start` of the order: the cast, then all others from 0 on."""
    known = {*cast}
    others = (seed for seed in itertools.count() if seed not in known)
    return list(itertools.islice(itertools.chain(cast, others), start, start + count))
