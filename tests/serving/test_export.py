"""Exports, used as strangers use them: nothing of this project is on the path."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from interface.command_line import UserError
from networks.generator import Generator
from serving import export, painter


@pytest.fixture(scope="module")
def trained(records_dir, tmp_path_factory):
    """A run with a fade stage half way at phase 2, and an export of it."""
    import train

    folder = tmp_path_factory.mktemp("run")
    flags = ["--max_features=8", "--embedding_hidden=8", "--batch_size=4", "--use_embedding"]
    flags += [f"--data_dir={records_dir}", f"--run_dir={folder}", "--phase=2", "--size=16"]
    train.main([*flags, "--smooth", "--from_scratch", "--steps=3"])
    out = folder / "faces" / "1"
    export.main([f"--run_dir={folder}", "--phase=2", f"--out={out}"])
    return folder, out


MASK = np.zeros([3, 16, 16, 1], np.float32)
MASK[1, 4:12, 4] = MASK[2, 3, 2:14] = 1

STRANGER = """
import sys, numpy as np, tensorflow as tf
from tensorflow.python.tools import saved_model_cli
model, given, painted = sys.argv[1:]
sys.argv = ["saved_model_cli", "run", "--dir", model, "--tag_set", "serve", "--outdir", painted]
sys.argv += ["--signature_def", "serving_default"]
sys.argv += ["--inputs", f"mask={given}[mask];latent={given}[latent]"]
try:
    saved_model_cli.main()
except SystemExit as done:
    assert not done.code
sample = tf.saved_model.load(model).signatures["sample"]
mask, seed = (tf.constant(np.load(given)[name]) for name in ("mask", "seed"))
np.save(f"{painted}/sample.npy", sample(mask=mask, seed=seed)["image"].numpy())
assert not [name for name in sys.modules if name in ("networks", "training", "config")]
"""


def sampling(out):
    """mask [N, 16, 16, 1], seeds → images, by the export."""
    signature = tf.saved_model.load(str(out)).signatures["sample"]
    return lambda mask, seeds: signature(mask=tf.constant(mask), seed=tf.constant(seeds, tf.int64))[
        "image"
    ].numpy()


@pytest.fixture(scope="module")
def sample(trained):
    return sampling(trained[1])


def test_strangers_run_it_with_nothing_of_this_project(trained, sample, tmp_path):
    """TensorFlow's own saved_model_cli, and a script."""
    given = {"mask": MASK, "latent": np.ones([3, 464], np.float32), "seed": [7, 8, 9]}
    np.savez(tmp_path / "in.npz", **given)
    command = [sys.executable, "-I", "-c", STRANGER, trained[1], tmp_path / "in.npz", tmp_path]
    subprocess.run([*map(str, command)], cwd=tmp_path, check=True, timeout=120)
    by_script = np.load(tmp_path / "sample.npy")
    assert (by_script.dtype, by_script.shape) == (np.uint8, (3, 16, 16, 3))
    np.testing.assert_allclose(by_script.astype(int), sample(MASK, [7, 8, 9]), atol=1)
    of_latent = painter.of_model(str(trained[1]))(MASK[..., 0] > 0, given["latent"])
    by_cli = np.load(tmp_path / "image.npy")
    np.testing.assert_allclose(by_cli.astype(int), of_latent, atol=1)


def test_pixels_are_the_averaged_generators(trained):
    folder, out = trained
    generator = Generator(16, fading=True, max_features=8, embedding_hidden=8)
    latent = np.random.default_rng(0).normal(size=[3, 464]).astype(np.float32)
    generator(MASK, latent)
    checkpoint = folder / "phase_2_fade" / "checkpoints" / "step_00000003" / "state"
    tf.train.Checkpoint(averaged=generator).read(str(checkpoint)).expect_partial()
    expected = np.clip(np.rint((generator(MASK, latent, 1.0).numpy() + 1) * 127.5), 0, 255)
    signature = tf.saved_model.load(str(out)).signatures["serving_default"]
    painted = signature(mask=tf.constant(MASK), latent=tf.constant(latent))["image"].numpy()
    np.testing.assert_allclose(painted.astype(float), expected, atol=1)
    assert painted.std() > 1


def test_a_row_depends_on_its_own_mask_and_seed_alone(sample):
    together = sample(MASK, [7, 8, 9]).astype(int)
    for row, seed in enumerate([7, 8, 9]):
        alone = sample(MASK[row : row + 1], [seed])
        np.testing.assert_allclose(alone[0], together[row], atol=1)
    turned = sample(MASK[::-1], [9, 8, 7])
    np.testing.assert_allclose(turned[::-1], together, atol=1)
    assert np.abs(sample(MASK, [1, 2, 3]) - together).max() > 1


def test_metadata_travels_with_it(trained):
    _, out = trained
    loaded = tf.saved_model.load(str(out))
    path = loaded.metadata.asset_path.numpy().decode()
    with open(path) as file:
        metadata = json.load(file)
    assert (metadata["resolution"], metadata["latent_size"]) == (16, 464)
    assert (metadata["trained_steps"], metadata["stage"]) == (3, "phase_2_fade")
    said = [metadata[field] for field in ("system", "asks", "size", "style")]
    assert said == ["mask_embedding", "landmarks", [16, 16], "seed"]


def test_the_runs_shapes_travel_with_it_where_there_are_any(trained, sample, tmp_path):
    folder, out = trained
    assert [path.name for path in (out / "assets").iterdir()] == ["metadata.json"]
    run, other = tmp_path / "run", tmp_path / "2"
    shutil.copytree(folder / "phase_2_fade", run / "phase_2_fade")
    (run / "shapes.json").write_text('{"names": ["smile"]}\n')
    export.main([f"--run_dir={run}", "--phase=2", f"--out={other}"])
    shutil.rmtree(run)
    assert (other / "assets" / "shapes.json").read_text() == '{"names": ["smile"]}\n'
    metadata = [(model / "assets" / "metadata.json").read_text() for model in (out, other)]
    assert metadata[0] == metadata[1]
    np.testing.assert_array_equal(sampling(other)(MASK, [7, 8, 9]), sample(MASK, [7, 8, 9]))


def test_a_taken_folder_and_an_untrained_phase_are_refused(trained, tmp_path):
    folder, out = trained
    with pytest.raises(UserError, match="already there"):
        export.main([f"--run_dir={folder}", "--phase=2", f"--out={out}"])
    with pytest.raises(UserError, match="--phase 3: no checkpoint"):
        export.main([f"--run_dir={folder}", "--phase=3", f"--out={tmp_path / '1'}"])
    with pytest.raises(UserError, match="--out is missing"):
        export.main(["--phase=3"])
    assert not list(tmp_path.iterdir())
