"""A trained generator as a function of arrays, from a run's folder or a SavedModel."""

from __future__ import annotations

import dataclasses
import hashlib
import pathlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from input_pipeline.faces import framing
from input_pipeline.faces.framing import Framing
from interface.command_line import UserError
from serving import export, saved_model
from serving.saved_model import SavedModel
from serving.signatures import DEFAULT, rows

Call = Callable[..., Mapping[str, Any]]  # tensors by name → tensors, or arrays, by name

BATCH = 64
WEIGHTS = "variables/variables.data-*"  # of a SavedModel


def images(
    call: Call,
    inputs: Mapping[str, np.ndarray],
    tracked: Callable[[range], Iterable[int]] = iter,
) -> np.ndarray:
    """What a function paints, `BATCH` rows at a time.

    Args:
      call: takes tensors by its inputs' names, and paints an "image".
      inputs: [N, …] each, of the types that it takes; one row or more.
      tracked: shows how far the batches' starts have come.

    Returns:
      uint8 [N, H, W, 3].
    """
    count = rows(inputs)
    painted = np.empty(0)
    for start in tracked(range(0, count, BATCH)):
        part = {name: tf.constant(array[start : start + BATCH]) for name, array in inputs.items()}
        batch = np.asarray(call(**part)["image"])
        if not start:
            painted = np.empty([count, *batch.shape[1:]], np.uint8)
        painted[start : start + BATCH] = batch
    return painted


@dataclasses.dataclass(frozen=True)
class Painter:
    """A generator of faces.

    Attributes:
      signatures: by name. "serving_default": (mask float32 [N, H, H, 1], latent float32 [N, L]) →
        {"image": uint8 [N, H, H, 3]}; the others see `export.build_module`.
      resolution: H.
      latent_size: L.
      about: what it is, for the protocol.
    """

    signatures: Mapping[str, Call]
    resolution: int
    latent_size: int
    about: dict[str, Any]

    @property
    def records_side(self) -> int:
        """Side of the records it was trained on, where that is known: masks are drawn at it."""
        return int(self.about.get("records_side", self.resolution))

    @property
    def framing(self) -> Framing:
        """How faces lie in those records; raises UserError where this version does not know it."""
        return framing.read(self.about, self.about.get("model"))

    def __call__(
        self,
        mask: np.ndarray,
        latent: np.ndarray,
        tracked: Callable[[range], Iterable[int]] = iter,
    ) -> np.ndarray:
        """Paint: `images` of these.

        Args:
          mask: bool [N, H, H]; latent: float32 [N, L].

        Returns:
          uint8 [N, H, H, 3].
        """

        def paint(mask: tf.Tensor, latent: tf.Tensor) -> Mapping[str, Any]:
            drawn = tf.cast(mask, tf.float32)[..., None]
            return self.signatures[DEFAULT](mask=drawn, latent=tf.cast(latent, tf.float32))

        return images(paint, {"mask": mask, "latent": latent}, tracked)


def cross(
    paint: Callable[[np.ndarray, np.ndarray], np.ndarray], masks: np.ndarray, latents: np.ndarray
) -> np.ndarray:
    """Each of M masks with each of K latents, painted: uint8 [M, K, H, H, 3]."""
    painted = paint(np.repeat(masks, len(latents), axis=0), np.tile(latents, (len(masks), 1)))
    return painted.reshape(len(masks), len(latents), *painted.shape[1:])


def latents_of(seeds: Sequence[int], latent_size: int) -> np.ndarray:
    """The latents that a SavedModel's "sample" signature draws for these seeds: float32 [N, L]."""
    drawn = [tf.random.stateless_normal([latent_size], [seed, 0]) for seed in seeds]
    return np.stack([latent.numpy() for latent in drawn])


def arc(first: np.ndarray, last: np.ndarray, steps: int) -> np.ndarray:
    """Spherical interpolation: float32 [N, L] twice → [N, steps, L], both ends included.

    Latents from N(0, 1) all have about the same length, and those on the straight line between
    two are shorter.
    """
    lengths = [np.linalg.norm(end, axis=1)[:, None, None] for end in (first, last)]
    one, other = (end[:, None] / length for end, length in zip((first, last), lengths))
    angle = np.arccos(np.clip((one * other).sum(axis=2, keepdims=True), -1, 1))
    at = np.linspace(0, 1, steps, dtype=np.float32)[None, :, None]
    directions = (np.sin((1 - at) * angle) * one + np.sin(at * angle) * other) / np.sin(angle)
    return np.asarray(((1 - at) * lengths[0] + at * lengths[1]) * directions, np.float32)


def of_run(run_dir: str, phase: int, best: bool) -> Painter:
    """The averaged generator of a phase's newest checkpoint, or of its best one.

    Raises:
      UserError: there is none.
    """
    generator, alpha, about = export.restore(run_dir, phase, best)
    module = export.build_module(generator, alpha)
    weights = _digest(weight.numpy() for weight in generator.variables)
    about = {"run_dir": str(pathlib.Path(run_dir).resolve()), **about, "weights": weights}
    signatures = {DEFAULT: module.generate, "sample": module.sample}
    return Painter(signatures, about["resolution"], about["latent_size"], about)


def of_model(folder: str) -> Painter:
    """A SavedModel of faces, with the signatures that `serving.export` writes.

    Raises:
      UserError: there is none, or it asks for something else.
    """
    return of_loaded(saved_model.load(folder))


def of_loaded(model: SavedModel) -> Painter:
    """A SavedModel of faces.

    Raises:
      UserError: it asks for something else.
    """
    inputs = model.signatures[DEFAULT].inputs
    if model.about.asks != "landmarks" or "latent" not in inputs:
        raise saved_model.no_painter(model.folder, "landmarks")
    side, latent_size = inputs["mask"].shape[0], inputs["latent"].shape[0]
    if side is None and model.about.size:
        side = model.about.size[0]
    if side is None or latent_size is None:
        raise UserError(f"{model.folder}: does not say of what size its masks and latents are")
    weights = _digest(path.read_bytes() for path in sorted(model.folder.glob(WEIGHTS)))
    about = {"model": str(model.folder.resolve()), **model.metadata, "weights": weights}
    calls = {name: signature.call for name, signature in model.signatures.items()}
    return Painter(calls, side, latent_size, about)


def _digest(parts: Iterable[Any]) -> str:
    """Of bytes or arrays, so that figures name the very weights they are of."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(np.ascontiguousarray(part).data if isinstance(part, np.ndarray) else part)
    return digest.hexdigest()[:16]
