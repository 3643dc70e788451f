"""What the SavedModel computes, beside the networks whose weights it has."""

import numpy as np
import pytest
import tensorflow as tf

from interface.command_line import UserError
from serving import saved_model, synthesize_labels
from serving.reference_painter import ReferencePainter
from siblings.maskgan import export
from tests.serving.label_models import CLASSES
from tests.siblings.maskgan.editor_runs import SIDE, STEP, write_run

RNG = np.random.default_rng(0)
LABELS, OTHER = RNG.integers(0, 3, [2, 2, SIDE, SIDE]).astype(np.uint8)
IMAGES, MORE = RNG.integers(0, 256, [2, 2, SIDE, SIDE, 3]).astype(np.uint8)
ONE_HOT = np.eye(3, dtype=np.float32)


def exported(folder, *words):
    export.main([f"--run_dir={folder}", f"--out={folder / 'faces' / '1'}", *words])
    return folder / "faces" / "1"


@pytest.fixture(scope="module")
def edits(tmp_path_factory):
    """A run of phase 3, its trainer and its export."""
    folder = tmp_path_factory.mktemp("edits")
    trainer = write_run(folder)
    return trainer, exported(folder)


def called(model, name, **inputs):
    given = {key: tf.constant(value) for key, value in inputs.items()}
    (output,) = tf.saved_model.load(str(model)).signatures[name](**given).values()
    return output.numpy()


def signed(image):
    return (image / 127.5 - 1).astype(np.float32)


def check_picture(image, wanted):
    assert image.dtype == np.uint8
    assert np.abs(image - (np.asarray(wanted) + 1) * 127.5).max() <= 0.51


@pytest.mark.parametrize(("height", "width"), [(32, 32), (36, 44)])
def test_it_paints_what_the_painter_paints(edits, height, width):
    trainer, model = edits
    labels = RNG.integers(0, 3, [2, height, width]).astype(np.uint8)
    style = {"style_image": IMAGES, "style_labels": OTHER}
    image = called(model, "serving_default", labels=labels, **style)
    wanted = trainer.painter(ONE_HOT[labels], signed(IMAGES), ONE_HOT[OTHER])
    assert image.shape == (2, height, width, 3)
    check_picture(image, wanted)


def test_what_lies_between_is_decoded_on_the_way(edits):
    trainer, model = edits
    vae, weight = trainer.editing.vae, np.array([0.25, 1.5], np.float32)
    first, last = (vae.encode(ONE_HOT[each])[0] for each in (LABELS, OTHER))
    logits = vae.decode(first + weight[:, None] * (last - first))
    between = called(model, "interpolate", labels=LABELS, other=OTHER, weight=weight)
    np.testing.assert_array_equal(between, np.argmax(logits, axis=3))
    assert between.dtype == np.uint8


def test_pictures_are_blended_by_the_blender(edits):
    trainer, model = edits
    alpha = trainer.editing.blender(signed(IMAGES), signed(MORE)).numpy()
    wanted = signed(IMAGES) * alpha + signed(MORE) * (1 - alpha)
    check_picture(called(model, "blend", image=IMAGES, other=MORE), wanted)


def test_a_run_of_phase_2_paints_alone(tmp_path):
    trainer = write_run(tmp_path, phase=2)
    model = exported(tmp_path)
    known = saved_model.load(str(model))
    assert {*known.signatures} == {"serving_default"}
    image = ReferencePainter(str(model)).painted(LABELS[0], IMAGES[1], OTHER[1])
    one_hot = ONE_HOT[LABELS[:1]], ONE_HOT[OTHER[1:]]
    check_picture(image[None], trainer.painter(one_hot[0], signed(IMAGES[1:]), one_hot[1]))


def test_it_says_what_it_is(edits):
    known = saved_model.load(str(edits[1]))
    about = known.about
    assert (about.system, about.asks, about.style) == ("maskgan", "labels", "reference")
    assert (about.multiple_of, about.classes, about.trained_steps) == (4, CLASSES, STEP)
    assert (known.metadata["stage"], known.metadata["trained_size"]) == ("phase_3", [SIDE, SIDE])


def test_programs_for_other_painters_refuse_it(edits, tmp_path):
    words = [f"--model={edits[1]}", f"--out={tmp_path / 'out.png'}"]
    with pytest.raises(UserError, match="paints in the style of a photo; wanted a --photo"):
        synthesize_labels.main([*words, "--label=x.png"])
