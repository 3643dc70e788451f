import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from input_pipeline.label_maps import segmenter
from input_pipeline.label_maps.record_files import open_records
from metrics.evaluation import label_subject, merging
from tests.serving.label_models import TELLING, write


@pytest.fixture(scope="module")
def subject(label_records_dir, tmp_path_factory):
    """Discs, and a segmenter that takes for one what is brighter than the middle of all greys."""
    records = open_records(str(label_records_dir), "validation")
    about = dataclasses.replace(TELLING, classes=records.label_set)

    def bright(_, photo):
        return tf.cast(tf.reduce_mean(tf.cast(photo, tf.float32), -1) > 127, tf.uint8)

    folder = tmp_path_factory.mktemp("bright") / "1"
    write(folder, about, bright, {"trained_size": [32, 32]}, photo=([None, None, 3], tf.uint8))
    known = segmenter.read(str(folder))
    return label_subject.LabelSubject(known, records, 4, merging.table((), records.label_set))


def test_every_pixel_is_counted_once_by_what_it_is_and_what_it_is_said_to_be(subject):
    counts = subject.confusions
    assert counts.shape == (4, 2, 2)
    np.testing.assert_array_equal(counts.sum((1, 2)), [32 * 32] * 4)
    assert np.trace(counts.sum(0)) > 0.99 * counts.sum()


def test_sheets_show_the_first_and_those_told_worst_first(subject):
    rows = label_subject.first(subject)
    assert len(rows) == 4
    for photo, wanted, made in rows:
        disc = photo.mean(-1, keepdims=True) > 127
        np.testing.assert_array_equal(made, np.where(disc, [128, 0, 0], 0))  # PASCAL VOC's
        assert (made == wanted).all(-1).mean() > 0.97
    wrong = [(made != wanted).any(-1).sum() for _, wanted, made in label_subject.worst(subject)]
    assert wrong == sorted(wrong, reverse=True)


def test_the_digest_is_of_the_very_records(subject, label_records_dir):
    others = dataclasses.replace(subject, records=open_records(str(label_records_dir)))
    fewer = dataclasses.replace(subject, images=3)
    assert len({each.digest for each in (subject, others, fewer)}) == 3
