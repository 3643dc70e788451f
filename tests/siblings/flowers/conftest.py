"""Runs: one in training, one with the release's weights."""

import pathlib

import numpy as np
import pytest

from siblings.flowers import import_weights, train
from training import porting

FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures"
TINY = ["--generator_width=2", "--discriminator_width=2", "--batch_size=4", "--class_name=1"]


@pytest.fixture(scope="session")
def flowers_run(label_records_dir, tmp_path_factory):
    """At step 2, with a sheet of each step."""
    folder = tmp_path_factory.mktemp("flowers_run")
    words = ["--steps=2", "--sample_every=1", "--sample_rows=2"]
    train.main([*TINY, *words, f"--data_dir={label_records_dir}", f"--run_dir={folder}"])
    return folder


def recorded(path):
    """The release's recordings stand for the .pth files that they were made of."""
    recording = np.load(FIXTURES / f"flowers_{pathlib.Path(path).stem}.npz")
    return {key[6:]: recording[key] for key in recording if key.startswith("param/")}


@pytest.fixture(scope="session")
def released_run(tmp_path_factory):
    """Of the recorded weights, which paint all colours."""
    folder = tmp_path_factory.mktemp("released_run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(porting, "read", recorded)
        import_weights.main(["generator.pth", f"--run_dir={folder}"])
    return folder
