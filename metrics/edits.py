"""What comes of edits: is the edited mask followed, is it still that person, is a style copied?

python -m metrics.edits --model exports/edits/1 --segmenter models/parser/1 \
    --data_dir held_out_records --out edits
"""

from __future__ import annotations

import collections
import dataclasses
import json
import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Optional

import numpy as np
from PIL import Image

from input_pipeline.label_maps import segmenter
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
    out: str = setting("NAME of NAME.json and NAME.png", "edits")


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


def main(argv: list[str]) -> None:
    """Measure as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    out = pathlib.Path(options.out)
    files.check_folder("out", out.absolute().parent)
    from serving.reference_painter import ReferencePainter

    judge = segmenter.read(options.segmenter)
    painter = ReferencePainter(options.model)
    painted = paint(options, painter, judge)
    figures = measured(painted, judge)
    pictures.save_png(out.with_name(f"{out.name}.png"), sheet(painted, judge))
    files.write_json(out.with_name(f"{out.name}.json"), figures)
    print(json.dumps(figures))


def paint(options: Options, painter: ReferencePainter, judge: Segmenter) -> Painted:
    """All pictures.

    Raises:
      UserError: other classes, or records of several sizes or of one that is not painted.
    """
    from serving import blending, label_edits

    photos, labels = _records(options, painter, judge)
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


def _records(
    options: Options, painter: ReferencePainter, judge: Segmenter
) -> tuple[np.ndarray, np.ndarray]:
    """Photos and label maps."""
    from input_pipeline.label_maps import augment, dataset

    assert painter.about.classes is not None
    if painter.about.classes.names != judge.label_set.names:
        raise UserError(f"--segmenter {options.segmenter}: tells other classes than are painted")
    records = label_subject.open_records(judge, options.data_dir, options.split)
    if len(records.sizes) != 1:
        raise UserError(f"--data_dir {options.data_dir}: {len(records.sizes)} sizes; wanted one")
    wanted = painter.about.refused(*records.sizes[0])
    if wanted:
        found = "x".join(map(str, records.sizes[0]))
        raise UserError(f"--data_dir {options.data_dir}: records of {found}; wanted {wanted}")
    shown = dataset.first(records, augment.Boxes(records.sizes[0]), options.images, seed=0)
    if len(shown["label"]) < 2:
        raise UserError(f"--data_dir {options.data_dir}: one photo; wanted two or more")
    return pictures.to_uint8(shown["image"]), shown["label"]


def measured(painted: Painted, judge: Segmenter) -> dict[str, Any]:
    """All figures, as JSON has them."""
    edits = [name for name in painted.made if name not in (OWN, STYLED)]
    known = _descriptors(painted.photos)
    return {
        "images": len(painted.photos),
        "reconstruction": reconstruction(painted, judge),
        "edits": {name: followed(painted, name, judge) for name in edits},
        "identity": {
            "reconstruction": identity(known, painted.made[OWN]),
            **{name: identity(known, painted.made[name]) for name in edits},
            "two people": _mean(np.linalg.norm(known - np.roll(known, -1, axis=0), axis=1)),
            "faces found in photos": int(np.isfinite(known).all(axis=1).sum()),
        },
        "style": {name: style(painted, name, judge) for name in REGIONS},
    }


def reconstruction(painted: Painted, judge: Segmenter) -> dict[str, Any]:
    """Pictures along the own mask in the own style, beside their photos."""
    from metrics.sliced_wasserstein import floor, sliced_wasserstein, squares
    from metrics.ssim import ssim

    made = np.stack([each for each in painted.made[OWN] if each is not None])
    photos, others = painted.photos, np.roll(painted.photos, -1, axis=0)
    cut = squares(photos)
    return {
        "ssim": float(ssim(made, photos).mean()),
        "ssim of other photos": float(ssim(others, photos).mean()),
        "sliced_wasserstein": sliced_wasserstein(cut, squares(made))["mean"],
        "sliced_wasserstein of halves of photos": floor(cut)["mean"],
        **_agreement(judge, made, painted.labels),
        "photos": _agreement(judge, photos, painted.labels),
    }


def followed(painted: Painted, name: str, judge: Segmenter) -> dict[str, Any]:
    """Whether the segmenter sees an edited mask in its picture.

    Returns:
      "images": edited ones; "mean_iou", "pixel_accuracy": with the edited mask; "unedited": with
      the mask before; "changed": share of the changed pixels where it sees the edit; "still": where
      it sees what was there before.
    """
    there = [n for n, picture in enumerate(painted.made[name]) if picture is not None]
    if not there:
        return {"images": 0}
    made = np.stack([_there(painted.made[name][n]) for n in there])
    wanted = np.stack([_there(painted.masks[name][n]) for n in there])
    before = painted.labels[there]
    seen, changed = places.told(judge, made), wanted != before
    return {
        "images": len(there),
        **_figures(seen, wanted, judge),
        "unedited": _figures(seen, before, judge),
        "changed": float((seen == wanted)[changed].mean()),
        "still": float((seen == before)[changed].mean()),
    }


def identity(known: np.ndarray, made: Sequence[Optional[np.ndarray]]) -> dict[str, Any]:
    """How far dlib's descriptors of pictures are from their photos': mean, and of how many faces.

    Args:
      known: of the photos, see `_descriptors`.
    """
    there = [number for number, picture in enumerate(made) if picture is not None]
    if not there:
        return {"distance": None, "faces": 0}
    found = _descriptors(np.stack([_there(made[number]) for number in there]))
    apart = np.linalg.norm(found - known[there], axis=1)
    return {"distance": _mean(apart), "faces": int(np.isfinite(apart).sum())}


def style(painted: Painted, name: str, judge: Segmenter) -> dict[str, Optional[float]]:
    """Whether a region takes the colour of the photo whose style it has: distances of mean colours.

    A style is one of the whole picture: what it changes outside of a region is as it should be.

    Returns:
      "to reference", "to own photo": of pictures in the next photo's style, in levels; "photos":
      of the two photos.
    """
    id = judge.label_set.by_name().get(name)
    rows = []
    for number, picture in enumerate(painted.made[STYLED]):
        other = (number + 1) % len(painted.photos)
        inside, there = painted.labels[number] == id, painted.labels[other] == id
        if picture is None or not (inside.any() and there.any()):
            continue
        made, own = (each[inside].mean(axis=0) for each in (picture, painted.photos[number]))
        reference = painted.photos[other][there].mean(axis=0)
        pairs = ((made, reference), (made, own), (own, reference))
        rows.append([np.linalg.norm(first - second) for first, second in pairs])
    figures = np.mean(rows, axis=0) if rows else [None] * 3
    keys = ("to reference", "to own photo", "photos")
    return {key: None if each is None else float(each) for key, each in zip(keys, figures)}


def sheet(painted: Painted, judge: Segmenter) -> Image.Image:
    """Each row a person: photo, own picture, the next photo's style, each edit and its picture."""
    rows = []
    for number in range(min(SHOWN, len(painted.photos))):
        row = [painted.photos[number], judge.label_set.pictured(painted.labels[number])]
        row += [_there(painted.made[name][number]) for name in (OWN, STYLED)]
        for name in painted.made:
            mask, picture = painted.masks[name][number], painted.made[name][number]
            if name in (OWN, STYLED) or mask is None or picture is None:
                continue
            row += [judge.label_set.pictured(mask), picture]
        blank = np.full_like(row[0], 255)
        rows.append(row + [blank] * (4 + 2 * (len(painted.made) - 2) - len(row)))
    return pictures.grid(rows, pictures.enlarged(painted.photos.shape[1:], TILE))


def _descriptors(images: np.ndarray) -> np.ndarray:
    """Of the largest face of each, uint8 [N, H, W, 3] → float [N, 128]; NaN where none is found."""
    from input_pipeline.faces import landmarks
    from metrics.evaluation import found_faces

    squared, found = found_faces.squared(images), np.full([len(images), DESCRIBED], np.nan)
    points = found_faces.largest(images, landmarks.INSTALLED)
    there = np.isfinite(points).all(axis=(1, 2))
    if there.any():
        found[there] = landmarks.descriptors(squared[there], points[there])
    return found


def _agreement(judge: Segmenter, images: np.ndarray, wanted: np.ndarray) -> dict[str, float]:
    return _figures(places.told(judge, images), wanted, judge)


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
