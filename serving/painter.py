"""A trained generator as a function of arrays, from a run's folder or a SavedModel."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import pathlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from input_pipeline.faces import framing
from input_pipeline.faces.framing import Framing
from interface.command_line import UserError
from serving import export
from serving.about import read

BATCH = 64
EXPORT = "python -m serving.export"
WEIGHTS = "variables/variables.data-*"  # of a SavedModel


@dataclasses.dataclass(frozen=True)
class Painter:
    """A generator.

    Attributes:
      signatures: by name. "serving_default": (mask float32 [N, H, H, 1], latent float32 [N, L]) →
        {"image": uint8 [N, H, H, 3]}; the others see `export.build_module`.
      resolution: H.
      latent_size: L.
      about: what it is, for the protocol.
    """

    signatures: Mapping[str, Callable[..., dict[str, tf.Tensor]]]
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
        """Paint.

        Args:
          mask: bool [N, H, H]; latent: float32 [N, L].
          tracked: shows how far the batches' starts have come.

        Returns:
          uint8 [N, H, H, 3].
        """
        images = np.empty([*mask.shape, 3], np.uint8)
        for start in tracked(range(0, len(mask), BATCH)):
            rows = slice(start, start + BATCH)
            inputs = {"mask": mask[rows, ..., None], "latent": latent[rows]}
            inputs = {k: tf.constant(v, tf.float32) for k, v in inputs.items()}
            found = self.signatures["serving_default"](**inputs)
            images[rows] = found["image"].numpy()
        return images


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
    signatures = {"serving_default": module.generate, "sample": module.sample}
    return Painter(signatures, about["resolution"], about["latent_size"], about)


def of_model(folder: str) -> Painter:
    """A SavedModel with the signature that `serving.export` writes.

    Raises:
      UserError: there is none, or it asks for something else.
    """
    if not (pathlib.Path(folder) / "saved_model.pb").is_file():
        inside = [path.parent for path in pathlib.Path(folder).glob("*/saved_model.pb")]
        newest = max(inside, key=lambda path: (len(path.name), path.name), default=None)
        advice = f"give {newest}" if newest else f"make one: {EXPORT}"
        raise UserError(f"--model {folder}: no SavedModel in it; {advice}")
    try:
        model = tf.saved_model.load(folder)
        signature = model.signatures["serving_default"]
        inputs = signature.structured_input_signature[1]
        side, latent_size = int(inputs["mask"].shape[1]), int(inputs["latent"].shape[1])
        kind = signature.structured_outputs["image"].dtype
    except (OSError, tf.errors.OpError, KeyError, TypeError, ValueError):
        kind = None
    if kind != tf.uint8:
        raise UserError(
            f"--model {folder}: can't be read, or does not paint images from masks and latents; "
            f"wanted what {EXPORT} writes"
        )

    # Through the model: a signature alone does not keep its variables.
    signatures = {name: functools.partial(_call, model, name) for name in model.signatures}
    weights = _digest(path.read_bytes() for path in sorted(pathlib.Path(folder).glob(WEIGHTS)))
    about = {
        "model": str(pathlib.Path(folder).resolve()),
        **read(pathlib.Path(folder)),
        "weights": weights,
    }
    return Painter(signatures, side, latent_size, about)


def _call(model: Any, name: str, **inputs: tf.Tensor) -> dict[str, tf.Tensor]:
    return dict(model.signatures[name](**inputs))


def _digest(parts: Iterable[Any]) -> str:
    """Of bytes or arrays, so that figures name the very weights they are of."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(np.ascontiguousarray(part).data if isinstance(part, np.ndarray) else part)
    return digest.hexdigest()[:16]
