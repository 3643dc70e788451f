"""A SavedModel that paints label maps, as a function of what people bring."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, Optional

import numpy as np

from interface import texts
from interface.command_line import UserError
from serving import editing, reference_painter, saved_model, styles
from serving.about import INPUT, INSTANCES
from serving.saved_model import SavedModel
from serving.scene import Of, Reference, Scene
from serving.signatures import DEFAULT, Arrays, Signature
from serving.styles import Styles

BATCH = 8  # pictures in one call
SAMPLE, ENCODE = "sample", "encode"
SEED, FEATURES = "seed", "features"
INPUTS = {INPUT["labels"], INSTANCES, SEED}  # all that may be brought for a picture


def painting(model: SavedModel) -> Optional[Signature]:
    """What paints label maps, from seeds where a model knows them; None: it wants something else.

    What is brought for a picture is at most a label map, instances and a seed.
    """
    signature = model.signatures.get(SAMPLE, model.signatures[DEFAULT])
    about, takes = model.about, {*signature.inputs}
    paints = about.asks == "labels" and about.gives == "image"
    return signature if paints and {*about.inputs} <= takes <= INPUTS else None


def inputs(signature: Signature, scene: Scene, count: int) -> Arrays:
    """A scene as so many rows of what a signature takes, in its types.

    Args:
      scene: with instances, if the signature wants them.
    """
    maps, tensors = {INPUT["labels"]: scene.label, INSTANCES: scene.instance}, signature.inputs
    rows = {}
    for name in (name for name in maps if name in tensors):
        ids = maps[name]
        assert ids is not None
        # Some models have a channel behind height and width.
        shape = [count, *ids.shape, *[1] * (len(tensors[name].shape) - ids.ndim)]
        row = ids.reshape(shape[1:]).astype(tensors[name].dtype)
        rows[name] = np.ascontiguousarray(np.broadcast_to(row, shape))
    return rows


def styles_of(model: SavedModel) -> Optional[Styles]:
    """Those that came with a model; None where none did."""
    path = pathlib.Path(model.folder) / "assets" / styles.FILE
    return styles.read(path) if path.exists() else None


def asked(
    model: SavedModel,
    known: Optional[Styles],
    scene: Scene,
    seeds: Sequence[int],
    reference: Optional[Reference] = None,
) -> tuple[Signature, Arrays]:
    """What to call for a scene's pictures, and with which rows: one for each seed.

    Args:
      known: its styles, where it has clusters: a region's is the chosen one, else the reference's,
        else one that a seed draws.
      seeds: how many there are is all that counts to a model without seeds.
      reference: a photo to paint in the style of.

    Raises:
      UserError: the model wants something else, or does not have a style that is chosen.
    """
    default = model.signatures[DEFAULT]
    if reference_painter.is_one(model.about):
        if reference is None:
            raise UserError("photo: missing; this model paints in the style of one")
        return default, reference_painter.inputs(scene.label, *reference)
    if known is not None and (scene.styles or reference):
        given = styles_in(model, reference) if reference else {}
        features = [_features(known, scene, seed, given) for seed in seeds]
        return default, {**inputs(default, scene, len(seeds)), FEATURES: np.stack(features)}
    signature = painting(model)
    if signature is None:
        raise UserError(f"{model.folder}: wanted a model that paints label maps")
    rows = inputs(signature, scene, len(seeds))
    if SEED in signature.inputs:
        rows[SEED] = np.array(seeds, np.int64)
    return signature, rows


def _features(
    known: Styles, scene: Scene, seed: int, given: Mapping[int, np.ndarray]
) -> np.ndarray:
    """float32 [H, W, C]: what is chosen, else what is given of a label, else what a seed draws."""
    of: Of = "label" if known.features == "label" else "instance"
    features = editing.features(scene, known.clusters, of, seed)
    regions = scene.label if of == "label" else scene.objects
    for label, style in given.items():
        features[(scene.label == label) & ~np.isin(regions, [*scene.styles])] = style
    return features


def styles_in(model: SavedModel, reference: Reference) -> dict[int, np.ndarray]:
    """The styles that the labels of a photo have, float32 [C] each."""
    call, ids = model.signatures[ENCODE].call, reference.label
    made = call(image=reference.photo[None], instances=ids[None].astype(np.int32))["features"][0]
    return {int(label): made[ids == label][0] for label in np.unique(ids)}


class LabelPainter:
    """Paints label maps in styles of seeds, or in given ones.

    Args:
      folder: of a SavedModel that paints label maps.

    Raises:
      UserError: it can't be read.
    """

    def __init__(self, folder: str) -> None:
        self.model: SavedModel = saved_model.load(folder)
        self.about = self.model.about
        signature = painting(self.model)
        if signature is None:
            raise UserError(f"--model {folder}: wanted one that paints label maps")
        self.signature = signature

    @property
    def is_seeded(self) -> bool:
        """Whether a seed makes another picture."""
        return SEED in self.signature.inputs

    @property
    def features(self) -> Any:
        """What its styles are of, "instance" or "label"; nothing where it has none."""
        return self.model.metadata["features"] if self.about.style == "clusters" else ""

    def painted(self, scene: Scene, seeds: Sequence[int]) -> np.ndarray:
        """A scene painted once for each seed: uint8 [N, H, W, 3]."""
        rows = []
        for start in range(0, len(seeds), BATCH):
            part = seeds[start : start + BATCH]
            seed = {SEED: np.array(part, np.int64)} if self.is_seeded else {}
            given = inputs(self.signature, scene, len(part))
            rows.append(self.signature.call(**given, **seed)["image"])
        return np.concatenate(rows)

    def styled(self, scene: Scene, seeds: Sequence[int]) -> np.ndarray:
        """A scene in the styles that are chosen in it; what has none is drawn by each seed."""
        known = styles.read(pathlib.Path(self.model.folder) / "assets" / styles.FILE)
        rows = [_features(known, scene, seed, {}) for seed in seeds]
        return np.stack([self._in(scene, row) for row in rows])

    def encoded(self, scene: Scene, photo: np.ndarray) -> np.ndarray:
        """A scene in the styles that its regions have in a photo, uint8 [H, W, 3] both."""
        regions = scene.label if self.features == "label" else scene.objects
        call = self.model.signatures[ENCODE].call
        made = call(image=photo[None], instances=regions[None].astype(np.int32))
        return self._in(scene, made["features"][0])

    def _in(self, scene: Scene, features: np.ndarray) -> np.ndarray:
        signature = self.model.signatures[DEFAULT]
        rows = {**inputs(signature, scene, 1), FEATURES: features[None]}
        return signature.call(**rows)["image"][0]


def chosen(path: str, scene: Scene) -> Scene:
    """A scene with the styles that a file chooses: JSON, {"id of a region": number of a cluster}.

    Raises:
      UserError: no such file, anything else in it, no such region.
    """
    try:
        choices = texts.of_bytes(pathlib.Path(path).read_bytes())
        return styled(choices, scene, f"--style {path}", ", or a photo")
    except OSError as error:
        raise UserError(f"--style {path}: {error.strerror}") from None


def styled(choices: str, scene: Scene, where: str, otherwise: str = "") -> Scene:
    """A scene with the styles that JSON chooses, {"id of a region": number of a cluster}.

    Args:
      where: it comes from; otherwise: what else could stand there; for the message.

    Raises:
      UserError: anything else in it, no such region.
    """
    try:
        styles = {int(region): cluster for region, cluster in json.loads(choices).items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise UserError(
            f'{where}: wanted JSON, {{"id of a region": number of a cluster}}{otherwise}'
        ) from None
    return dataclasses.replace(scene, styles=styles)
