"""What people see of flowers in training: a table before, sheets and figures on the way."""

from __future__ import annotations

from typing import Any, Optional

import numpy as np

from input_pipeline.label_maps import dataset
from input_pipeline.label_maps.record_files import Records
from interface import pictures
from metrics.evaluation.location_watch import LocationWatch
from metrics.evaluation.places import Places
from siblings.flowers.config import Config
from siblings.flowers.networks import CANVAS, latent_shape
from siblings.flowers.trainer import FlowersTrainer
from training.run import summary

SIZE = (CANVAS, CANVAS)
COLUMNS = 8  # latents of a sheet
OF_SHEET, OF_FIGURES = range(2)  # streams of random numbers


def said(settings: Config, records: Records) -> dict[str, Any]:
    """What config.json keeps of the records, for whoever exports the generator."""
    classes = [records.label_set.labels[id] for id in ids(settings, records)]
    return {
        "places": [each.name for each in classes],
        "colour": list(classes[0].colour),
        **records.framed,
    }


def ids(settings: Config, records: Records) -> tuple[int, ...]:
    """Of the classes whose place is the mask. Raises UserError where there is no such class."""
    return tuple(records.label_set.called(name, "class_name") for name in settings.class_name)


def table(records: Records, trainer: FlowersTrainer, batch: int) -> dict[str, str]:
    """Rows that tell what is about to be trained; `batch`: samples on each device."""
    plan = trainer.plan
    names = " + ".join(records.label_set.names[id] for id in plan.ids)
    tricks = ("smooth_labels", "instance_noise", "mask_noise", "other_masks")
    off = [f"--no{name}" for name in tricks if not getattr(plan, name)]
    return {
        "photos": f"{records.count:,}, seen at {CANVAS} × {CANVAS} pixels",
        "mask": f"where {names} is" if plan.use_mask else "none: the plain DCGAN",
        "generator": f"{summary.parameters(trainer.generator):,} parameters",
        "discriminator": f"{summary.parameters(trainer.discriminator):,} parameters",
        "tricks": ", ".join(off) or "all",
    }


class Sheet:
    """Each row a mask, the photo that has it, and what is painted there from the same latents.

    Args:
      records: of the masks; count: of rows.
      trainer: of the generator.
    """

    def __init__(self, records: Records, count: int, trainer: FlowersTrainer) -> None:
        shown = dataset.as_they_are(records, SIZE, count, seed=0)
        self.photos, self.trainer = pictures.to_uint8(shown["image"]), trainer
        self.masks = np.isin(shown["label"], trainer.plan.ids)
        self.latents = latents(OF_SHEET, COLUMNS)

    def __call__(self) -> list[list[np.ndarray]]:
        columns = [
            painted(self.trainer, self.masks, np.repeat(latent[None], len(self.masks), axis=0))
            for latent in self.latents
        ]
        masks = self.masks.astype(np.uint8) * 255
        return [[*row] for row in zip(masks, self.photos, *columns)]


def figures(
    settings: Config, records: Records, places: Optional[Places], trainer: FlowersTrainer
) -> LocationWatch:
    """Of --eval_images pictures, whose masks are those of the records in turn."""
    assert places is not None  # `Config` refuses --eval_every without
    shown = dataset.as_they_are(records, SIZE, settings.eval_images, seed=0)
    asked = np.isin(shown["label"], trainer.plan.ids)
    asked = asked[np.arange(settings.eval_images) % len(asked)]
    return LocationWatch(
        lambda masks, drawn: painted(trainer, masks, drawn),
        asked,
        latents(OF_FIGURES, settings.eval_images),
        places,
    )


def painted(trainer: FlowersTrainer, masks: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Masks bool [N, H, W] and latents → uint8 [N, H, W, 3], as the generator is now."""
    return pictures.to_uint8(trainer.paint(masks, drawn))


def latents(stream: int, count: int) -> np.ndarray:
    """float32 [count, 2, 2, 32], the same every time."""
    drawn = np.random.default_rng(stream)
    return drawn.standard_normal([count, *latent_shape(*SIZE)], np.float32)
