"""What `metrics.evaluate` evaluates: a model, the data it is held against, and sheets of both."""

from __future__ import annotations

import dataclasses
import functools
import os
import pathlib
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PIL import Image

from interface import files, pictures
from interface.command_line import UserError
from metrics.evaluation.measures import Measure
from metrics.evaluation.options import FEWEST, Options, names_of
from metrics.sliced_wasserstein import PATCH, PATCHES
from serving import about

if TYPE_CHECKING:  # loads TensorFlow
    from input_pipeline.faces.record_files import Records
    from metrics.evaluation.face_photos import Photos
    from metrics.evaluation.painted_subject import PaintedSubject
    from metrics.evaluation.subject import Subject
    from serving.painter import Painter
    from serving.saved_model import SavedModel

LARGEST_TILE = 256  # pixels, of a sheet of label maps
READ = 12 + 3 + 3 + 6  # bytes of a pixel: as photos are read, they and pictures, maps of labels


@dataclasses.dataclass(frozen=True)
class Case:
    """What is evaluated.

    Attributes:
      subject: what the measures are taken of.
      basis: everything that all its figures depend on, the protocol's beginning.
      out: folder for figures and sheets.
      sheets: by the names of their files.
    """

    subject: Any
    basis: dict[str, Any]
    out: pathlib.Path
    sheets: Mapping[str, Callable[[], Image.Image]]


def faces(options: Options, measures: Sequence[Measure]) -> Case:
    """A generator of faces, and photos of faces."""
    from metrics.evaluation import face_photos, sheets
    from serving import painter

    paint = (
        painter.of_model(options.model)
        if options.model
        else painter.of_run(options.run_dir, options.phase, options.best)
    )
    out = _out_folder(options, paint.about)
    files.check_folder("out", out)
    records = face_photos.open_records(paint, options.data_dir, options.size, FEWEST)
    check_memory(min(options.images, records.count), paint.resolution)
    photos = face_photos.load(records, paint.resolution, options.images, options.seed)
    print(f"{photos.count} photos of {paint.resolution} pixels; {out}", file=sys.stderr)
    measured = _subject(options, paint, photos, measures)
    drawn = {
        each.__name__: functools.partial(each, measured)
        for each in (sheets.masks_by_latents, sheets.interpolation)
    }
    return Case(measured, protocol(options, measured, records), out, drawn)


def label_maps(options: Options) -> Case:
    """A segmenter, and photos with label maps."""
    from input_pipeline.label_maps import segmenter
    from metrics.evaluation import label_subject, merging

    model, out = segmenter.read(options.model, "model"), pathlib.Path(options.out)
    files.check_folder("out", out)
    counted_as = merging.table(options.merged, model.label_set)
    records = label_subject.open_records(model, options.data_dir, options.split)
    images = min(options.images, records.count)
    measured = label_subject.LabelSubject(model, records, images, counted_as)
    basis = {
        "model": str(pathlib.Path(options.model).resolve()),
        **about.read(pathlib.Path(options.model)),
        "data": str(pathlib.Path(options.data_dir).resolve()),
        "records": records.count,
        "images": images,
        "merged": list(options.merged),
        "photos": measured.digest,
    }
    shown = (label_subject.first, label_subject.worst)
    drawn = {each.__name__: lambda each=each: _rows(each(measured)) for each in shown}
    return Case(measured, basis, out, drawn)


def placed(options: Options) -> Case:
    """A painter that is told a place, photos with label maps, and a segmenter that looks."""
    from metrics.evaluation import placed_sheets, placed_subject, places, real_statistics

    if not options.segmenter:
        raise UserError("--segmenter is missing: a SavedModel that sees where things are")
    out = pathlib.Path(options.out)
    files.check_folder("out", out)
    model = placed_subject.painter(options.model)
    looks = places.of_classes("segmenter", options.segmenter, model.metadata[places.PLACES])
    read = functools.partial(placed_subject.photos, model, options.images, options.seed)
    photos = read(options.data_dir, options.split, FEWEST)
    measured = placed_subject.PlacedSubject(
        photos,
        read(options.trained_on, "train") if options.trained_on else photos,
        model,
        looks,
        options.seed,
        pathlib.Path(options.cache_dir or real_statistics.default_folder()),
        options.inception_weights,
    )
    basis = {
        "model": str(pathlib.Path(options.model).resolve()),
        **about.read(pathlib.Path(options.model)),
        "data": str(pathlib.Path(options.data_dir).resolve()),
        "segmenter": str(pathlib.Path(options.segmenter).resolve()),
        "images": measured.photos.count,
        "seed": options.seed,
        "photos": measured.statistics.digest.hexdigest()[:16],
    }
    shown = (placed_sheets.masks_by_latents, placed_sheets.nearest_photos)
    drawn = {each.__name__: functools.partial(each, measured) for each in shown}
    return Case(measured, basis, out, drawn)


