import types

import numpy as np

from input_pipeline.label_maps.record_files import open_records
from siblings.flowers import watching
from siblings.flowers.config import Config


class Painting:
    """White where the mask is, black elsewhere; what it was asked for stays known."""

    plan = types.SimpleNamespace(ids=(1,))

    def __init__(self):
        self.latents = []

    def paint(self, mask, latent):
        self.latents.append(latent)
        return np.repeat(2.0 * mask[..., None] - 1, 3, axis=-1).astype(np.float32)


def bright(pictures):
    return pictures.mean(-1) > 120


def test_figures_are_of_fixed_masks_and_latents(label_records_dir):
    """A painter that does as it is told has an IoU of 1."""
    records = open_records(str(label_records_dir), "validation")
    painter = Painting()
    watch = watching.figures(Config(eval_images=10), records, bright, painter)
    assert watch.images == 10  # four masks, in turn
    first, second = watch(), watch()
    assert first == second
    assert first["location_iou"] == 1 > first["location_iou_of_others_masks"]
    np.testing.assert_array_equal(*painter.latents)
    assert len(np.unique(painter.latents[0], axis=0)) == 10


def test_columns_of_a_sheet_have_a_latent_each(label_records_dir):
    painter = Painting()
    rows = watching.Sheet(open_records(str(label_records_dir)), 3, painter)()
    assert [len(row) for row in rows] == [10] * 3
    assert len(painter.latents) == 8
    for latent in painter.latents:
        np.testing.assert_array_equal(latent[0], latent[1])


def test_what_config_json_keeps_of_the_records(label_records_dir):
    records = open_records(str(label_records_dir))
    said = watching.said(Config(class_name=("1", "0")), records)
    assert said == {"places": ["1", "0"], "colour": [128, 0, 0]}
