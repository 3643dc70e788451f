"""A SavedModel that paints label maps, as a function of what people bring."""

from __future__ import annotations

import dataclasses
import json
import pathlib
from collections.abc import Sequence
from typing import Any, Optional

import numpy as np

from interface.command_line import UserError
from serving import editing, saved_model, styles
from serving.about import INPUT, INSTANCES
from serving.editing import Scene
from serving.saved_model import SavedModel
from serving.signatures import DEFAULT, Arrays, Signature
from serving.styles import Styles

BATCH = 8  # pictures in one call
SAMPLE, ENCODE = "sample", "encode"
SEED = "seed"
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

    @property
    def styles(self) -> Styles:
        """Those that came with it."""
        return styles.read(pathlib.Path(self.model.folder) / "assets" / styles.FILE)

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
        clusters, rows = self.styles.clusters, []
        for seed in seeds:
            features = editing.features(scene, clusters, self.features, seed)
            rows.append(self._in(scene, features))
        return np.stack(rows)

    def encoded(self, scene: Scene, photo: np.ndarray) -> np.ndarray:
        """A scene in the styles that its regions have in a photo, uint8 [H, W, 3] both."""
        regions = scene.label if self.features == "label" else scene.objects
        call = self.model.signatures[ENCODE].call
        made = call(image=photo[None], instances=regions[None].astype(np.int32))
        return self._in(scene, made["features"][0])

    def _in(self, scene: Scene, features: np.ndarray) -> np.ndarray:
        signature = self.model.signatures[DEFAULT]
        return signature.call(**inputs(signature, scene, 1), features=features[None])["image"][0]


def chosen(path: str, scene: Scene) -> Scene:
    """A scene with the styles that a file chooses: JSON, {"id of a region": number of a cluster}.

    Raises:
      UserError: no such file, anything else in it, no such region.
    """
    try:
        choices = json.loads(pathlib.Path(path).read_text())
        styled = {int(region): cluster for region, cluster in choices.items()}
    except OSError as error:
        raise UserError(f"--style {path}: {error.strerror}") from None
    except (ValueError, TypeError, AttributeError):
        raise UserError(
            f'--style {path}: wanted JSON, {{"id of a region": number of a cluster}}, or a photo'
        ) from None
    return dataclasses.replace(scene, styles=styled)
