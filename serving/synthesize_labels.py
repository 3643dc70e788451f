"""SavedModels of label maps on the command line: a photo → its label map, a label map → pictures.

python -m serving.synthesize_labels --model models/parser/1 --photo me.jpg --out labels.png
python -m serving.synthesize_labels --model exports/flowers/1 --label mask.png --count 8 \
    --seed 3 --out sheet.png
python -m serving.synthesize_labels --model models/painted/1 --label labels.png --style me.jpg
python -m serving.synthesize_labels --model models/edited/1 --photo me.jpg \
    --segmenter models/parser/1 --edited_label edited.png --blend difference --out edited_me.png
"""

from __future__ import annotations

import dataclasses
import pathlib
import sys
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from interface import command_line, files, pictures
from interface.command_line import UserError, setting
from serving import about
from serving.about import About

if TYPE_CHECKING:  # loads TensorFlow
    from serving.label_painter import LabelPainter
    from serving.scene import Scene

LARGEST_TILE = 512  # pixels; smaller pictures are enlarged by a whole number up to this
COLUMNS = 8  # pictures in a row of a sheet
ROWS = 8  # records in a sheet
RANDOM = "random"


@dataclasses.dataclass(frozen=True)
class Options:
    """Labels a photo, or paints a label map.

    Of a --photo: a PNG of class ids, which viewers show in the classes' colours. Beside it, as
    NAME_seen.png, lies what it is the label map of: the face that was cut out, or the photo; and
    as NAME_coloured.png both side by side. Of a --label: a sheet of the label map and what is
    painted from it, once for each seed; of one picture that alone. A model with styles gives each
    region one that the seed draws, those of a photo of the label map's shape, or those that a JSON
    file chooses, {"id of a region": number of a cluster}, the others drawn. Of a --data_dir: a
    sheet, each row a label map, its photo, and pictures in the photo's styles and those of seeds.
    With a model that edits photos a --photo is painted along an --edited_label, or in the style of
    a --style_photo; NAME_sheet.png shows what the picture was made of.
    """

    model: str = setting("folder of the SavedModel")
    photo: str = setting("to label, or to edit; of faces, its largest face", "")
    side: int = setting(
        "of a face that is cut out of it, in pixels; as the segmenter learnt from", 0, at_least=0
    )
    data_dir: str = setting("records of label maps, of which a sheet is painted", "")
    label: str = setting(
        "label map to paint, or of --photo: a PNG of ids, or of the classes' colours", ""
    )
    instance: str = setting("map of instances beside --label: a PNG of ids", "")
    style: str = setting("random, a photo, or a .json of chosen clusters", RANDOM)
    edited_label: str = setting("label map to paint instead of --photo's own", "")
    weight: float = setting("how far on the way from that to this; else than 1 by MaskVAE", 1.0)
    style_photo: str = setting("photo in whose style it is painted, instead of --photo's", "")
    style_label: str = setting("label map of --style_photo", "")
    segmenter: str = setting("SavedModel that makes label maps of photos without one", "")
    blend: str = setting(
        "bring back the photo where nothing was edited: by the label maps' difference, or by the "
        "model's blender",
        "none",
        choices=("none", "difference", "blender"),
    )
    count: int = setting("of pictures", 1, at_least=1, at_most=1024)
    seed: int = setting("of the first picture; the next has the next", 0, at_least=0)
    out: str = setting("the label map, picture or sheet", "labels.png")
    landmark_model: str = setting("dlib's 68-landmark model file; the installed one", "")


