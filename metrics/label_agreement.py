"""Does a picture show what its label map asked for? A segmenter's answer, for any painter of them.

python -m metrics.label_agreement --model exports/faces/1 --segmenter models/parser/1
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from input_pipeline.label_maps import schema, segmenter
from input_pipeline.label_maps.label_sets import IGNORED
from input_pipeline.label_maps.record_files import Records
from input_pipeline.label_maps.segmenter import Segmenter
from input_pipeline.processes import tracked
from interface import command_line
from interface.command_line import UserError, setting
from metrics.confusion import confusion
from metrics.evaluation import label_subject, merging, of_label_maps, places

if TYPE_CHECKING:  # loads TensorFlow
    from serving.signatures import Tensor

Paint = Callable[[schema.Record, int], np.ndarray]  # a record and a seed → uint8 [H, W, 3]
CHANCE = "pictures_against_the_maps_before"


@dataclasses.dataclass(frozen=True)
class Options:
    """Scores a painter of label maps by what a segmenter sees in its pictures; prints JSON.

    Beside it stand the segmenter's figures on the real photos, which no painter need exceed, and
    those of each picture against the label map before its own, which are chance.
    """

    model: str = setting("folder of the painter's SavedModel")
    segmenter: str = setting("folder of the segmenter's SavedModel")
    data_dir: str = setting("folder of the records", "./records")
    split: str = setting(
        "of the records",
        "",
        choices=("", "train", "validation", "test"),
        otherwise="validation, or the only one there is",
    )
    merged: tuple[str, ...] = setting("classes that count as others, as hat:hair", ())
    images: int = setting("to paint", 1024, at_least=1)
    seed: int = setting("of the first picture; the next has the next", 0, at_least=0)


def main(argv: list[str]) -> None:
    """Score as the flags say; `--help` lists them."""
    options = command_line.read(Options, argv)
    from serving import saved_model

    judge = segmenter.read(options.segmenter)
    paint = painter_of(saved_model.load(options.model), judge)
    records = label_subject.open_records(judge, options.data_dir, options.split)
    print(json.dumps(scores(options, records, judge, paint)))


def scores(
    options: Options, records: Records, judge: Segmenter, paint: Paint
) -> dict[str, dict[str, Any]]:
    """{"pictures": figures, "photos": figures, CHANCE: figures}; see `of_label_maps.figures`."""
    names, counted_as = records.label_set.names, merging.table(options.merged, records.label_set)
    counts = {of: np.zeros([len(names)] * 2, np.int64) for of in ("pictures", "photos", CHANCE)}
    before = None
    for number in tracked("painting", range(min(options.images, records.count))):
        (content,) = records.read(np.array([number]))
        record = schema.decode(content)
        wanted = counted_as[record.label]
        told = {
            "pictures": seen(judge, paint(record, options.seed + number)),
            "photos": seen(judge, record.image),
        }
        for of, ids in told.items():
            counts[of] += confusion(counted_as[ids], wanted, len(names))
        if before is not None:
            other = segmenter.scaled_ids(before, wanted.shape)
            counts[CHANCE] += confusion(counted_as[told["pictures"]], other, len(names))
        before = wanted
    if not counts[CHANCE].any():
        del counts[CHANCE]  # of one picture there is none
    return {of: of_label_maps.figures(each, names) for of, each in counts.items()}


def seen(judge: Segmenter, picture: np.ndarray) -> np.ndarray:
    """What a segmenter sees in a picture, uint8 [H, W, 3]: ids, uint8 [H, W]."""
    (ids,) = places.told(judge, picture[None])
    return ids


def painter_of(model: Any, judge: Segmenter) -> Paint:
    """A SavedModel as a function of a record and a seed.

    Raises:
      UserError: it asks for other things, or for other classes than the segmenter's.
    """
    from serving.about import INPUT, INSTANCES
    from serving.signatures import DEFAULT

    name = "sample" if "sample" in model.signatures else DEFAULT
    signature, labels = model.signatures[name], INPUT["labels"]
    if model.about.asks != "labels" or {*signature.inputs} - {labels, INSTANCES, "seed"}:
        raise UserError(f"--model {model.folder}: wanted one that paints from label maps alone")
    assert model.about.classes is not None
    if model.about.classes.names != judge.label_set.names:
        raise UserError(
            f"--model {model.folder}: its classes are not those of --segmenter {judge.folder}, "
            f"{', '.join(judge.label_set.names)[:200]}"
        )

    def paint(record: schema.Record, seed: int) -> np.ndarray:
        _check_size(model, record)
        # What does not count must be of some class to be painted.
        ids = np.where(record.label == IGNORED, 0, record.label)
        given = {labels: ids, "seed": np.array(seed)}
        if INSTANCES in signature.inputs:
            if record.instance is None:
                raise UserError(f"--data_dir: {record.source} has no instances, which it asks for")
            given[INSTANCES] = record.instance
        rows = {key: _row(given[key], tensor) for key, tensor in signature.inputs.items()}
        return np.asarray(signature.call(**rows)["image"][0])

    return paint


def _check_size(model: Any, record: schema.Record) -> None:
    """Raise UserError where a painter does not take a record's height and width."""
    height, width = record.label.shape
    wanted = model.about.refused(height, width)
    if wanted:
        raise UserError(
            f"--data_dir: {record.source} has {height}x{width} pixels, --model {model.folder} "
            f"takes {wanted}: prepare the records again with --size"
        )


def _row(value: np.ndarray, wanted: Tensor) -> np.ndarray:
    """As a row of an input."""
    channels = [1] * (len(wanted.shape) - value.ndim)
    return value.reshape(1, *value.shape, *channels).astype(wanted.dtype)


if __name__ == "__main__":
    command_line.run(main)
