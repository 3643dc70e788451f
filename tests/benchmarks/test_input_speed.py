import numpy as np
import pytest
from tensorflow import keras

from benchmarks import input_speed
from input_pipeline.faces import dataset, record_files


@pytest.fixture(autouse=True)
def seeded():
    """The plain pipeline's random ops want it where another test chose determinism."""
    keras.utils.set_random_seed(0)


@pytest.fixture
def records(tmp_path):
    input_speed.write_records(str(tmp_path), 32, 6)
    return record_files.open_records(str(tmp_path), 32)


def plain(records, resolution, batch_size, augmented):
    paths, stored, count = list(records.paths), records.resolution, records.count
    batches = input_speed.plain_batches(
        paths, stored, resolution, batch_size, count, augmented=augmented
    )
    return next(iter(batches.as_numpy_iterator()))


@pytest.mark.parametrize("resolution", [16, 32])
def test_without_crop_and_flip_both_pipelines_give_the_same_pixels(records, resolution):
    ours = dataset.as_they_are(records, resolution, records.count, seed=0)
    theirs = plain(records, resolution, records.count, augmented=False)
    # A step of the stored grey values is 0.008.
    order, its_order = (np.argsort(batch["image"].mean(axis=(1, 2, 3))) for batch in (ours, theirs))
    for name, pixels in ours.items():
        np.testing.assert_allclose(theirs[name][its_order], pixels[order], atol=1e-4, err_msg=name)


def test_augmented_both_pipelines_give_batches_of_the_same_kind(records):
    theirs = plain(records, 16, 4, augmented=True)
    ours = next(iter(dataset.batches(records, 16, 4, seed=0).as_numpy_iterator()))
    assert theirs.keys() == ours.keys()
    for name, pixels in ours.items():
        assert (theirs[name].shape, theirs[name].dtype) == (pixels.shape, pixels.dtype)
    for batch in (ours, theirs):
        assert -1 <= batch["image"].min() < -0.5 < 0.5 < batch["image"].max() <= 1
        assert set(np.unique(batch["mask"])) == {0, 1}
    still = plain(records, 16, 4, augmented=False)
    assert not np.array_equal(still["image"], theirs["image"])


def test_the_table_has_a_row_for_each_size(monkeypatch, capsys):
    monkeypatch.setattr(input_speed, "ROWS", ((32, 16, 4), (16, 16, 4)))
    monkeypatch.setattr(input_speed, "BLOCK_SECONDS", 0.01)
    input_speed.main(["--seconds=0", "--records=16"])
    rows = [line for line in capsys.readouterr().out.splitlines() if line[2:3].isdigit()]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert [row[:3] for row in cells] == [["32²", "16²", "4"], ["16²", "16²", "4"]]
    for *_, ours, plain_rate, ratio in cells:
        assert float(ours.replace(",", "")) > 0
        assert float(plain_rate.replace(",", "")) > 0
        assert float(ratio.rstrip(" ×")) > 0


def test_blocks_take_turns_and_swap_their_order():
    done = []

    def kind(name, seconds):
        return lambda steps: done.append((name, steps)) or steps * seconds

    blocks = input_speed.take_turns({"a": kind("a", 0.5), "b": kind("b", 2.0)}, 2, seconds=0)
    assert done == [("a", 2), ("b", 2), ("b", 2), ("a", 2)]  # at least three steps of each
    assert blocks == {"a": [0.5, 0.5], "b": [2.0, 2.0]}


@pytest.mark.parametrize(
    ("seconds_a_step", "steps"), [(10.0, 1), (0.5, 4), (0.05, 40), (0.02, 100), (0.013, 150)]
)
def test_a_block_lasts_about_two_seconds_in_whole_log_intervals(seconds_a_step, steps):
    kinds = {"fast": lambda steps: 0.001 * steps, "slow": lambda steps: seconds_a_step * steps}
    assert input_speed.block_length(kinds) == steps


def test_a_ratio_compares_neighbours():
    assert input_speed.ratio([2.0, 40.0, 6.0], [1.0, 10.0, 2.0]) == 3.0
