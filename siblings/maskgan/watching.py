"""What people see of MaskGAN in training: a table before, sheets and figures on the way."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from input_pipeline.label_maps import augment, dataset
from input_pipeline.label_maps.record_files import Records
from interface import pictures
from metrics.confusion import agreement, confusion
from metrics.evaluation import painted_watch
from metrics.evaluation.painted_watch import PaintedWatch, Shown
from siblings.maskgan import memory
from siblings.maskgan.config import Config
from siblings.maskgan.mask_trainer import MaskTrainer
from siblings.maskgan.trainer import PainterTrainer
from training.run import summary

BATCH = 4  # label maps in one call
HALF = 0.5  # of the way from one mask to another


@dataclasses.dataclass(frozen=True)
class Watched:
    """What a phase shows (`training.run.job.Job`).

    Attributes:
      scalars: beside the progress bar.
      sheet, evaluation: of a trainer.
    """

    scalars: tuple[str, ...]
    sheet: Callable[[Any], Any]
    evaluation: Callable[[Any], Any]


def of(settings: Config, records: Records, size: tuple[int, int]) -> Watched:
    """What the phase shows of records of this size.

    Raises:
      UserError: --segmenter can't look at them.
    """

    def shown(count: int) -> Shown:
        batch = dataset.first(records, augment.Boxes(size), count, seed=0)
        return Shown(batch, records.label_set)

    if settings.phase == 1:
        return Watched(
            ("loss", "accuracy"),
            lambda trainer: MaskSheet(shown(settings.sample_rows), records, trainer),
            lambda trainer: MaskWatch(shown(settings.eval_images), records, trainer),
        )
    folder = settings.segmenter if settings.eval_every else None
    looks = painted_watch.looking(folder, records)

    def evaluation(trainer: PainterTrainer) -> PaintedWatch:
        held = shown(settings.eval_images)
        label = held.batch["label"]
        return PaintedWatch(
            lambda part: held.painted(trainer.paint, part), held.photos, label, looks
        )

    sheet = EditSheet if settings.phase == 3 else StyleSheet
    return Watched(
        ("critic_loss", "generator_loss"),
        lambda trainer: sheet(shown(settings.sample_rows), records, trainer),
        evaluation,
    )


def said(records: Records, size: tuple[int, int]) -> dict[str, Any]:
    """What config.json keeps beside the settings, for whoever goes on from it or exports it."""
    return {
        "classes": records.label_set.to_json(),
        "trained_size": list(size),
        **records.framed,
    }


def table(
    settings: Config, records: Records, size: tuple[int, int], trainer: Any, batch: int
) -> dict[str, str]:
    """Rows that tell what is about to be trained; `batch`: samples on each device."""
    classes = records.label_set
    rows = {
        "photos": f"{records.count:,} of {size[0]} × {size[1]} pixels",
        "classes": f"{classes.count}: {', '.join(classes.names)}",
        **{
            name: f"{summary.parameters(each):,} parameters"
            for name, each in trainer.networks.items()
        },
    }
    needed = memory.estimated(trainer, batch, classes.count, size) / 1e6
    rows["memory"] = f"about {needed:,.0f} MB on each device, beside TensorFlow itself"
    each = memory.checkpoint(trainer) / 1e6
    kept = settings.keep_checkpoints
    rows["checkpoints"] = f"{each:,.0f} MB each, {kept} of them kept (--keep_checkpoints)"
    return rows


class MaskSheet:
    """Each row a label map, what MaskVAE gives back, and half of the way to the next one."""

    def __init__(self, shown: Shown, records: Records, trainer: MaskTrainer) -> None:
        self.shown, self.classes, self.trainer = shown, records.label_set, trainer

    def __call__(self) -> list[list[np.ndarray]]:
        label = self.shown.batch["label"]
        made = self.trainer.given_back(label)
        between = self.trainer.between(label, np.roll(label, -1, axis=0), HALF)
        columns = [self.shown.maps, *map(self.classes.pictured, (made, between))]
        return [[*row] for row in zip(*columns)]


class MaskWatch:
    """The small evaluation of MaskVAE: how much of label maps it gives back.

    Attributes:
      decisive, highest_is_best: the figure that tells which of two is better.
      images: that figures are taken from.
    """

    decisive, highest_is_best = "mean_iou", True

    def __init__(self, shown: Shown, records: Records, trainer: MaskTrainer) -> None:
        self.label, self.classes = shown.batch["label"], records.label_set.count
        self.trainer, self.images = trainer, len(self.label)

    def __call__(self) -> dict[str, float]:
        """Figures of the moment: mean_iou, pixel_accuracy."""
        counts = np.zeros([self.classes] * 2, np.int64)
        for start in range(0, self.images, BATCH):
            part = self.label[start : start + BATCH]
            counts += confusion(self.trainer.given_back(part), part, self.classes)
        figures = agreement(counts)
        return {name: figures[name] for name in ("mean_iou", "pixel_accuracy")}


class StyleSheet:
    """Each row a label map, its photo, the mask in this photo's style and in the next one's."""

    def __init__(self, shown: Shown, records: Records, trainer: PainterTrainer) -> None:
        self.shown, self.trainer = shown, trainer
        batch = shown.batch
        other = {f"style_{name}": np.roll(batch[name], -1, axis=0) for name in ("image", "label")}
        self.styled = Shown({**batch, **other}, records.label_set)

    def __call__(self) -> list[list[np.ndarray]]:
        every = slice(None)
        own, other = (each.painted(self.trainer.paint, every) for each in (self.shown, self.styled))
        return [[*row] for row in zip(self.shown.maps, self.shown.photos, own, other)]


class EditSheet(StyleSheet):
    """With the mask edited towards the next one's, painted, and the blend of both edits."""

    def __init__(self, shown: Shown, records: Records, trainer: PainterTrainer) -> None:
        super().__init__(shown, records, trainer)
        self.classes = records.label_set

    def __call__(self) -> list[list[np.ndarray]]:
        masks, painted, blends = self.trainer.edit(self.shown.batch)
        pairs = zip(self.classes.pictured(masks), *map(pictures.to_uint8, (painted, blends)))
        return [[*row, *edited] for row, edited in zip(super().__call__(), pairs)]
