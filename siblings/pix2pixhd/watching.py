"""What people see of pix2pixHD in training: a table before, sheets and figures on the way."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np

from input_pipeline.faces import framing
from input_pipeline.label_maps import augment, dataset
from input_pipeline.label_maps import segmenter as segmenters
from input_pipeline.label_maps.record_files import Records
from input_pipeline.label_maps.segmenter import Segmenter
from interface import pictures
from interface.command_line import UserError
from metrics.evaluation.painted_watch import PaintedWatch
from siblings.pix2pixhd import memory, phases
from siblings.pix2pixhd.config import Config
from siblings.pix2pixhd.phases import Part
from siblings.pix2pixhd.trainer import Pix2PixHDTrainer
from training.run import summary

BATCH = 4  # label maps painted in one call
NO_CLASSES = "none: label maps are pictures"


def said(settings: Config, part: Part, records: Records, size: tuple[int, int]) -> dict[str, Any]:
    """What config.json keeps beside the settings, for whoever goes on from it or exports it."""
    framed = {} if records.framing is None else {framing.FIELD: records.framing.value}
    return {
        "networks": part.networks(settings),
        "stage_enhancers": part.enhancers,
        "classes": records.label_set.to_json(),
        "trained_size": list(size),
        **framed,
    }


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


def segmenter(settings: Config, records: Records) -> Optional[Segmenter]:
    """Who looks at pictures for --eval_every; None = nobody.

    Raises:
      UserError: none can be read, or it tells other classes.
    """
    if not (settings.eval_every and settings.segmenter):
        return None
    looks = segmenters.read(settings.segmenter)
    if looks.label_set.names != records.label_set.names:
        raise UserError(
            f"--segmenter {settings.segmenter}: tells {', '.join(looks.label_set.names)}; the "
            f"records have {', '.join(records.label_set.names)}; wanted the same classes"
        )
    return looks


class Shown:
    """Records as they are shown and measured, always the same.

    Args:
      settings, part: of the stage; records: of which; size: height and width.
      count: at most.

    Attributes:
      batch: what a trainer paints from, "image" in [-1, 1] among it.
      photos, maps: as they look, uint8 [N, H, W, 3].
    """

    def __init__(
        self,
        settings: Config,
        part: Part,
        records: Records,
        size: tuple[int, int],
        count: int,
    ) -> None:
        scale = phases.resizing(settings, part)
        view = augment.Resized(size, scale) if scale.crops else augment.Boxes(size)
        instances = part.reads_instances(settings)
        self.batch = dataset.first(records, view, count, seed=0, instances=instances)
        self.photos = pictures.to_uint8(self.batch["image"])
        label = self.batch["label"]
        classes = records.label_set
        self.maps = classes.pictured(label) if classes.count else pictures.to_uint8(label)

    def painted(self, trainer: Pix2PixHDTrainer, part: slice) -> np.ndarray:
        """uint8 [n, H, W, 3], as the networks are now."""
        shown = {name: value[part] for name, value in self.batch.items()}
        starts = range(0, len(shown["label"]), BATCH)
        rows = [
            trainer.paint({name: value[at : at + BATCH] for name, value in shown.items()})
            for at in starts
        ]
        return pictures.to_uint8(np.concatenate(rows))


class Sheet:
    """Each row a label map, the photo that has it, and what is painted from it."""

    def __init__(self, shown: Shown, trainer: Pix2PixHDTrainer) -> None:
        self.shown, self.trainer = shown, trainer

    def __call__(self) -> list[list[np.ndarray]]:
        painted = self.shown.painted(self.trainer, slice(None))
        return [[*row] for row in zip(self.shown.maps, self.shown.photos, painted)]


def figures(shown: Shown, looks: Optional[Segmenter], trainer: Pix2PixHDTrainer) -> PaintedWatch:
    """Of pictures of --eval_images held-out label maps."""
    return PaintedWatch(
        lambda part: shown.painted(trainer, part), shown.photos, shown.batch["label"], looks
    )
