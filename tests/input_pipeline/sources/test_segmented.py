import pickle

import numpy as np
from PIL import Image

from input_pipeline.label_maps import segmenter
from input_pipeline.sources.segmented import Segmented
from tests.serving.label_models import PALETTE

IDS = np.random.default_rng(0).integers(0, 3, (8, 20)).astype(np.uint8)


def test_a_photo_has_the_map_of_the_segmenter_at_its_own_size(segmenter_model, tmp_path):
    """Of 40 × 16 pixels, made of squares of two: the segmenter sees one pixel of each."""
    photo = PALETTE[IDS].repeat(2, 0).repeat(2, 1)
    Image.fromarray(photo).save(tmp_path / "x.png")
    model = segmenter.read(str(segmenter_model))
    source = pickle.loads(pickle.dumps(Segmented(str(tmp_path), model, "test")))
    sample = source.sample(source.items()[0])
    assert (sample.split, sample.source, sample.photo.size) == ("test", "x.png", (16, 40))
    assert sample.photo.scaled((16, 40)) == (tmp_path / "x.png").read_bytes()
    assert sample.label.shape == (16, 40)
    assert (sample.label == IDS.repeat(2, 0).repeat(2, 1)).mean() > 0.9
