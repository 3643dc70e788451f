import dataclasses

import numpy as np
import pytest

from interface.command_line import UserError
from metrics.evaluation import label_subject, painted_subject
from tests.metrics import painted_models
from tests.metrics.painted_models import COUNT, HEIGHT, LABELS, PHOTOS, SIZE, WIDTH
from tests.serving import label_models
from tests.serving.label_models import CLASSES, PALETTE


def records_of(folder):
    return label_subject.of_split(str(folder), "")


def test_photos_are_whole_records_with_what_is_in_them(painted):
    photos = painted("instance").photos
    assert photos.image.shape == (COUNT, HEIGHT, WIDTH, 3)
    wanted = {photo.tobytes(): label for photo, label in zip(PHOTOS, LABELS)}
    assert {photo.tobytes() for photo in photos.image} == {*wanted}
    for photo, label in zip(photos.image, photos.label):
        np.testing.assert_array_equal(label, wanted[photo.tobytes()])
    np.testing.assert_array_equal(np.minimum(photos.instance - 1, 2), photos.label)
    assert painted("plain").photos.instance is painted("label").photos.instance is None


def test_each_map_is_painted_and_what_does_not_count_as_the_first_class(painted):
    subject = painted("plain")
    np.testing.assert_array_equal(subject.images, PALETTE[subject.photos.label])
    labels = subject.photos.label.copy()
    labels[:, 3] = 255
    partly = dataclasses.replace(subject.photos, label=labels)
    pictures = dataclasses.replace(subject, photos=partly).images
    np.testing.assert_array_equal(pictures[:, 3], np.broadcast_to(PALETTE[0], [COUNT, WIDTH, 3]))


def test_pictures_with_styles_have_a_seed_each(painted):
    subject = dataclasses.replace(painted("instance"), seed=5)
    seeds = np.arange(5, 5 + COUNT, dtype=np.uint8)[:, None, None, None]
    np.testing.assert_array_equal(subject.images, PALETTE[subject.photos.label] + seeds)


@pytest.mark.parametrize("name, count", [("instance", 4), ("label", 3)])
def test_styles_are_encoded_and_painted(painted, name, count):
    """Of these photos a region has one colour, and its style is that."""
    subject = painted(name)
    np.testing.assert_allclose(subject.encoded, subject.photos.image, atol=1e-3)
    assert [len(np.unique(keys)) for keys in subject.regions] == [count] * COUNT
    styles = np.stack([np.full([*SIZE, 3], value, np.float32) for value in [40, *[100] * 9]])
    pictures = subject.in_styles(2, styles)
    assert pictures.shape == (10, *SIZE, 3)
    assert (np.unique(pictures[0]), np.unique(pictures[1:])) == ([30], [75])


def test_merged_classes_are_told_as_what_they_count_as(painted):
    subject = painted("plain")
    counted_as = subject.counted_as.copy()
    counted_as[1] = 0
    told = dataclasses.replace(subject, counted_as=counted_as).told("told", subject.images)
    np.testing.assert_array_equal(told, np.where(subject.photos.label == 2, 2, 0))


def test_records_without_instances_are_refused_by_those_that_ask(rivers, tmp_path):
    records = records_of(painted_models.write_records(tmp_path / "flat", instances=False))
    model = painted_subject.painter(str(rivers["instance"]))
    with pytest.raises(UserError, match=r"flat: its records have no instances, which --model"):
        painted_subject.photos(model, records, 9, 0)
    of_classes = painted_subject.painter(str(rivers["label"]))
    assert painted_subject.photos(of_classes, records, 4, 0).count == 4


def test_other_models_are_refused(segmenter_model, small_model, tmp_path):
    for model in (segmenter_model, small_model):
        with pytest.raises(UserError, match="wanted one that paints from label maps alone"):
            painted_subject.painter(str(model))
    asking = label_models.write(
        tmp_path / "asking",
        label_models.FREE,
        lambda palette, labels, photo: photo + 0 * labels[..., None] + 0 * palette[0],
        labels=([None, None], "uint8"),
        photo=([None, None, 3], "uint8"),
    )
    with pytest.raises(UserError, match="label maps alone; it asks for labels, photo"):
        painted_subject.painter(str(asking))
    clusters = dataclasses.replace(label_models.FREE, style="clusters")
    with pytest.raises(UserError, match="wanted one that paints from label maps alone"):
        painted_subject.painter(str(painted_models.write_plain(tmp_path / "no_encoder", clusters)))


def test_the_size_is_its_only_one_or_what_it_learnt_from(rivers, tmp_path):
    assert painted_subject.size_of(painted_subject.painter(str(rivers["plain"]))) == SIZE
    fixed = dataclasses.replace(label_models.FREE, size=(8, 12))
    model = painted_subject.painter(str(painted_models.write_plain(tmp_path / "1", fixed)))
    assert painted_subject.size_of(model) == (8, 12)
    silent = painted_subject.painter(str(painted_models.write_plain(tmp_path / "2", more=())))
    with pytest.raises(UserError, match="does not say the size that it learnt from"):
        painted_subject.size_of(silent)


def test_classes_are_compared_by_name(rivers):
    model = painted_subject.painter(str(rivers["plain"]))
    painted_subject.check_classes(model, "--data_dir x", CLASSES)
    other = dataclasses.replace(CLASSES, labels=CLASSES.labels[:2])
    with pytest.raises(UserError, match="its classes are not those of --data_dir x, sky, left ba"):
        painted_subject.check_classes(model, "--data_dir x", other)
