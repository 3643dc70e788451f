"""In which order a model's faces are shown: first its cast, seeds whose faces are different people.

`python -m metrics.casting` chooses it.
"""

from __future__ import annotations

import itertools
import json
import pathlib
from collections.abc import Sequence

from interface import files
from interface.command_line import UserError

FILE = "cast.json"  # among a SavedModel's assets
CASTING = "python -m metrics.casting"


def read(model: pathlib.Path) -> tuple[int, ...]:
    """The cast of a SavedModel, the most different first; empty where none was chosen.

    Raises:
      UserError: its file is damaged.
    """
    path = model / "assets" / FILE
    try:
        seeds = json.loads(path.read_text())["seeds"]
        if all(type(seed) is int and seed >= 0 for seed in seeds) and len({*seeds}) == len(seeds):
            return tuple(seeds)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise UserError(f"{path}: damaged; remove it, or choose the cast again: {CASTING}")


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
