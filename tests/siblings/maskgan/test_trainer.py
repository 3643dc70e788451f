import collections

import numpy as np
import pytest
import tensorflow as tf

from networks.image_to_image.patch_critic import PatchCritics
from siblings.maskgan.mask_vae import MaskVAE
from siblings.maskgan.networks import Blender, Painter
from siblings.maskgan.trainer import Editing, PainterTrainer, Plan
from training import judging

SIDE, CLASSES, BATCH, EDIT = 32, 3, 4, 0.4
ONE_HOT = np.eye(CLASSES, dtype=np.float32)


def make_trainer(devices=("/CPU:0",), editing=True, dtype=None, **changes):
    tf.keras.utils.set_random_seed(0)
    reduction = tf.distribute.ReductionToOneDevice()
    strategy = tf.distribute.MirroredStrategy(list(devices), reduction)
    label, photo = tf.zeros([1, SIDE, SIDE, CLASSES]), tf.zeros([1, SIDE, SIDE, 3])
    with strategy.scope():
        painter = Painter(width=2, downs=1, blocks=1, style_width=2, dtype=dtype)
        critics = PatchCritics(2, width=2, layers=1, dtype=dtype)
        painter(label, photo, label)
        critics(tf.concat([label, photo], axis=3))
        tools = None
        if editing:
            tools = Editing(
                MaskVAE(CLASSES, SIDE, width=2, latent=5, dtype=dtype),
                Blender(width=2, downs=1, blocks=1, dtype=dtype),
            )
            tools.vae(label, tf.zeros([1, 5]))
            tools.blender(photo, photo)
    given = {"judge": judging.Judge(), "learning_rate": lambda step: tf.constant(0.01)}
    plan = Plan(**{"batch_size": BATCH, "edit": EDIT, **given, **changes})
    return PainterTrainer(strategy, painter, critics, plan, tools)


def make_batch():
    rng = np.random.default_rng(0)
    label = rng.integers(0, CLASSES, [BATCH, 8, 8]).repeat(4, 1).repeat(4, 2)
    image = rng.uniform(-1, 1, [BATCH, SIDE, SIDE, 3]).astype(np.float32)
    return {"image": image, "label": label.astype(np.uint8)}


def record_gradients(trainer):
    """Instead of updates: {network: gradients}, each replica's."""
    seen = collections.defaultdict(list)

    def recorder(name):
        def record(gradients):
            seen[name].append(gradients)
            return {}

        record.weights = trainer.updates[name].weights
        return record

    trainer.updates = {name: recorder(name) for name in trainer.updates}
    return seen


def edited_masks(trainer, label):
    """As the paper edits them, each by the next one of the batch; one-hot."""
    vae = trainer.editing.vae
    latent = vae.encode(ONE_HOT[label])[0].numpy()
    way = EDIT * (np.roll(latent, -1, axis=0) - latent)
    return [ONE_HOT[np.argmax(vae.decode(latent + sign * way), axis=3)] for sign in (1, -1)]


def plain_gradients(trainer, batch):
    """Of the losses as the paper has them, a pass for each of their parts."""
    painter, own, photo = trainer.painter, ONE_HOT[batch["label"]], batch["image"]
    judge = lambda picture: trainer.critics(tf.concat([own, picture], -1))  # noqa: E731
    with tf.GradientTape(persistent=True) as tape:
        fakes = [painter(own, photo, own)]
        if trainer.editing:
            towards, away = (
                painter(mask, photo, own) for mask in edited_masks(trainer, batch["label"])
            )
            alpha = trainer.editing.blender(towards, away)
            fakes.append(towards * alpha + away * (1 - alpha))
        loss = 0.0
        for fake in fakes:
            loss += sum(tf.reduce_mean((maps[-1] - 1) ** 2) for maps in judge(fake))
            for ours, theirs in zip(judge(fake), judge(photo)):
                matched = [tf.reduce_mean(tf.abs(a - b)) for a, b in zip(ours[:-1], theirs[:-1])]
                loss += 10 / 2 * 4 / len(matched) * sum(matched)
        scores = sum(tf.reduce_mean((maps[-1] - 1) ** 2) for maps in judge(photo))
        for fake in map(tf.stop_gradient, fakes):
            scores += sum(tf.reduce_mean(maps[-1] ** 2) for maps in judge(fake)) / len(fakes)
        scores /= 2
    networks = {"painter": painter}
    if trainer.editing:
        networks["blender"] = trainer.editing.blender
    found = {name: tape.gradient(loss, n.trainable_variables) for name, n in networks.items()}
    found["critics"] = tape.gradient(scores, trainer.critics.trainable_variables)
    return float(loss), float(scores), found


def assert_close(found, wanted):
    there = [np.zeros(our.shape) if their is None else their for our, their in zip(found, wanted)]
    assert len(found) == len(wanted)
    flat = [np.concatenate([np.ravel(each) for each in side]) for side in (found, there)]
    assert np.linalg.norm(flat[1]) > 0.01
    np.testing.assert_allclose(flat[0], flat[1], atol=1e-4 * np.abs(flat[1]).max())