def painted(options: Options) -> Case:
    """A painter of label maps, photos with theirs, and perhaps a segmenter that tells classes."""
    from metrics.evaluation import painted_sheets, painted_subject

    out = pathlib.Path(options.out)
    files.check_folder("out", out)
    model = painted_subject.painter(options.model)
    measured = _painted_subject(options, model)
    basis = {
        "model": str(pathlib.Path(options.model).resolve()),
        **about.read(pathlib.Path(options.model)),
        "data": str(pathlib.Path(options.data_dir).resolve()),
        "images": measured.photos.count,
        "seed": options.seed,
        "merged": list(options.merged),
        "photos": measured.statistics.digest.hexdigest()[:16],
    }
    shown = [painted_sheets.painted, *[painted_sheets.styles][: measured.has_styles]]
    drawn = {each.__name__: functools.partial(each, measured) for each in shown}
    return Case(measured, basis, out, drawn)


def _painted_subject(options: Options, model: SavedModel) -> PaintedSubject:
    """What is measured of a painter of label maps; raises UserError where it cannot be."""
    from input_pipeline.faces.landmarks import Dlib
    from input_pipeline.label_maps import segmenter
    from metrics.evaluation import label_subject, merging, painted_subject, real_statistics

    judge = segmenter.read(options.segmenter) if options.segmenter else None
    if judge:
        of = f"--segmenter {options.segmenter}"
        painted_subject.check_classes(model, of, judge.label_set)
    assert model.about.classes is not None
    of_pictures = model.about.classes.count == 0
    records = label_subject.of_split(options.data_dir, options.split, FEWEST, of_pictures)
    painted_subject.check_classes(model, f"--data_dir {options.data_dir}", records.label_set)
    counted_as = merging.table(options.merged, records.label_set)
    check_fits(min(options.images, records.count), painted_subject.size_of(model), READ)
    return painted_subject.PaintedSubject(
        painted_subject.photos(model, records, options.images, options.seed),
        model,
        options.seed,
        pathlib.Path(options.cache_dir or real_statistics.default_folder()),
        counted_as,
        judge,
        options.inception_weights,
        Dlib(options.landmark_model or None),
    )


def _rows(rows: list[list[Any]]) -> Image.Image:
    return pictures.grid(rows, pictures.enlarged(rows[0][0].shape, LARGEST_TILE))


def _subject(
    options: Options, paint: Painter, photos: Photos, measures: Sequence[Measure]
) -> Subject:
    """What is measured; raises UserError, before anything is painted, where it cannot be."""
    from input_pipeline.faces.landmarks import Dlib
    from metrics.evaluation import face_photos, real_statistics, subject
    from serving import cast

    by_landmarks = names_of(measure for measure in measures if measure.by_landmarks)
    if by_landmarks and photos.landmarks is None:
        without = f"{face_photos.NO_LANDMARKS}, or do without these"
        raise UserError(f"--metrics {by_landmarks}: {without}")
    of_training = any(measure.of_training for measure in measures)
    return subject.Subject(
        photos,
        paint,
        options.seed,
        pathlib.Path(options.cache_dir or real_statistics.default_folder()),
        detector=Dlib(options.landmark_model or None),
        inception_weights=options.inception_weights,
        trained_on=_trained_on(options, paint) if of_training else None,
        cast=cast.read(pathlib.Path(options.model)) if options.model else (),
    )


def check_memory(images: int, side: int) -> None:
    """Refuse more photos and pictures than the machine's memory holds beside their patches."""
    check_fits(images, (side, side), 2 * 3)


def check_fits(images: int, size: tuple[int, int], pixel: int) -> None:
    """As `check_memory`, of photos and pictures of any height and width that take so many bytes
    for each pixel."""
    (height, width), of_patches = size, 2 * 4 * PATCHES * 3 * PATCH**2
    of_one = pixel * height * width + of_patches
    there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if images * of_one > there:
        shown = f"{height}" if height == width else f"{height}x{width}"
        raise UserError(
            f"--images {images}: photos and pictures of {shown} pixels would take "
            f"{images * of_one / 1e9:.0f} GB, this machine has {there / 1e9:.0f} GB; take "
            f"--images {there // of_one // 2}"
        )


def protocol(options: Options, measured: Subject, records: Records) -> dict[str, Any]:
    """Everything that the figures depend on."""
    return {
        **measured.paint.about,
        "data": str(pathlib.Path(options.data_dir).resolve()),
        "records": records.count,
        "records_side": records.resolution,
        "images": measured.photos.count,
        "seed": options.seed,
        "photos": measured.statistics.digest.hexdigest()[:16],
    }


def _out_folder(options: Options, about: dict[str, Any]) -> pathlib.Path:
    if options.out:
        return pathlib.Path(options.out)
    name = f"step_{about['trained_steps']:08d}"
    return pathlib.Path(options.run_dir) / about["stage"] / "evaluation" / name


def _trained_on(options: Options, paint: Painter) -> Photos:
    from metrics.evaluation import face_photos

    records = face_photos.open_records(paint, options.trained_on, options.size)
    photos = face_photos.load(records, paint.resolution, options.images, options.seed)
    photos.known_landmarks()
    return photos
