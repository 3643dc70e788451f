"""A SavedModel and photos → its cast: seeds whose faces are different people.

python -m metrics.casting --model exports/faces/1 --data_dir records

A seed makes much the same person whatever the mask, and some seeds' people look alike. The cast
are the seeds in an order of which every beginning is as different as can be; sheets and the page
show them in it.
"""

from __future__ import annotations

import dataclasses
import functools
import pathlib

import numpy as np

from input_pipeline.faces import landmarks
from input_pipeline.processes import on_all_cores, tracked
from interface import command_line, files
from interface.command_line import setting
from metrics.evaluation import of_faces

PHOTOS = 2000  # to compare with, at most
FEWEST = 50  # of them: fewer don't tell what is usual
COMPONENTS = 40  # of the photos' faces
BLOCK = 10  # pixels of a chip that become one
KEPT = 3  # of so many candidates one
FIRST = 8  # as many as are seen at once, for the printed figures


@dataclasses.dataclass(frozen=True)
class Options:
    """Chooses the seeds whose faces differ most, and keeps them with the model.

    Only the third of the candidates whose faces are most like photos, in their pattern and their
    hue, is looked at: of faces that differ most many are broken ones.
    """

    model: str = setting("folder of the SavedModel")
    data_dir: str = setting("records, 50 or more: masks, photos to compare with", "./records")
    size: int = setting("side of the records to read", 0, at_least=8, otherwise="as in training")
    candidates: int = setting("seeds to choose from", 512, at_least=KEPT * FIRST, at_most=10_000)
    masks: int = setting("with which each candidate is seen", 12, at_least=1, at_most=100)


def main(argv: list[str]) -> None:
    """Choose as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    files.check_folder("model", pathlib.Path(options.model) / "assets")
    chosen, all_apart, first_apart = choose(options)
    from serving import cast

    path = cast.write(pathlib.Path(options.model), chosen)
    print(f"{path}: {len(chosen)} of {options.candidates} seeds")
    for whose, apart in (("the cast", all_apart), (f"its first {FIRST}", first_apart)):
        print(
            f"{whose}: two are {apart['distance']:.2f} apart by face descriptor, "
            f"{apart['others']:.0%} of pairs are two people by dlib's bar of 0.6"
        )


def choose(options: Options) -> tuple[list[int], dict[str, float], dict[str, float]]:
    """The cast; how far apart its people are, and the first of them: see `of_faces.apart`.

    Raises:
      UserError: no such model or records, too few of them, or without landmarks.
    """
    faces, usual = _faces(options)
    plausible = _plausible(faces, usual)
    kept = faces[:, plausible]
    known = on_all_cores(landmarks.described, "people", kept.reshape(-1, *kept.shape[2:]))
    known = known.reshape(*kept.shape[:2], -1)
    order = farthest_first(distances(known).mean(axis=0))
    chosen = [int(seed) for seed in plausible[order]]
    return chosen, of_faces.apart(known), of_faces.apart(known[:, order[:FIRST]])


def _faces(options: Options) -> tuple[np.ndarray, np.ndarray]:
    """What `landmarks.chips` cuts out: of M masks with K seeds [M, K, …], of P photos [P, …]."""
    from metrics.evaluation import face_photos
    from serving import painter

    paint = painter.of_model(options.model)
    fewest = max(FEWEST, options.masks)
    records = face_photos.open_records(paint, options.data_dir, options.size, fewest)
    photos = face_photos.load(records, paint.resolution, PHOTOS, seed=0)
    places = photos.known_landmarks()
    usual = on_all_cores(landmarks.chips, "photos", photos.image, places)

    shown = functools.partial(paint, tracked=functools.partial(tracked, "painting"))
    latents = painter.latents_of(range(options.candidates), paint.latent_size)
    images = painter.cross(shown, photos.mask[: options.masks], latents)
    return of_faces.on_crossed(landmarks.chips, "faces", images, places), usual


def _plausible(faces: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """The places of the third of K seeds whose faces, uint8 [M, K, …], are most like photos."""
    masks, seeds = faces.shape[:2]
    alone = faces.reshape(-1, *faces.shape[2:])
    odd = oddity(patterns(alone), patterns(usual)) + oddity(hues(alone), hues(usual))
    of_seeds = odd.reshape(masks, seeds).mean(axis=0)
    return np.sort(np.argsort(of_seeds, kind="stable")[: seeds // KEPT])


def patterns(chips: np.ndarray) -> np.ndarray:
    """Means of 10×10 pixels: uint8 [N, 150, 150, 3] → float64 [N, 15 · 15 · 3]."""
    side = chips.shape[1] // BLOCK
    blocks = chips.reshape(-1, side, BLOCK, side, BLOCK, 3)
    return blocks.mean(axis=(2, 4)).reshape(len(chips), -1)


def hues(chips: np.ndarray) -> np.ndarray:
    """Shares of red and green in the mean colour, however bright: [N, …, 3] → float64 [N, 2]."""
    colours = chips.mean(axis=(1, 2)) + 1  # of 255, for faces that are black
    return (colours / colours.sum(axis=1, keepdims=True))[:, :2]


def oddity(faces: np.ndarray, photos: np.ndarray) -> np.ndarray:
    """How unusual faces are among photos: 1 as unusual as a photo is on average.

    The squared Mahalanobis distance, by the number of dimensions, from the photos' mean with the
    covariance of their probabilistic principal components (Tipping and Bishop, 1999): variance
    along the first ones, at most 40 and a quarter of the photos, as it is, all others the same.

    Args:
      faces: float [N, D].
      photos: float [P, D].

    Returns:
      float64 [N].
    """
    count = min(COMPONENTS, len(photos) // 4, photos.shape[1] - 1)
    _, spread, axes = np.linalg.svd(photos - photos.mean(axis=0), full_matrices=False)
    variances, away = spread**2 / len(photos), faces - photos.mean(axis=0)
    along = (away @ axes[:count].T) ** 2
    across = (away**2).sum(axis=1) - along.sum(axis=1)
    rest = variances[count:].sum() / (photos.shape[1] - count)
    return ((along / variances[:count]).sum(axis=1) + across / rest) / photos.shape[1]


def distances(descriptors: np.ndarray) -> np.ndarray:
    """Of each pair within a group: float [G, K, D] → [G, K, K]."""
    from scipy.spatial.distance import cdist  # slow to load

    return np.stack([cdist(group, group) for group in descriptors])


def farthest_first(distances: np.ndarray) -> list[int]:
    """An order in which each is as far as can be from the nearest before it; [K, K] → K places.

    The first is one of the two that are farthest apart. The least distance within any beginning
    is at least half of the best that as many can have (Gonzalez, 1985).
    """
    order = [int(distances.max(axis=1).argmax())]
    while len(order) < len(distances):
        nearest = distances[order].min(axis=0)
        nearest[order] = -1
        order.append(int(nearest.argmax()))
    return order


if __name__ == "__main__":
    command_line.run(main)
