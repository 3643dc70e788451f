"""What was once computed from a set of photos, kept under the hash of their content."""

from __future__ import annotations

import hashlib
import os
import pathlib
import sys
import zipfile
from collections.abc import Callable

import numpy as np

from interface import files

Arrays = dict[str, np.ndarray]
ALONE = "found"  # what the files call an array that is alone


def default_folder() -> pathlib.Path:
    """`mask-embedding` in the user's cache folder (`XDG_CACHE_HOME`, or ~/.cache)."""
    home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(home) / "mask-embedding"


class RealStatistics:
    """A cache for one set of photos: another photo, or another order, is another set.

    Args:
      folder: of the cache; it may be deleted at any time.
      *content: the arrays that everything here is computed from.
    """

    def __init__(self, folder: pathlib.Path, *content: np.ndarray) -> None:
        self.folder, self.digest = folder, hashlib.sha256()
        for array in content:
            self.digest.update(f"{array.dtype} {array.shape}".encode())
            self.digest.update(np.ascontiguousarray(array).data)

    def get(self, recipe: str, compute: Callable[[], Arrays]) -> Arrays:
        """The arrays that `compute` gives, computed only if they are not there yet.

        Args:
          recipe: all that they depend on beside the photos; a change of code is a new recipe.
          compute: makes them.
        """
        key = self.digest.copy()
        key.update(recipe.encode())
        path = self.folder / f"{key.hexdigest()[:32]}.npz"
        try:
            with open(path, "rb") as file, np.load(file) as kept:
                return dict(kept)
        except (OSError, ValueError, EOFError, zipfile.BadZipFile):
            computed = compute()
        try:
            with files.replacing(path) as aside, open(aside, "wb") as whole:
                np.savez(whole, **computed)  # type: ignore[arg-type] # for all that numpy 2 knows
        except OSError as error:  # only a cache
            print(f"--cache_dir {self.folder}: {error.strerror}; not kept there", file=sys.stderr)
        return computed

    def array(self, recipe: str, compute: Callable[[], np.ndarray]) -> np.ndarray:
        """As `get`, of one array."""
        return self.get(recipe, lambda: {ALONE: compute()})[ALONE]

    def figures(self, recipe: str, compute: Callable[[], dict[str, float]]) -> dict[str, float]:
        """As `get`, of numbers."""
        arrays = self.get(recipe, lambda: {k: np.array(v) for k, v in compute().items()})
        return {name: value.item() for name, value in arrays.items()}
