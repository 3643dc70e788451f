"""What people see of pix2pixHD in training: a table before, sheets and figures on the way."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np

from input_pipeline.label_maps import augment, dataset
from input_pipeline.label_maps.record_files import Records
from input_pipeline.label_maps.segmenter import Segmenter
from metrics.evaluation.painted_watch import PaintedWatch, Shown
from siblings.pix2pixhd import memory, phases
from siblings.pix2pixhd.config import Config
from siblings.pix2pixhd.phases import Part
from siblings.pix2pixhd.trainer import Pix2PixHDTrainer
from training.run import summary

NO_CLASSES = "none: label maps are pictures"


def said(settings: Config, part: Part, records: Records, size: tuple[int, int]) -> dict[str, Any]:
    """What config.json keeps beside the settings, for whoever goes on from it or exports it."""
    return {
        "networks": part.networks(settings),
        "stage_enhancers": part.enhancers,
        "trained_size": list(size),
        **of_records(records),
    }


def of_records(records: Records) -> dict[str, Any]:
    """What it keeps of the records, which are of one kind in all phases."""
    return {"classes": records.label_set.to_json(), **records.framed}


def table(records: Records, trainer: Pix2PixHDTrainer, batch: int) -> dict[str, str]:
    """Rows that tell what is about to be trained; `batch`: samples on each device."""
    height, width = trainer.plan.size
    classes = records.label_set
    painted = trainer.generator.outermost if trainer.plan.outermost else trainer.generator
    alone = ", the outermost alone" if trainer.plan.outermost else ""
    rows = {
        "photos": f"{records.count:,}, seen at {height} × {width} pixels",
        "classes": f"{classes.count}: {', '.join(classes.names)}" if classes.count else NO_CLASSES,
        "generator": f"{summary.parameters(painted):,} parameters{alone}",
        "discriminators": f"{summary.parameters(trainer.critics):,} parameters",
    }
    if trainer.encoder is not None:
        about = f"of each {trainer.plan.features_of}"
        rows["encoder"] = f"{summary.parameters(trainer.encoder):,} parameters, features {about}"
    needed = memory.estimated(trainer, batch) / 1e6
    rows["memory"] = f"about {needed:,.0f} MB on each device, beside TensorFlow itself"
    return rows


def shown(
    settings: Config, part: Part, records: Records, size: tuple[int, int], count: int
) -> Shown:
    """Records as they are shown and measured, always the same: `count` of them at most."""
    scale = phases.resizing(settings, part)
    view = augment.Resized(size, scale) if scale.crops else augment.Boxes(size)
    instances = part.reads_instances(settings)
    batch = dataset.first(records, view, count, seed=0, instances=instances)
    return Shown(batch, records.label_set)


class Sheet:
    """Each row a label map, the photo that has it, and what is painted from it."""

    def __init__(self, shown: Shown, trainer: Pix2PixHDTrainer) -> None:
        self.shown, self.trainer = shown, trainer

    def __call__(self) -> list[list[np.ndarray]]:
        painted = self.shown.painted(self.trainer.paint, slice(None))
        return [[*row] for row in zip(self.shown.maps, self.shown.photos, painted)]


def figures(shown: Shown, looks: Optional[Segmenter], trainer: Pix2PixHDTrainer) -> PaintedWatch:
    """Of pictures of --eval_images held-out label maps."""
    return PaintedWatch(
        lambda part: shown.painted(trainer.paint, part), shown.photos, shown.batch["label"], looks
    )
