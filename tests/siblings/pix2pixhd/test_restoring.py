import json

import numpy as np
import pytest

from input_pipeline.label_maps import record_files
from input_pipeline.label_maps.label_sets import numbered
from interface.command_line import UserError
from siblings.pix2pixhd import restoring
from tests.serving.label_models import CLASSES
from tests.siblings.pix2pixhd import tiny_runs
from tests.siblings.pix2pixhd.tiny_runs import SIDE, STEP, edges, means, scene, write_run


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return tiny_runs.write_records(tmp_path_factory.mktemp("streets") / "labels")


@pytest.fixture(scope="module")
def styled(data_dir, tmp_path_factory):
    """A run of phase 3 with an enhancer: its folder, its trainer."""
    folder = tmp_path_factory.mktemp("styled")
    return folder, write_run(folder, data_dir, enhancers=1)


def test_networks_are_what_was_trained(styled):
    folder, trainer = styled
    restored = restoring.restore(str(folder))
    assert (restored.stage.name, restored.step, restored.classes) == ("phase_3", STEP, CLASSES)
    assert (restored.features, restored.instances) == ("instance", True)
    given = np.random.default_rng(0).uniform(-1, 1, [2, SIDE, SIDE, 3 + 1 + 3]).astype("f")
    np.testing.assert_array_equal(restored.generator(given), trainer.generator(given))
    photo = given[..., :3]
    np.testing.assert_array_equal(restored.encoder(photo), trainer.encoder(photo))


def test_features_of_a_photo_are_means_over_regions(styled):
    restored = restoring.restore(str(styled[0]), phase=3)
    photos = np.random.default_rng(0).uniform(-1, 1, [2, SIDE, SIDE, 3]).astype("f")
    ids = np.stack([scene(0)[1], scene(1)[1]])
    encoded = restored.encoded(photos, ids)
    wanted = [means(*each) for each in zip(restored.encoder(photos).numpy(), ids)]
    np.testing.assert_allclose(encoded, wanted, atol=1e-5)
    assert np.ptp(encoded[0][ids[0] == 1000], axis=0).max() == 0


def test_the_last_phase_that_is_there_is_taken_unless_told(data_dir, tmp_path):
    first = write_run(tmp_path, data_dir, phase=1)
    plain = restoring.restore(str(tmp_path))
    assert (plain.stage.name, plain.encoder, plain.features) == ("phase_1", None, "")
    label, ids = scene(0)
    given = np.concatenate([np.eye(3)[label][None], edges(ids[None])], axis=3).astype("f")
    np.testing.assert_array_equal(plain.generator(given), first.generator(given))
    write_run(tmp_path, data_dir, phase=3, seed=1)
    assert restoring.restore(str(tmp_path)).stage.name == "phase_3"
    assert restoring.restore(str(tmp_path), phase=1).stage.name == "phase_1"


@pytest.mark.parametrize(
    ("changes", "features", "instances"),
    [
        ({"instances": False}, "instance", True),
        ({"instances": False, "features": "label"}, "label", False),
        ({"features": "label"}, "label", True),
        ({"instances": False, "phase": 1}, "", False),
    ],
)
def test_instances_are_wanted_for_edges_or_for_styles(
    data_dir, tmp_path, changes, features, instances
):
    write_run(tmp_path, data_dir, **changes)
    restored = restoring.restore(str(tmp_path))
    assert (restored.features, restored.instances) == (features, instances)


def test_an_encoder_is_told_from_any_other(styled, data_dir, tmp_path):
    write_run(tmp_path, data_dir, seed=1)
    digests = [restoring.restore(str(each)).digest for each in (styled[0], styled[0], tmp_path)]
    assert digests[0] == digests[1] != digests[2]


def test_the_best_is_another_checkpoint(data_dir, tmp_path):
    write_run(tmp_path, data_dir)
    best = write_run(tmp_path, data_dir, best=True, seed=1)
    given = np.ones([1, SIDE, SIDE, 7], "f")
    painted = restoring.restore(str(tmp_path), best=True).generator(given)
    np.testing.assert_array_equal(painted, best.generator(given))
    newest = restoring.restore(str(tmp_path)).generator(given)
    assert np.abs(painted - newest).max() > 0


def test_records_are_seen_at_the_size_that_was_trained_on(data_dir, tmp_path):
    write_run(tmp_path, data_dir, resize="resize_and_crop", load_size=20, crop_size=(8,))
    view, photo = restoring.restore(str(tmp_path)).view(), np.zeros([SIDE, SIDE, 3], np.uint8)
    photo[:, SIDE // 2 :] = 255
    seen = view({"image": photo}, np.full([4], 0.5, "f"))["image"].numpy()
    assert seen.shape == (8, 8, 3)
    # The middle of 20 pixels: half of it is black, half white, up to what bicubic blurs.
    np.testing.assert_allclose(seen[:, [1, 6], 0], [[-1, 1]] * 8, atol=0.2)


def test_what_is_not_there_is_told_in_a_line(data_dir, tmp_path):
    with pytest.raises(UserError, match="no checkpoint in .*phase_1; train it first"):
        restoring.restore(str(tmp_path))
    write_run(tmp_path, data_dir, phase=1)
    with pytest.raises(UserError, match="no checkpoint in .*phase_3; train it first"):
        restoring.restore(str(tmp_path), phase=3)
    with pytest.raises(UserError, match="--best: .*phase_1 kept none"):
        restoring.restore(str(tmp_path), best=True)
    config = tmp_path / "phase_1" / "config.json"
    kept = json.loads(config.read_text())
    del kept["trained_size"]
    config.write_text(json.dumps(kept))
    with pytest.raises(UserError, match="config.json: says nothing of trained_size"):
        restoring.restore(str(tmp_path))


def test_records_of_another_kind_are_refused(styled, data_dir, tmp_path):
    restored = restoring.restore(str(styled[0]))
    restoring.check_records(restored, record_files.open_records(str(data_dir)), str(data_dir))
    for changes, told in (
        ({"classes": numbered(5)}, "5 classes, not the 3 that .*phase_3 was trained on"),
        ({"instances": False}, "its records have no maps of instances, whose styles .*phase_3"),
    ):
        other = str(tiny_runs.write_records(tmp_path / "other", **changes))
        with pytest.raises(UserError, match=f"^--data_dir {other}: {told}"):
            restoring.check_records(restored, record_files.open_records(other), other)
