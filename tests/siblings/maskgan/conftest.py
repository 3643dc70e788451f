"""A run of all phases, each a few steps."""

import contextlib

import pytest

from siblings.maskgan import train
from tests.conftest import steps_uncompiled
from tests.faults.systems import MASKGAN

TINY = [*MASKGAN.split(), "--batch_size=12", "--sample_every=1000", "--sample_rows=2"]


def trained(records_dir, folder, *words):
    """What is called does a few steps at most, which need no compiling."""
    with steps_uncompiled() if "--dry_run" not in words else contextlib.nullcontext():
        train.main([*TINY, f"--data_dir={records_dir}", f"--run_dir={folder}", *words])


@pytest.fixture(scope="session")
def edit_run(label_records_dir, tmp_path_factory):
    """Phase 1 at step 2, phases 2 and 3 at step 1."""
    folder = tmp_path_factory.mktemp("edit_run")
    trained(label_records_dir, folder, "--phase=1", "--steps=2")
    trained(label_records_dir, folder, "--phase=2", "--steps=1")
    trained(label_records_dir, folder, "--phase=3", "--steps=1")
    return folder
