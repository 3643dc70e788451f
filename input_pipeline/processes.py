"""One function over many rows, on every core of this machine, with a bar that says how far."""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from typing import Any, Optional

import numpy as np
from tqdm import tqdm

CHUNK = 16  # rows that a process works on at a time


def tracked(about: str, steps: Iterable[Any], total: Optional[int] = None) -> Iterable[Any]:
    """The same steps, with a bar that shows how many are left."""
    return tqdm(steps, about, total, dynamic_ncols=True)


def side_by_side(wanted: int = 0) -> int:
    """How many processes can work at once: `wanted`, or one for each core that this one may use.

    One alone where they can have no locks (a container without /dev/shm), which is told.
    """
    if wanted == 1:
        return 1
    try:
        multiprocessing.get_context("spawn").Lock()
    except OSError as error:
        told = f"one process works: several can have no locks here ({error.strerror}; is /dev/shm"
        print(f"{told} there, and writable?)", file=sys.stderr)
        return 1
    if wanted:
        return wanted
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def on_all_cores(function: Callable[..., np.ndarray], about: str, *arrays: np.ndarray) -> Any:
    """function(*arrays), worked out in parts by as many processes as there are cores.

    Args:
      function: of arrays with N rows each → an array with N rows; it can be pickled.
      about: the bar's name.
      *arrays: with N rows each.
    """
    starts = range(0, len(arrays[0]), CHUNK)
    parts = [[array[start : start + CHUNK] for start in starts] for array in arrays]
    if len(starts) <= 1:
        return function(*arrays)
    workers = min(side_by_side(), len(starts))
    if workers == 1:
        return np.concatenate([*tracked(about, map(function, *parts), len(starts))])
    context = multiprocessing.get_context("spawn")  # TensorFlow's threads do not survive a fork
    with ProcessPoolExecutor(workers, context) as pool:
        return np.concatenate([*tracked(about, pool.map(function, *parts), len(starts))])
