"""What comes of edits: is the edited mask followed, is it still that person, is a style copied?

python -m metrics.edits --model exports/edits/1 --segmenter models/parser/1 \
    --data_dir held_out_records --out evaluation/edits
"""

from __future__ import annotations

import collections
import dataclasses
import json
import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

import numpy as np
from PIL import Image

from input_pipeline.label_maps import segmenter
from input_pipeline.label_maps.label_sets import IGNORED
from input_pipeline.label_maps.segmenter import Segmenter
from input_pipeline.processes import tracked
from interface import command_line, files, pictures
from interface.command_line import UserError, setting
from metrics.confusion import agreement, confusion
from metrics.evaluation import label_subject, places

if TYPE_CHECKING:
    from serving.reference_painter import ReferencePainter

REGIONS = ("skin", "hair", "cloth")  # whose colours are compared
SHOWN = 6  # rows of the sheet
TILE = 128
DESCRIBED = 128  # numbers of dlib's descriptor of a face
OWN, STYLED = "own", "styled"
BATCH = 8  # pictures that are looked at in one call


@dataclasses.dataclass(frozen=True)
class Options:
    """Measures a model that paints faces in the style of a photo; writes a JSON and a PNG.

    Each photo is painted along its own label map, along each of five edits of it, and along its own
    in the next photo's style. Beside each figure stands what it would be at best or by chance.
    """

    model: str = setting("folder of the SavedModel")
    segmenter: str = setting("folder of the segmenter's SavedModel")
    data_dir: str = setting("folder of the records", "./records")
    split: str = setting(
        "of the records",
        "",
        choices=("", "train", "validation", "test"),
        otherwise="validation, or the only one there is",
    )
    images: int = setting("photos that are edited", 64, at_least=2)
    blend: bool = setting("bring back the photo where nothing was edited", False)
    out: str = setting("NAME of NAME.json and NAME.png", "evaluation/edits")


@dataclasses.dataclass
class Painted:
    """What was made of all photos.

    Attributes:
      photos: uint8 [N, H, W, 3]; labels: uint8 [N, H, W].
      masks: what each was painted along, and made: the pictures, by the edit's name, OWN or STYLED;
        None where an edit was not possible.
    """

    photos: np.ndarray
    labels: np.ndarray
    masks: dict[str, list[Optional[np.ndarray]]]
    made: dict[str, list[Optional[np.ndarray]]]


class Bounds(NamedTuple):
    """What the segmenter sees, uint8 [N, H, W], in the photos and in pictures of the own masks."""

    photos: np.ndarray
    own: np.ndarray


