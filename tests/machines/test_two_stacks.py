"""What one stack wrote, the other goes on with (setup.cfg has both).

OTHER_PYTHON names a Python with the other stack that sees this folder and the tests' base folder
by the same names; tests/machines/debian13.sh makes one.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

ROOT = pathlib.Path(__file__).parents[2]
PORTRAITS = ROOT / "models" / "portraits" / "1"
TRAIN = "--phase=2 --size=16 --from_scratch --use_embedding --max_features=8 --embedding_hidden=8"
TRAIN += " --batch_size=4 --log_every=1 --sample_every=6 --loss=logistic"
PAINT = """
import sys, numpy as np, tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
sample = model.signatures["sample"]
side = sample.structured_input_signature[1]["mask"].shape[1]
mask = (np.indices([side, side]).sum(axis=0) % 7 == 0)[None, :, :, None].repeat(4, axis=0)
images = sample(mask=tf.constant(mask, tf.float32), seed=tf.range(4, dtype=tf.int64))
np.save(sys.argv[2], images["image"].numpy())
"""

pytestmark = pytest.mark.two_stacks


def here(*words):
    python(sys.executable, *words)


def there(*words):
    python(os.environ["OTHER_PYTHON"], *words)


def python(*command):
    done = subprocess.run([*map(str, command)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def versions(run_python, folder):
    run_python("-c", f"import tensorflow as t; open('{folder}/v', 'w').write(t.__version__)")
    return (folder / "v").read_text()


def train(run_python, folder, records_dir, steps):
    words = [*TRAIN.split(), f"--data_dir={records_dir}", f"--run_dir={folder}", f"--steps={steps}"]
    run_python("train.py", *words)


def test_the_two_are_not_the_same(tmp_path):
    assert versions(here, tmp_path) != versions(there, tmp_path)


@pytest.mark.parametrize("first, second", [(here, there), (there, here)])
def test_a_run_goes_on_as_it_would_have_where_it_began(first, second, records_dir, tmp_path):
    train(first, tmp_path / "moved", records_dir, 3)
    shutil.copytree(tmp_path / "moved", tmp_path / "stayed")
    train(second, tmp_path / "moved", records_dir, 6)
    train(first, tmp_path / "stayed", records_dir, 6)

    moved, stayed = (tmp_path / name / "phase_2" for name in ("moved", "stayed"))
    rows, expected = (
        [json.loads(line) for line in (stage / "metrics.jsonl").read_text().splitlines()]
        for stage in (moved, stayed)
    )
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5, 6]
    for row, wanted in zip(rows, expected):
        assert row == pytest.approx(wanted, rel=1e-3, abs=1e-5)
    sheets = [
        np.asarray(Image.open(stage / "samples" / "step_00000006.png"), int)
        for stage in (moved, stayed)
    ]
    assert np.abs(sheets[0] - sheets[1]).max() <= 2


@pytest.mark.parametrize("first, second", [(here, there), (there, here)])
def test_a_model_of_one_paints_the_same_in_the_other(first, second, records_dir, tmp_path):
    train(first, tmp_path / "run", records_dir, 2)
    model = tmp_path / "faces" / "1"
    first("-m", "serving.export", f"--run_dir={tmp_path / 'run'}", "--phase=2", f"--out={model}")
    check_same_pictures(model, tmp_path)


def test_so_does_the_model_that_comes_along(tmp_path):
    model = shutil.copytree(PORTRAITS, tmp_path / "1")  # where both see it
    check_same_pictures(model, tmp_path)


def check_same_pictures(model, folder):
    for run_python, name in ((here, "here.npy"), (there, "there.npy")):
        run_python("-c", PAINT, model, folder / name)
    images = [np.load(folder / name).astype(int) for name in ("here.npy", "there.npy")]
    assert images[0].std() > 1
    assert np.abs(images[0] - images[1]).max() <= 1
