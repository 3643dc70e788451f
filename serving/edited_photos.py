"""Photos edited on the command line: another label map, or another photo's style.

See `serving.synthesize_labels`, whose flags these are.
"""

from __future__ import annotations

import dataclasses
import pathlib
from typing import TYPE_CHECKING, Optional

import numpy as np
from PIL import Image

from input_pipeline.faces.landmarks import Detector, Dlib
from input_pipeline.label_maps import segmenter as segmenters
from input_pipeline.label_maps.segmenter import Segmenter
from interface import pictures
from interface.command_line import UserError
from serving.about import About
from serving.asked import labels, photos
from serving.scene import Reference

if TYPE_CHECKING:  # loads TensorFlow
    from serving.reference_painter import ReferencePainter
    from serving.synthesize_labels import Options

LARGEST_TILE = 256  # pixels; smaller pictures are enlarged by a whole number up to this


def write(options: Options, out: pathlib.Path, known: About) -> None:
    """A picture; beside it, as NAME_sheet.png, what it was made of.

    Raises:
      UserError: a photo or label map that can't be used, or something that the model can't do.
    """
    _check(options)
    from serving import reference_painter

    painter = reference_painter.ReferencePainter(options.model)
    looks = _looking(options, known)
    detector = Dlib(options.landmark_model or None)
    own = brought(options.photo, options.label, "", painter, looks, detector)
    style = own
    if options.style_photo:
        given = options.style_photo, options.style_label
        style = brought(*given, "style_", painter, looks, detector)
    wanted = own.label
    if options.edited_label:
        wanted = edited_label(options.edited_label, known, own)
        if options.weight != 1:
            wanted = painter.between(own.label, wanted, options.weight)
    picture = painter.painted(wanted, *style)
    if options.blend != "none":
        picture = _blended(options.blend, painter, picture, own, wanted)
    pictures.save_png(out, Image.fromarray(picture))
    _save_sheet(out, known, own, style, wanted, picture)
    height, width = wanted.shape
    print(f"{out}: {height}x{width} pixels; {out.stem}_sheet.png shows what it was made of")


def edited_label(path: str, known: About, own: Reference) -> np.ndarray:
    """An edited label map, as large as the photo's own.

    Raises:
      UserError: it can't be used, or has another shape.
    """
    ids, size = labels.from_file(path, known, "edited_label"), own.label.shape
    if ids.shape == size:
        return ids
    found, taken = ("x".join(map(str, each)) for each in (ids.shape, size))
    if ids.shape[0] * size[1] != ids.shape[1] * size[0]:
        raise UserError(
            f"--edited_label {path}: {found} pixels; wanted the shape of the photo's own, {taken}"
        )
    print(f"--edited_label {path}: scaled from {found} to the photo's {taken} pixels")
    return segmenters.scaled_ids(ids, (size[0], size[1]))


def _check(options: Options) -> None:
    """Refuse flags that mean nothing here, or nothing without another."""
    usual = {field.name: field.default for field in dataclasses.fields(options)}
    for name in ("data_dir", "instance", "style", "count", "seed", "side"):
        if getattr(options, name) != usual[name]:
            raise UserError(
                f"--{name}: means nothing to {options.model}, which paints a --photo along a label "
                "map, in its style or that of a --style_photo"
            )
    if not options.photo:
        raise UserError(
            f"--model {options.model} paints in the style of a photo; wanted a --photo, perhaps "
            "with its --label, an --edited_label or a --style_photo"
        )
    if options.style_label and not options.style_photo:
        raise UserError("--style_label goes with --style_photo")
    if options.weight != 1 and not options.edited_label:
        raise UserError("--weight goes with --edited_label, to which it is the way")


def _looking(options: Options, known: About) -> Optional[Segmenter]:
    """Who makes label maps of photos that come without one. Raises UserError."""
    assert known.classes is not None
    without = [
        f"--{photo}"
        for photo, label in (("photo", "label"), ("style_photo", "style_label"))
        if getattr(options, photo) and not getattr(options, label)
    ]
    if not without:
        return None
    if not options.segmenter:
        raise UserError(
            f"{without[0]} has no label map; give it one, or a --segmenter that makes it, as "
            "models/parser/1"
        )
    looks = segmenters.read(options.segmenter)
    if looks.label_set.names != known.classes.names:
        raise UserError(
            f"--segmenter {options.segmenter}: tells other classes than {options.model} paints"
        )
    return looks


def brought(
    photo: str,
    label: str,
    prefix: str,
    painter: ReferencePainter,
    looks: Optional[Segmenter],
    detector: Detector,
) -> Reference:
    """A photo with its label map, given or made.

    Args:
      photo, label: paths; label "" = made by `looks`, at the size that the painter was trained at.
      prefix: of the flags, for messages; detector: finds faces.

    Raises:
      UserError: one can't be used, or they have different shapes.
    """
    if label:
        ids = labels.from_file(label, painter.about, f"{prefix}label")
        shape = f"--{prefix}label"
        return Reference(photos.from_photo_of_shape(photo, ids.shape, f"{prefix}photo", shape), ids)
    from serving import reference_painter

    assert looks
    side = min(painter.model.usual_size)
    cut, seen = photos.from_photo(photo, looks, detector, f"{prefix}photo", side)
    (ids,) = looks.labels(seen[None])
    ids = segmenters.scaled_ids(ids, (cut.shape[0], cut.shape[1]))
    return reference_painter.sized(Reference(cut, ids), painter.model)


def _blended(
    how: str, painter: ReferencePainter, picture: np.ndarray, own: Reference, wanted: np.ndarray
) -> np.ndarray:
    """With the photo where nothing was edited."""
    from serving import blending

    if picture.shape != own.photo.shape:
        raise UserError(f"--blend {how}: wanted a label map of the photo's size")
    if how == "blender":
        return painter.blended(picture, own.photo)
    return blending.by_difference(own.photo, picture, own.label, wanted)


def _save_sheet(
    out: pathlib.Path,
    known: About,
    own: Reference,
    style: Reference,
    wanted: np.ndarray,
    picture: np.ndarray,
) -> None:
    assert known.classes is not None
    shown = known.classes.pictured
    row = [own.photo, shown(own.label)]
    if style is not own:
        row += [style.photo, shown(style.label)]
    tiles = [*row, shown(wanted), picture]
    size = pictures.enlarged(picture.shape, LARGEST_TILE)
    aside = out.with_name(f"{out.stem}_sheet.png")
    pictures.save_png(aside, pictures.grid([tiles], size))