def main(argv: list[str]) -> None:
    """Label or paint as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    out = pathlib.Path(options.out)
    if out.suffix.lower() != ".png" or out.is_dir():
        raise UserError(f"--out {out}: wanted a file name that ends in .png")
    known = about.of_folder(pathlib.Path(options.model))
    if (known.asks, known.style) == ("labels", "reference"):
        from serving import edited_photos  # looks for faces, and loads slowly

        files.check_folder("out", out.absolute().parent)
        edited_photos.write(options, out, known)
        return
    _check_unedited(options)
    if sum(map(bool, (options.photo, options.label, options.data_dir))) != 1:
        raise UserError("of what? Give a --photo to label, a --label map to paint, or a --data_dir")
    files.check_folder("out", out.absolute().parent)
    if options.photo:
        write_label_map(options, out)
    elif options.label:
        write_pictures(options, out, known)
    else:
        write_records(options, out, known)


def _check_unedited(options: Options) -> None:
    """Refuse flags of models that edit photos."""
    usual = Options(model=options.model)
    for name in ("edited_label", "weight", "style_photo", "style_label", "segmenter", "blend"):
        if getattr(options, name) != getattr(usual, name):
            raise UserError(f"--{name}: means nothing to {options.model}, which edits no photos")


def write_label_map(options: Options, out: pathlib.Path) -> None:
    """The label map of a photo, and what is seen of it.

    Raises:
      UserError: no segmenter, or a photo that it can't label.
    """
    from input_pipeline.faces.landmarks import Dlib
    from input_pipeline.label_maps import segmenter
    from serving.asked import photos

    model = segmenter.read(options.model, "model")
    if options.side and model.framing is None:
        raise UserError(f"--side: {options.model} labels whole photos, and cuts out no faces")
    detector = Dlib(options.landmark_model or None)
    photo, seen = photos.from_photo(options.photo, model, detector, side=options.side)
    (ids,) = model.labels(seen[None])
    ids = segmenter.scaled_ids(ids, (photo.shape[0], photo.shape[1]))
    coloured = model.label_set.pictured(ids)
    with files.replacing(out) as aside:
        aside.write_bytes(pictures.palette_png(ids, model.label_set.colours))
    pictures.save_png(_beside(out, "seen"), Image.fromarray(photo))
    size = pictures.enlarged(photo.shape, LARGEST_TILE)
    pictures.save_png(_beside(out, "coloured"), pictures.grid([[photo, coloured]], size))
    names = (model.label_set.names[id] for id in np.unique(ids))
    print(f"{out}: {ids.shape[0]}x{ids.shape[1]} pixels; {', '.join(names)}")


def write_pictures(options: Options, out: pathlib.Path, known: About) -> None:
    """What is painted from a label map.

    Raises:
      UserError: no painter of label maps, or a label map, instances or styles it does not take.
    """
    _check_asked(options, known)
    from serving import label_painter
    from serving.asked import labels
    from serving.scene import Scene

    ids = labels.from_file(options.label, known)
    numbers = labels.instances_of_file(options.instance, ids) if options.instance else None
    painter = label_painter.LabelPainter(options.model)
    if options.count > 1 and not painter.is_seeded:
        raise UserError(f"--count {options.count}: seeds mean nothing to {options.model}")
    images = _painted(options, painter, Scene(ids, numbers))
    if len(images) == 1:
        pictures.save_png(out, Image.fromarray(images[0]))
    else:
        pictures.save_png(out, _sheet(ids, images, known))
    drawn = painter.is_seeded and (options.style == RANDOM or _is_choice(options.style))
    seeds = f", seeds from {options.seed}" if drawn else ""
    print(f"{out}: {len(images)} of {ids.shape[0]}x{ids.shape[1]} pixels{seeds}")
    learnt = painter.model.usual_size
    if min(ids.shape[:2]) != min(learnt):
        print(
            f"note: {options.model} learnt from {learnt[0]}x{learnt[1]} pixels, and paints others "
            "worse",
            file=sys.stderr,
        )


def write_records(options: Options, out: pathlib.Path, known: About) -> None:
    """A sheet of the first records of a data set, in the order in which training shuffles them.

    Raises:
      UserError: no painter with styles of labels, or records of other classes.
    """
    from input_pipeline.label_maps import dataset, record_files
    from serving import label_painter
    from serving.scene import Scene

    if known.style != "clusters" or known.instances:
        raise UserError(f"--model {options.model}: wanted a painter with styles of labels")
    split, *_ = [*record_files.splits(options.data_dir), "train"]
    records = record_files.open_records(options.data_dir, split)
    assert known.classes is not None
    if records.label_set.names != known.classes.names:
        raise UserError(f"--data_dir {options.data_dir}: not the classes of {options.model}")
    painter = label_painter.LabelPainter(options.model)
    height, width = painter.model.metadata["trained_size"]
    shown = dataset.as_they_are(records, (height, width), ROWS, seed=0)
    photos = pictures.to_uint8(shown["image"])
    seeds = range(options.seed, options.seed + min(options.count, COLUMNS))
    rows = []
    for photo, ids in zip(photos, shown["label"]):
        scene, coloured = Scene(ids), known.classes.pictured(ids)
        own = painter.encoded(scene, photo)
        rows.append([coloured, photo, own, *painter.painted(scene, seeds)])
    pictures.save_png(
        out, pictures.grid(rows, pictures.enlarged(photos[0].shape, LARGEST_TILE // 2))
    )
    print(f"{out}: {len(rows)} records: map, photo, its styles, {len(seeds)} of seeds")


def _check_asked(options: Options, known: About) -> None:
    """Refuse what a model does not take, before it is loaded."""
    if known.asks != "labels" or known.gives != "image" or known.style == "reference":
        raise UserError(f"--model {options.model}: wanted one that paints label maps")
    if known.instances and not options.instance:
        raise UserError("--instance is missing: this model wants a map of instances beside --label")
    if options.instance and not known.instances:
        raise UserError(f"--instance {options.instance}: this model takes no map of instances")
    if options.style == RANDOM:
        return
    if known.style != "clusters":
        raise UserError(f"--style {options.style}: this model has no styles to choose from")
    if options.count > 1 and not _is_choice(options.style):
        raise UserError(f"--count {options.count}: of a photo's styles there is one picture")


def _is_choice(style: str) -> bool:
    return style.lower().endswith(".json")


def _painted(options: Options, painter: LabelPainter, scene: Scene) -> np.ndarray:
    """uint8 [N, H, W, 3]."""
    from serving import label_painter
    from serving.asked import photos

    seeds = range(options.seed, options.seed + options.count)
    if options.style == RANDOM:
        return painter.painted(scene, seeds)
    if _is_choice(options.style):
        return painter.styled(label_painter.chosen(options.style, scene), seeds)
    size = scene.label.shape
    photo = photos.from_photo_of_shape(options.style, size, "style", "--label")
    return painter.encoded(scene, photo)[None]


def _sheet(ids: np.ndarray, images: np.ndarray, known: About) -> Image.Image:
    assert known.classes is not None
    tiles = [known.classes.pictured(ids), *images]
    rows = [tiles[start : start + COLUMNS + 1] for start in range(0, len(tiles), COLUMNS + 1)]
    return pictures.grid(rows, pictures.enlarged(ids.shape, LARGEST_TILE // 2))


def _beside(out: pathlib.Path, what: str) -> pathlib.Path:
    return out.with_name(f"{out.stem}_{what}.png")


if __name__ == "__main__":
    command_line.run(main)