@pytest.mark.parametrize(
    "editing, xla",
    [(False, False), (True, False), pytest.param(True, True, marks=pytest.mark.slow)],
)
def test_shared_passes_give_the_gradients_of_the_papers_losses(editing, xla):
    trainer, batch = make_trainer(editing=editing, xla=xla), make_batch()
    loss, scores, wanted = plain_gradients(trainer, batch)
    seen = record_gradients(trainer)
    scalars = trainer.strategy.run(trainer._replica_step, [batch])
    assert float(scalars["generator_loss"]) == pytest.approx(loss, rel=1e-3)
    assert float(scalars["critic_loss"]) == pytest.approx(scores, rel=1e-3)
    assert {*seen} == {*wanted}
    for name, (gradients,) in seen.items():
        assert_close(gradients, wanted[name])


@pytest.mark.slow
def test_two_replicas_together_have_the_gradients_of_one():
    """The mask after a replica's last one is the first one of the next replica."""
    two, batch = make_trainer(["/CPU:0", "/CPU:1"]), make_batch()
    _, _, wanted = plain_gradients(make_trainer(), batch)
    seen = record_gradients(two)

    def part(context):
        start = 2 * context.replica_id_in_sync_group
        return {name: tf.constant(value[start : start + 2]) for name, value in batch.items()}

    parts = two.strategy.experimental_distribute_values_from_function(part)
    two.strategy.run(two._replica_step, [parts])
    for name, gradients in wanted.items():
        assert_close([a + b for a, b in zip(*seen[name])], gradients)


@pytest.fixture(scope="module")
def trained():
    """Weights before a step, the trainer after it, and its scalars."""
    trainer = make_trainer()
    before = {
        name: [variable.numpy() for variable in network.variables]
        for name, network in trainer.networks.items()
    }
    return before, trainer, trainer.train_step(make_batch())


def test_all_but_the_vae_learn(trained):
    before, trainer, scalars = trained
    changed = {
        name: any((a != b.numpy()).any() for a, b in zip(before[name], network.variables))
        for name, network in trainer.networks.items()
    }
    assert changed == {"painter": True, "critics": True, "blender": True, "vae": False}
    assert {*scalars} >= {"painter_gradient_norm", "blender_gradient_norm", "learning_rate"}
    assert all(np.isfinite(float(value)) for value in scalars.values())


def test_a_checkpoint_holds_the_vae_as_well(trained, tmp_path):
    _, trainer, _ = trained
    trainer.checkpoint.write(str(tmp_path / "state"))
    names = [name for name, _ in tf.train.list_variables(str(tmp_path / "state"))]
    for network in ("painter", "critics", "blender", "vae"):
        assert any(name.startswith(f"{network}/") for name in names)
    assert not any("vae_optimizer" in name for name in names)


def test_it_shows_what_it_makes_of_edits(trained):
    _, trainer, _ = trained
    batch = make_batch()
    masks, towards, blend = trainer.edit(batch)
    own = ONE_HOT[batch["label"]]
    edits = edited_masks(trainer, batch["label"])
    np.testing.assert_array_equal(ONE_HOT[masks], edits[0])
    painted = [trainer.painter(mask, batch["image"], own).numpy() for mask in edits]
    np.testing.assert_allclose(towards, painted[0], atol=1e-4)
    alpha = trainer.editing.blender(*painted).numpy()
    np.testing.assert_allclose(blend, painted[0] * alpha + painted[1] * (1 - alpha), atol=1e-4)
    np.testing.assert_allclose(
        trainer.paint(batch), trainer.painter(own, batch["image"], own), atol=1e-4
    )


def test_another_photos_style_is_painted_with(trained):
    _, trainer, _ = trained
    batch = make_batch()
    style = {f"style_{name}": np.roll(value, 1, axis=0) for name, value in batch.items()}
    masks = ONE_HOT[batch["label"]], ONE_HOT[style["style_label"]]
    wanted = trainer.painter(masks[0], style["style_image"], masks[1])
    np.testing.assert_allclose(trainer.paint({**batch, **style}), wanted, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_short_floats_stay_finite(dtype):
    trainer = make_trainer(dtype=dtype, loss_scaling=dtype == "mixed_float16")
    scalars = trainer.train_step(make_batch())
    assert np.isfinite([float(scalars[f"{name}_loss"]) for name in ("generator", "critic")]).all()


@pytest.mark.slow
def test_pictures_come_to_look_like_their_photos():
    trainer, batch = make_trainer(editing=False), make_batch()
    batch["image"] = np.repeat(batch["label"][..., None] * 0.8 - 0.8, 3, axis=3).astype(np.float32)
    before = np.abs(trainer.paint(batch) - batch["image"]).mean()
    for _ in range(60):
        trainer.train_step(batch)
    assert np.abs(trainer.paint(batch) - batch["image"]).mean() < before / 2
