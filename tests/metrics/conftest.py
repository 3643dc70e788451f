"""A run of a few steps, and its export."""

import pytest


@pytest.fixture(scope="session")
def small_run(records_dir, tmp_path_factory):
    """A run with phase 2 at step 2, 16 pixels."""
    import train

    folder = tmp_path_factory.mktemp("small_run")
    flags = ["--max_features=8", "--embedding_hidden=8", "--batch_size=4", "--use_embedding"]
    flags += [f"--data_dir={records_dir}", f"--run_dir={folder}", "--phase=2", "--size=16"]
    train.main([*flags, "--from_scratch", "--steps=2"])
    return folder


@pytest.fixture(scope="session")
def small_model(small_run):
    """Its SavedModel."""
    from serving import export

    out = small_run / "faces" / "1"
    export.main([f"--run_dir={small_run}", "--phase=2", f"--out={out}"])
    return out
