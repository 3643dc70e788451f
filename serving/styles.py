"""Styles of regions: what an encoder's features of each class come together to.

pix2pixHD (arXiv 1711.11585, section 3.4).

A file of them, styles.json, lies beside the checkpoints whose encoder they are of, and inside a
SavedModel:
  {"encoder": …, "features": "label", "channels": 3, "clusters": {"13": [[0.1, …], …]}}
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np

from interface import files
from interface.command_line import UserError

FILE = "styles.json"
CLUSTERS = 10  # of each class at most
MAKE = "python -m siblings.pix2pixhd.features"


@dataclasses.dataclass(frozen=True)
class Styles:
    """What an encoder knows of each class.

    Attributes:
      encoder: tells whose they are, `Restored.digest`.
      features: what a style is of, "instance" or "label".
      channels: numbers of a style.
      clusters: by class, float32 [K, channels].
    """

    encoder: str
    features: str
    channels: int
    clusters: Mapping[int, np.ndarray]

    def write(self, path: pathlib.Path) -> None:
        """As JSON, whole or not at all."""
        rows = {str(label): each.tolist() for label, each in sorted(self.clusters.items())}
        files.write_json(path, {**dataclasses.asdict(self), "clusters": rows})

    def table(self, classes: int) -> tuple[np.ndarray, np.ndarray]:
        """For lookups by class: float32 [classes, CLUSTERS, channels], counts int32 [classes].

        A class without clusters has one, of zeros.
        """
        table = np.zeros([classes, CLUSTERS, self.channels], np.float32)
        counts = np.ones([classes], np.int32)
        for label, centres in self.clusters.items():
            table[label, : len(centres)], counts[label] = centres, len(centres)
        return table, counts


def drawn(seed: int, regions: Sequence[int], counts: Sequence[int]) -> list[int]:
    """A cluster for each region, which follows from (seed, id of the region) and their number.

    Args:
      counts: of clusters, 1 or more for each region.
    """
    import tensorflow as tf  # here, so that a wrong flag is answered before it loads

    draws = [
        tf.random.stateless_uniform([], tf.constant([seed, region], tf.int64), 0, count, tf.int32)
        for region, count in zip(regions, counts)
    ]
    return [int(draw) for draw in draws]


def read(path: pathlib.Path) -> Styles:
    """The styles in a file.

    Raises:
      UserError: it is missing or damaged.
    """
    advice = f"make it: {MAKE} --run_dir … --data_dir …"
    if not path.is_file():
        raise UserError(f"{path}: no such file; {advice}")
    try:
        content = json.loads(path.read_text())
        rows = {int(k): np.array(v, np.float32) for k, v in content["clusters"].items()}
        styles = Styles(**{**content, "clusters": rows})
        shapes = {(count, styles.channels) for count in range(1, CLUSTERS + 1)}
        if not {each.shape for each in rows.values()} <= shapes:
            raise ValueError
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise UserError(f"{path}: damaged; {advice}") from None
    return styles


def of_encoder(path: pathlib.Path, encoder: str) -> Styles:
    """The styles in a file. Raises UserError: missing, damaged, or of another encoder."""
    styles = read(path)
    if styles.encoder != encoder:
        raise UserError(
            f"{path}: of another encoder than this checkpoint's; make it again: "
            f"{MAKE} --run_dir … --data_dir …"
        )
    return styles