def main(argv: list[str]) -> None:
    """Measure as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    out = pathlib.Path(options.out)
    files.check_folder("out", out.absolute().parent)
    from serving.reference_painter import ReferencePainter

    judge = segmenter.read(options.segmenter)
    painter = ReferencePainter(options.model)
    painted = paint(options, painter, judge)
    known = painter.about
    protocol = {**dataclasses.asdict(options), "trained_steps": known.trained_steps}
    figures = {"protocol": protocol, **measured(painted, judge)}
    pictures.save_png(out.with_name(f"{out.name}.png"), sheet(painted, judge))
    files.write_json(out.with_name(f"{out.name}.json"), figures)
    print(json.dumps(figures))


def paint(options: Options, painter: ReferencePainter, judge: Segmenter) -> Painted:
    """All pictures.

    Raises:
      UserError: other classes, or fewer than two records.
    """
    from serving import blending, label_edits

    photos, labels = _photos(options, painter, judge)
    ids = judge.label_set.by_name()
    masks: dict[str, list[Optional[np.ndarray]]] = collections.defaultdict(list)
    made: dict[str, list[Optional[np.ndarray]]] = collections.defaultdict(list)
    for number in tracked("painting", range(len(photos))):
        photo, label = photos[number], labels[number]
        following = (number + 1) % len(photos)
        masks[OWN].append(label)
        made[OWN].append(painter.painted(label, photo, label))
        masks[STYLED].append(label)
        made[STYLED].append(painter.painted(label, photos[following], labels[following]))
        for name, edit in label_edits.EDITS.items():
            edited = edit(label, ids, labels[following])
            masks[name].append(edited)
            picture = None if edited is None else painter.painted(edited, photo, label)
            if picture is not None and options.blend:
                assert edited is not None
                picture = blending.by_difference(photo, picture, label, edited)
            made[name].append(picture)
    return Painted(photos, labels, dict(masks), dict(made))


def _photos(
    options: Options, painter: ReferencePainter, judge: Segmenter
) -> tuple[np.ndarray, np.ndarray]:
    """Photos at the size that the painter learnt from, and their label maps; pixels that are of no
    class are of the first."""
    from metrics.evaluation import painted_subject
    from serving import label_edits

    named = f"--segmenter {options.segmenter}"
    painted_subject.check_classes(painter.model, named, judge.label_set)
    lacks = label_edits.NAMES - {*judge.label_set.names}
    if lacks:
        raise UserError(
            f"{named}: tells no {', '.join(sorted(lacks))}; wanted CelebAMask-HQ's classes, which "
            "the edits are of"
        )
    records = label_subject.open_records(judge, options.data_dir, options.split)
    if min(records.count, options.images) < 2:
        raise UserError(f"--data_dir {options.data_dir}: one record; wanted two or more")
    shown = painted_subject.photos(painter.model, records, options.images, seed=0)
    return shown.image, np.where(shown.label == IGNORED, 0, shown.label).astype(np.uint8)


def measured(painted: Painted, judge: Segmenter) -> dict[str, Any]:
    """All figures, as JSON has them."""
    edits = [name for name in painted.made if name not in (OWN, STYLED)]
    own = np.stack([_there(each) for each in painted.made[OWN]])
    bounds = Bounds(_told(judge, painted.photos, "photos"), _told(judge, own, "own masks"))
    known = _descriptors(painted.photos, "photos")
    return {
        "images": len(painted.photos),
        "reconstruction": reconstruction(painted, bounds, judge),
        "edits": {name: followed(painted, name, bounds, judge) for name in edits},
        "identity": {
            "reconstruction": identity(known, painted.made[OWN], OWN),
            **{name: identity(known, painted.made[name], name) for name in edits},
            "two people": _mean(np.linalg.norm(known - np.roll(known, -1, axis=0), axis=1)),
            "faces found in photos": int(np.isfinite(known).all(axis=1).sum()),
        },
        "style": {name: style(painted, name, judge) for name in REGIONS},
    }


def reconstruction(painted: Painted, bounds: Bounds, judge: Segmenter) -> dict[str, Any]:
    """Pictures along the own mask in the own style, beside their photos."""
    from metrics.sliced_wasserstein import floor, sliced_wasserstein, squares
    from metrics.ssim import ssim

    made = np.stack([_there(each) for each in painted.made[OWN]])
    photos, others = painted.photos, np.roll(painted.photos, -1, axis=0)
    cut = squares(photos)
    return {
        "ssim": float(ssim(made, photos).mean()),
        "ssim of other photos": float(ssim(others, photos).mean()),
        "sliced_wasserstein": sliced_wasserstein(cut, squares(made))["mean"],
        "sliced_wasserstein of halves of photos": floor(cut)["mean"],
        **_figures(bounds.own, painted.labels, judge),
        "photos": _figures(bounds.photos, painted.labels, judge),
    }


def followed(painted: Painted, name: str, bounds: Bounds, judge: Segmenter) -> dict[str, Any]:
    """Whether the segmenter sees an edited mask in its picture.

    Returns:
      "images": edited ones; "not possible": others. "mean_iou", "pixel_accuracy": with the edited
      mask; "unedited": with the mask before. Of the pixels that the edit changed, "changed": the
      share where it sees the edit; "still": where it sees what was there before; "changed in own":
      where it sees the edit in the picture of the own mask, as in that of a painter that ignores
      edits; "told in photos": where it sees in the photo what is there, as well as it can tell.
    """
    there = [n for n, picture in enumerate(painted.made[name]) if picture is not None]
    counts = {"images": len(there), "not possible": len(painted.photos) - len(there)}
    if not there:
        return counts
    made = np.stack([_there(painted.made[name][n]) for n in there])
    wanted = np.stack([_there(painted.masks[name][n]) for n in there])
    before = painted.labels[there]
    seen, changed = _told(judge, made, name), wanted != before
    pairs = {
        "changed": (seen, wanted),
        "still": (seen, before),
        "changed in own": (bounds.own[there], wanted),
        "told in photos": (bounds.photos[there], before),
    }
    return {
        **counts,
        **_figures(seen, wanted, judge),
        "unedited": _figures(seen, before, judge),
        **{key: float((one == other)[changed].mean()) for key, (one, other) in pairs.items()},
    }


def identity(known: np.ndarray, made: Sequence[Optional[np.ndarray]], about: str) -> dict[str, Any]:
    """How far dlib's descriptors of pictures are from their photos': mean, and of how many faces.

    Args:
      known: of the photos, see `_descriptors`.

    Returns:
      "distance"; "faces": found in picture and photo; "not found": in the picture, of the others.
    """
    there = [number for number, picture in enumerate(made) if picture is not None]
    if not there:
        return {"distance": None, "faces": 0, "not found": 0}
    found = _descriptors(np.stack([_there(made[number]) for number in there]), about)
    apart = np.linalg.norm(found - known[there], axis=1)
    missed = np.isnan(found).any(axis=1) & np.isfinite(known[there]).all(axis=1)
    both = int(np.isfinite(apart).sum())
    return {"distance": _mean(apart), "faces": both, "not found": int(missed.sum())}


def style(painted: Painted, name: str, judge: Segmenter) -> dict[str, Optional[float]]:
    """Whether a region takes the colour of the photo whose style it has: distances of mean colours.

    A style is one of the whole picture: what it changes outside of a region is as it should be.

    Returns:
      "to reference", "to own photo": of pictures in the next photo's style, in levels; "photos":
      of the two photos; "own style": of pictures in their own style, from their photo.
    """
    id = judge.label_set.by_name().get(name)
    rows = []
    for number in range(len(painted.photos)):
        other = (number + 1) % len(painted.photos)
        inside, there = painted.labels[number] == id, painted.labels[other] == id
        if not (inside.any() and there.any()):
            continue
        styled, plain = (_there(painted.made[each][number]) for each in (STYLED, OWN))
        made, own, again = (
            each[inside].mean(axis=0) for each in (styled, painted.photos[number], plain)
        )
        reference = painted.photos[other][there].mean(axis=0)
        pairs = ((made, reference), (made, own), (own, reference), (again, own))
        rows.append([np.linalg.norm(first - second) for first, second in pairs])
    figures = np.mean(rows, axis=0) if rows else [None] * 4
    keys = ("to reference", "to own photo", "photos", "own style")
    return {key: None if each is None else float(each) for key, each in zip(keys, figures)}


def sheet(painted: Painted, judge: Segmenter) -> Image.Image:
    """Each row a person: photo, mask, own picture, the next photo's style, each edit and its
    picture; white where there is none."""
    rows = []
    for number in range(min(SHOWN, len(painted.photos))):
        row = [painted.photos[number], judge.label_set.pictured(painted.labels[number])]
        row += [_there(painted.made[name][number]) for name in (OWN, STYLED)]
        for name in painted.made:
            mask, picture = painted.masks[name][number], painted.made[name][number]
            if name in (OWN, STYLED):
                continue
            if mask is None or picture is None:
                row += [np.full_like(row[0], 255)] * 2
            else:
                row += [judge.label_set.pictured(mask), picture]
        rows.append(row)
    return pictures.grid(rows, pictures.enlarged(painted.photos.shape[1:], TILE))


def _descriptors(images: np.ndarray, about: str) -> np.ndarray:
    """Of the largest face of each, uint8 [N, H, W, 3] → float [N, 128]; NaN where none is found."""
    from input_pipeline.faces import landmarks
    from metrics.evaluation import found_faces

    squared, found = found_faces.squared(images), np.full([len(images), DESCRIBED], np.nan)
    for number in tracked(f"faces, {about}", range(len(images))):
        one = slice(number, number + 1)
        points = found_faces.largest(images[one], landmarks.INSTALLED)
        if np.isfinite(points).all():
            found[one] = landmarks.descriptors(squared[one], points)
    return found


def _told(judge: Segmenter, images: np.ndarray, about: str) -> np.ndarray:
    """What the segmenter sees, uint8 [N, H, W]."""
    starts = tracked(f"classes, {about}", range(0, len(images), BATCH))
    return np.concatenate([places.told(judge, images[at : at + BATCH]) for at in starts])


def _figures(seen: np.ndarray, wanted: np.ndarray, judge: Segmenter) -> dict[str, float]:
    figures = agreement(confusion(seen, wanted, judge.label_set.count))
    return {name: figures[name] for name in ("mean_iou", "pixel_accuracy")}


def _mean(values: np.ndarray) -> Optional[float]:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if len(finite) else None


def _there(picture: Optional[np.ndarray]) -> np.ndarray:
    assert picture is not None
    return picture


if __name__ == "__main__":
    command_line.run(main)
