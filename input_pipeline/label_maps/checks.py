"""Every file of a data set of label maps is read before anything is written."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from concurrent import futures
from typing import Optional

from tqdm import tqdm

from input_pipeline.label_maps import labels
from interface.command_line import UserError

SHOWN, SHOWN_PROBLEMS = 5, 20  # names in a message; lines before it


def checked(task: labels.Labels, workers: int) -> list[str]:
    """All items; every file of theirs was read.

    Raises:
      UserError: naming the first file that can't be used, and how many there are.
    """
    items = task.source.items()
    alone = [labels.name_of(item) for item in items if labels.unpaired(item)]
    if alone:
        names = ", ".join([*alone[:SHOWN], *["…"][: len(alone) - SHOWN]])
        told = f"left out, without counterpart: {len(alone)} files ({names}); see rejected.csv"
        print(told.encode(errors="backslashreplace").decode())  # a name may be no text
    pairs = [item for item in items if not labels.unpaired(item)]
    problems = list(filter(None, _problems(task, pairs, workers)))
    for problem in problems[1:SHOWN_PROBLEMS]:
        print(problem.encode(errors="backslashreplace").decode(), file=sys.stderr)
    if problems:
        more = f" (and {len(problems) - 1} more files with mistakes)" if problems[1:] else ""
        raise UserError(f"{problems[0]}{more}")
    return items


def _problems(task: labels.Labels, items: list[str], workers: int) -> Iterator[Optional[str]]:
    """What is wrong with each. Threads: decoders release Python's lock, and need no start-up."""
    with contextlib.ExitStack() as stack:
        pool = futures.ThreadPoolExecutor(workers or os.cpu_count())
        stack.callback(pool.shutdown, cancel_futures=True)
        bar = stack.enter_context(tqdm(total=len(items), unit="item", desc="checking"))
        for problem in pool.map(task.problem, items):
            bar.update()
            yield problem
