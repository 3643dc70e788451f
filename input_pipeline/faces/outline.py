"""Photos → where a person is in them: the one file that calls MediaPipe."""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
import types
from typing import Any

import numpy as np

from input_pipeline import photos
from interface.command_line import UserError

PACKAGE = "mediapipe==0.10.21"  # the last wheel that carries the model


def person(photo: np.ndarray) -> np.ndarray:
    """How probably each pixel shows a person.

    Args:
      photo: uint8 [H, W, 3].

    Returns:
      float32 [H, W], 0 to 1.

    Raises:
      UserError: MediaPipe is not installed.
    """
    model = _model()
    with photos.quietly():
        return np.array(model.process(np.ascontiguousarray(photo)).segmentation_mask)


def check() -> None:
    """Raise UserError where MediaPipe is not installed."""
    if importlib.util.find_spec("mediapipe") is None:
        raise UserError(
            f"mediapipe is not installed; pip install --no-deps {PACKAGE} (Python 3.9 to 3.11)"
        )


@functools.lru_cache(maxsize=1)
def _model() -> Any:
    check()
    os.environ.setdefault("GLOG_minloglevel", "3")  # noqa: SIM112 - its name
    # These packages load TensorFlow, JAX, OpenCV and Matplotlib for parts that are not used here.
    _without_its_own_start("mediapipe")
    importlib.import_module("mediapipe.python")
    _without_its_own_start("mediapipe.python.solutions")
    solution = importlib.import_module("mediapipe.python.solutions.selfie_segmentation")
    with photos.quietly():
        return solution.SelfieSegmentation(model_selection=0)


def _without_its_own_start(package: str) -> None:
    """Have a package's modules importable, its __init__ unread."""
    spec = importlib.util.find_spec(package)
    assert spec is not None and spec.submodule_search_locations is not None
    module = types.ModuleType(package)
    module.__path__ = list(spec.submodule_search_locations)
    sys.modules[package] = module
