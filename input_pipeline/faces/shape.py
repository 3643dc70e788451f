"""How the faces of a data set differ in shape, and sliders that change a face as they differ.

Principal components of the landmarks are what differs together; a slider is the most probable
change that moves one trait (`traits`) and leaves the others alone. Needs numpy only, so that a
page with sliders can use it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from input_pipeline.faces import traits

FILE = "shapes.json"  # in a run's folder, and among a SavedModel's assets
ARRAYS = ("mean", "directions", "components")
FEWEST = 50  # faces
MOST = 10_000  # faces that are read
MOST_BYTES = 4 << 30  # of records read for them: large ones take their time
EXPLAINED, MOST_COMPONENTS = 0.95, 20
POOREST = 0.5  # share of a trait's variance that the components explain
WORST = 10.0  # condition of the traits' effects: beyond it one trait hardly moves alone
NOTHING = 1e-6  # sides, or what traits are in: less is rounding
FARTHEST = 10.0  # sides: what lies beyond was not written by us


@dataclasses.dataclass(frozen=True)
class Shapes:
    """How faces differ, all in sides of the picture.

    Attributes:
      mean: float64 [68, 2], the mean face.
      names: of the sliders, as `traits.measured` has them.
      directions: float64 [T, 68, 2], what each slider adds for a standard deviation of its trait.
      components: float64 [K, 68, 2], the principal components, a standard deviation long; the
        faces are about `mean` + N(0, 1) × each.
    """

    mean: np.ndarray
    names: tuple[str, ...]
    directions: np.ndarray
    components: np.ndarray

    def changed(self, landmarks: np.ndarray, values: Mapping[str, float]) -> np.ndarray:
        """A face, changed by sliders.

        Args:
          landmarks: float [68, 2] in sides of the picture.
          values: of sliders, in standard deviations of their traits; those left out are 0.

        Returns:
          float64 [68, 2].

        Raises:
          ValueError: there is no such slider.
        """
        unknown = sorted(values.keys() - {*self.names})
        if unknown:
            raise ValueError(f"no slider {unknown[0]}; there are {', '.join(self.names)}")
        amounts = [values.get(name, 0.0) for name in self.names]
        return np.asarray(landmarks + np.tensordot(amounts, self.directions, axes=1))

    def to_json(self) -> str:
        """Millionths of a side are enough, and leave no trace of the order of additions."""
        rounded = {name: (np.round(getattr(self, name), 6) + 0.0).tolist() for name in ARRAYS}
        return json.dumps({"names": self.names, **rounded}) + "\n"


def from_json(text: str) -> Shapes:
    """What `Shapes.to_json` wrote.

    Raises:
      ValueError: something else; the message is one line.
    """
    try:
        content = json.loads(text)
        names = tuple(content["names"])
        arrays = {name: np.array(content[name], np.float64) for name in ARRAYS}
        sliders, components = len({*names}), len(content["components"])
        named = all(isinstance(name, str) for name in names) and len(names) == sliders
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise ValueError("damaged: not what a data set's shapes are written as") from None
    wanted = [(68, 2), (sliders, 68, 2), (components, 68, 2)]
    if not named or not sliders or [array.shape for array in arrays.values()] != wanted:
        raise ValueError("damaged: wanted named sliders and components of 68 points")
    if not all((np.abs(array) <= FARTHEST).all() for array in arrays.values()):  # nor nan
        raise ValueError("damaged: a number in it is not finite, or far too large")
    return Shapes(names=names, **arrays)


def of_records(records: Any) -> Shapes | None:
    """The shapes of at most 10,000 faces, evenly spread over records.

    Args:
      records: a `record_files.Records`.

    Returns:
      None where the records have no landmarks, or `fit` finds nothing.
    """
    from input_pipeline import tfrecords  # more than numpy
    from input_pipeline.faces import schema

    side, known = records.resolution, []
    count = min(records.count, MOST, MOST_BYTES // (4 * side**2))
    for index in np.arange(count) * records.count // count:
        try:
            points = schema.decode(*records.read([index])).landmarks
        except tfrecords.Damaged:
            continue  # training says so, should it matter there
        if points is None:
            return None  # the 2019 release's: none of them has any
        known.append((points + 0.5) / side)
    return fit(np.array(known).reshape(-1, 68, 2))


def keep(records: Any, run: pathlib.Path) -> None:
    """Write the shapes of records into the folder of a run, unless they are there already."""
    from interface import files  # more than numpy

    if (run / FILE).exists():
        return
    # Whoever has the lock is another stage of this run, and writes the same.
    with contextlib.suppress(files.Locked), files.locked(run):
        shapes = of_records(records)
        if shapes is not None:
            with files.replacing(run / FILE) as aside:
                aside.write_text(shapes.to_json())


def fit(landmarks: np.ndarray) -> Shapes | None:
    """The shapes of faces and of their mirror images, which training shows as often.

    Args:
      landmarks: float [N, 68, 2] in sides of the picture.

    Returns:
      None where there are fewer than 50 faces, or they are all alike.
    """
    sound = np.isfinite(list(traits.measured(landmarks).values())).all(axis=0)
    faces = landmarks[sound]
    if len(faces) < FEWEST or np.ptp(faces, axis=0).max() < NOTHING:
        return None
    faces = np.concatenate([faces, traits.mirrored(faces)])
    components, scores = _principal(faces)
    names, effects = _well_explained(traits.measured(faces), scores)
    if not names:
        return None
    # Of all changes with this effect the shortest in standard deviations: the most probable one.
    directions = np.tensordot(np.linalg.pinv(effects).T, components, axes=1)
    return Shapes(faces.mean(axis=0), names, directions, components)


def _principal(faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Components [K, 68, 2], a standard deviation long, and faces' coefficients [N, K]."""
    offsets = faces - faces.mean(axis=0)
    # Each landmark counts alike: the jaw moves so much that it would leave nothing of the lids.
    spread = np.sqrt((offsets**2).sum(axis=2).mean(axis=0))
    scaled = (offsets / np.where(spread < NOTHING, 1, spread)[:, None]).reshape(len(faces), -1)
    variances, axes = np.linalg.eigh(scaled.T @ scaled / len(faces))
    variances, axes = variances[::-1], axes[:, ::-1]
    explained = np.cumsum(variances) / variances.sum()
    count = min(int(np.searchsorted(explained, EXPLAINED)) + 1, MOST_COMPONENTS)
    # On the whole to the right or down: an axis as such has no sign.
    axes = axes[:, :count] * np.where(axes[:, :count].sum(axis=0) < 0, -1, 1)
    deviations = np.sqrt(variances[:count])
    components = (axes * deviations).T.reshape(count, 68, 2) * spread[:, None]
    return components, scaled @ axes / deviations


def _well_explained(
    values: Mapping[str, np.ndarray], scores: np.ndarray
) -> tuple[tuple[str, ...], np.ndarray]:
    """Traits that follow from coefficients, each of them on its own.

    Args:
      values: name → float [N].
      scores: float [N, K], whitened.

    Returns:
      Their names, and float64 [T, K]: how many standard deviations of a trait a standard
      deviation of a component changes, by linear regression.
    """
    names: list[str] = []
    effects = np.empty([0, scores.shape[1]])
    for name, value in values.items():
        if value.std() < NOTHING:
            continue
        effect = (value - value.mean()) / value.std() @ scores / len(scores)
        more = np.vstack([effects, effect])
        if (effect**2).sum() >= POOREST and np.linalg.cond(more @ more.T) <= WORST**2:
            names, effects = [*names, name], more
    return tuple(names), effects
