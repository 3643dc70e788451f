"""A run of all phases, each a few steps."""

import contextlib

import pytest

from siblings.pix2pixhd import train
from tests.conftest import steps_uncompiled
from tests.faults.systems import PIX2PIXHD

TINY = [*PIX2PIXHD.split(), "--batch_size=12", "--sample_every=1000", "--sample_rows=2"]


def trained(records_dir, folder, *words):
    """What is called does a few steps at most, which need no compiling."""
    with steps_uncompiled() if "--dry_run" not in words else contextlib.nullcontext():
        train.main([*TINY, f"--data_dir={records_dir}", f"--run_dir={folder}", *words])


@pytest.fixture(scope="session")
def styled_run(instance_records_dir, tmp_path_factory):
    """Phase 1 at step 2; the outermost enhancer, all of phase 2, and phase 3 at step 1."""
    folder = tmp_path_factory.mktemp("styled_run")
    trained(instance_records_dir, folder, "--phase=1", "--steps=2")
    trained(instance_records_dir, folder, "--phase=2", "--steps=1", "--fix_global_epochs=1")
    trained(instance_records_dir, folder, "--phase=3", "--steps=1")
    return folder
