import json
import pickle

import numpy as np
import pytest

from input_pipeline.faces.framing import Framing
from input_pipeline.label_maps import segmenter
from interface.command_line import UserError
from tests.serving.label_models import CLASSES, PALETTE, write_segmenter


def test_it_labels_photos_in_a_worker_too(segmenter_model):
    ids = np.random.default_rng(0).integers(0, 3, (segmenter.BATCH + 3, 4, 8)).astype(np.uint8)
    told = pickle.loads(pickle.dumps(segmenter.read(str(segmenter_model))))
    np.testing.assert_array_equal(told.labels(PALETTE[ids]), ids)
    assert (told.label_set, told.trained_size, told.multiple_of) == (CLASSES, (8, 12), 4)
    assert told.framing is None


def test_it_says_how_faces_lay_in_what_it_learnt_from(tmp_path):
    told = segmenter.read(str(write_segmenter(tmp_path / "1", framing="aligned")))
    assert told.framing is Framing.ALIGNED


@pytest.mark.parametrize(
    "change", [{"gives": "image"}, {"trained_size": [8]}, {"multiple_of": "x"}]
)
def test_what_is_no_segmenter_is_refused(tmp_path, change):
    folder = write_segmenter(tmp_path / "1")
    path = folder / "assets" / "metadata.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(UserError, match=f"--segmenter {folder}: no segmenter's SavedModel"):
        segmenter.read(str(folder))
    with pytest.raises(UserError, match="--segmenter nowhere: no such folder$"):
        segmenter.read("nowhere")
