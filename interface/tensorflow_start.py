"""What TensorFlow must find when it loads, on either stack (`setup.cfg`): Keras, oneDNN; quiet."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from typing import Any, Optional

_shown = 2  # file descriptor of what people see of standard error


def say(text: str) -> None:
    """A line on standard error, from any thread, also while that is held back."""
    os.write(_shown, f"{text}\n".encode())


def use_keras_2() -> None:
    """Tell TensorFlow to take Keras 2, for which the networks are written.

    From Python 3.12 on it is a package beside TensorFlow (tf-keras), which takes Keras 3 without
    this; before, it is the only Keras there is. Must come before anybody uses Keras.
    """
    if sys.version_info >= (3, 12):
        os.environ["TF_USE_LEGACY_KERAS"] = "1"


def use_onednn() -> None:
    """Tell TensorFlow to take oneDNN's matrix products and convolutions on every x86 processor.

    It does so by itself only where there are AVX-512's short numbers; with AVX2 alone they are
    half as fast again as its own. Whoever sets the variable decides.
    """
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")


def quietly() -> None:
    """Keep what TensorFlow's C++ half has to tell about its start-up from people."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # Newer ones write some of it before they read that: hold it back while they load.
    if "tensorflow" not in sys.modules:
        sys.meta_path.insert(0, _QuietFinder())


class _QuietFinder:
    """Finds the package tensorflow where the others find it; once, to load it quietly."""

    def find_spec(self, name: str, path: Optional[Sequence[str]], target: Any = None) -> Any:
        if name != "tensorflow":
            return None
        sys.meta_path.remove(self)  # type: ignore[arg-type]
        spec = importlib.util.find_spec(name)
        return _quiet(spec) if spec is not None else None


def _quiet(spec: ModuleSpec) -> ModuleSpec:
    loader: Any = spec.loader
    load = loader.exec_module

    def load_quietly(module: Any) -> None:
        with _held_back_stderr():
            load(module)

    loader.exec_module = load_quietly
    return spec


@contextlib.contextmanager
def _held_back_stderr() -> Iterator[None]:
    """Drop what is written to standard error, by C++ too; an error lets it through."""
    global _shown
    try:
        stderr = os.dup(2)
    except OSError:  # closed
        yield
        return
    with tempfile.TemporaryFile() as held, os.fdopen(stderr, "wb") as shown:
        os.dup2(held.fileno(), 2)
        _shown = stderr
        try:
            yield
        except BaseException:
            held.seek(0)
            shutil.copyfileobj(held, shown)
            raise
        finally:
            os.dup2(stderr, 2)
            _shown = 2
