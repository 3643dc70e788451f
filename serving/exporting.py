"""How the export of any system runs: a run's checkpoint → a SavedModel."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from interface import brief
from interface.command_line import setting
from serving import versions


@dataclasses.dataclass(frozen=True)
class Options:
    """Of any export."""

    out: str = setting("folder of the SavedModel, numbered as servers want it, like faces/1")
    run_dir: str = setting("folder of the run", "./runs")
    best: bool = setting("the checkpoint that --eval_every kept, not the newest", False)


class Made(NamedTuple):
    """What a SavedModel is written of; see `serving.saved_model.save`."""

    module: Any
    signatures: Mapping[str, Any]
    metadata: dict[str, Any]
    assets: Mapping[str, pathlib.Path] = {}


T = TypeVar("T", bound=Options)


def image(x: Any) -> dict[str, Any]:
    """What a signature gives of pictures: a tensor [N, H, W, 3] in [-1, 1] → uint8, rounded."""
    import tensorflow as tf  # here, so that a wrong flag is answered before it loads

    levels = tf.round((x + 1) * 127.5)
    return {"image": tf.cast(tf.clip_by_value(levels, 0, 255), tf.uint8)}


def run(options: T, made: Callable[[T], Made]) -> None:
    """Write a SavedModel, whole or not at all, and tell what it is.

    Args:
      options: of the system's export.
      made: of them, from the run's checkpoint; raises UserError where there is none.

    Raises:
      UserError: `out` is taken, or there is no checkpoint.
    """
    from serving import saved_model  # loads TensorFlow

    out = versions.new(options.out)
    ready = made(options)
    saved_model.save(out, *ready)
    print(brief.as_json(ready.metadata))
    print(f"SavedModel: {options.out}")
