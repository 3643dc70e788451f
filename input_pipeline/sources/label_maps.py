"""Photos, label maps and instance maps in folders of their own, matched by name."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from typing import Optional

import numpy as np
from PIL import Image

from input_pipeline import storage
from input_pipeline.label_maps import labels
from input_pipeline.label_maps.label_sets import IGNORED
from input_pipeline.label_maps.labels import Sample
from input_pipeline.photos import Rejected
from input_pipeline.sharding import finished
from interface.command_line import UserError

ENDINGS = (
    *(".png", ".jpg", ".jpeg", ".bmp", ".gif", ".pgm", ".ppm", ".tif", ".tiff", ".webp"),
    *(".heic", ".heif", ".avif"),
)
# How Cityscapes names what belongs to one photo; label and instance maps share a folder there.
CITYSCAPES = re.compile(r"(.+)_(?:leftImg8bit|gt(?:Fine|Coarse)_(\w+))")
KINDS = {
    "labelIds": "labels",
    "labelTrainIds": "labels",
    "instanceIds": "instances",
    "instanceTrainIds": "instances",
}
SHOWN = 3  # names in a message


@dataclasses.dataclass(frozen=True)
class LabelMaps:
    """Files of one name below the folders: `a/x.jpg` goes with `a/x.png`.

    The sub-folder counts, endings and the suffixes of Cityscapes do not, so that
    leftImg8bit/train and gtFine/train go together as they are distributed.

    Attributes:
      images: folder or URL of photos.
      labels: of label maps.
      label_count: ids are 0 to this less one; 0 = label maps are pictures of any colours.
      instances: of instance maps, or None.
      split: of all samples.
      ignored: the id of pixels that do not count; None = every one does.
      scale: which are scaled to the others' size, "images" or "labels"; None = they have one.
      turn: whether the maps lie on the photos as they are stored, and are turned as EXIF says.
    """

    images: str
    labels: str
    label_count: int
    instances: Optional[str] = None
    split: str = "train"
    ignored: Optional[int] = None
    scale: Optional[str] = None
    turn: bool = False

    is_complete, packages, framing = True, (), None

    @property
    def splits(self) -> tuple[str, ...]:
        """The one."""
        return (self.split,)

    def items(self) -> list[str]:
        """A list of the three paths for each name, and all files that lack a counterpart.

        Raises:
          UserError: a folder is missing or empty, a name occurs twice in one, or no name
            occurs in all.
        """
        kinds = [kind for kind in ("images", "labels", "instances") if getattr(self, kind)]
        paths_of = [self._paths(kind) for kind in kinds]
        names = sorted(set().union(*paths_of))
        items = []
        for name in names:
            absent = [kind for kind, paths in zip(kinds, paths_of) if name not in paths]
            paths = [paths[name] for paths in paths_of if name in paths]
            if absent:
                reason = f"nothing of its name in --{' or --'.join(absent)}"
                items += [labels.left_out(path, reason) for path in paths]
            else:
                items.append(json.dumps([*paths, None][:3]))
        if all(labels.unpaired(item) for item in items):
            raise UserError(self._no_pair(kinds, paths_of))
        return items

    def sample(self, item: str) -> Sample:
        """Read a photo and its maps, all of one size, ids within their limit.

        Raises:
          Rejected: naming the file, the value, where it is, and the limit.
        """
        image, label, instance = json.loads(item)
        photo = labels.read_photo(storage.join(self.images, image))
        label_path = storage.join(self.labels, label)
        turn = photo.turn if self.turn else None
        read = labels.read_ids if self.label_count else labels.read_picture
        ids = labels.turned(read(label_path), turn)
        path_of_size, size = label_path, (ids.shape[0], ids.shape[1])
        if self.scale is None:
            path_of_size, size = photo.path, photo.size
            _check_size(label_path, ids, path_of_size, size, photo.turn)
        counted = self._counted(label_path, ids) if self.label_count else ids
        numbers = None
        if instance is not None and self.instances is not None:
            path = storage.join(self.instances, instance)
            numbers = labels.turned(labels.read_ids(path), turn).astype(np.int32)
            _check_size(path, numbers, path_of_size, size)
        if self.scale == "labels":
            counted = labels.scaled(counted, photo.size)
            numbers = None if numbers is None else labels.nearest(numbers, photo.size)
        return Sample(self.split, image, photo, counted, numbers)

    def _counted(self, path: str, ids: np.ndarray) -> np.ndarray:
        """uint8 [H, W]: ids within their limit, or IGNORED."""
        ignored = ids == self.ignored if self.ignored is not None else np.zeros(ids.shape, bool)
        _check_range(path, np.where(ignored, 0, ids), self.label_count)
        return np.where(ignored, IGNORED, ids).astype(np.uint8)

    def _paths(self, kind: str) -> dict[str, str]:
        """{name: path relative to the kind's folder}."""
        folder = getattr(self, kind)
        if not storage.exists(folder):
            raise UserError(f"--{kind} {folder}: no such folder")
        if not storage.is_url(folder) and not os.path.isdir(folder):
            raise UserError(f"--{kind} {folder}: not a folder")
        paths: dict[str, str] = {}
        for path in sorted(storage.files_below(folder, finished.is_data_set)):
            name = name_of(path, kind)
            if name in paths:
                raise UserError(
                    f"--{kind} {folder}: {paths[name]} and {path} have one name; keep one of them"
                )
            if name is not None:
                paths[name] = path
        if not paths:
            raise UserError(
                f"--{kind} {folder}: none of its files is one of {kind} by name (wanted "
                f"{', '.join(ENDINGS)}; _labelIds and _instanceIds say what Cityscapes' files are)"
            )
        return paths

    def _no_pair(self, kinds: list[str], paths_of: list[dict[str, str]]) -> str:
        examples = (
            f"--{kind} {', '.join(sorted(paths.values())[:SHOWN])}"
            for kind, paths in zip(kinds, paths_of)
        )
        return (
            "no name is in all folders; wanted files of one name, as a/x.jpg and a/x.png; "
            f"found {'; '.join(examples)}"
        )


def name_of(path: str, kind: str) -> Optional[str]:
    """The name by which a file is matched; None = no file of this kind.

    Args:
      path: relative to the kind's folder.
      kind: images, labels or instances.
    """
    stem, ending = os.path.splitext(path)
    if ending.lower() not in ENDINGS:
        return None
    of_cityscapes = CITYSCAPES.fullmatch(stem)
    if of_cityscapes is None:
        return stem
    what = of_cityscapes[2]
    return of_cityscapes[1] if (KINDS.get(what) if what else "images") == kind else None


def _check_size(
    path: str,
    ids: np.ndarray,
    photo: str,
    size: labels.Size,
    turn: Optional[Image.Transpose] = None,
) -> None:
    if ids.shape[:2] == size:
        return
    how, advice = "", "make them alike, or say --scale"
    if turn is not None and ids.shape[:2] == size[::-1]:
        how, advice = ", upright as its EXIF says", "--turn_labels takes maps of stored pixels"
    raise Rejected(
        f"{path}: height {ids.shape[0]}, width {ids.shape[1]}; its photo {photo} has "
        f"height {size[0]}, width {size[1]}{how}; {advice}"
    )


def _check_range(path: str, ids: np.ndarray, label_count: int) -> None:
    outside = (ids < 0) | (ids >= label_count)
    if outside.any():
        y, x = np.argwhere(outside)[0]
        raise Rejected(
            f"{path}: id {ids[y, x]} at x {x}, y {y}; --label_count {label_count} allows "
            f"0 to {label_count - 1}"
        )
