import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from networks.image_to_image.patch_critic import PatchCritics
from siblings.pix2pixhd import networks
from siblings.pix2pixhd.networks import Encoder, Generator
from siblings.pix2pixhd.trainer import Pix2PixHDTrainer, Plan
from training.judging import Judge

SIDE, CLASSES, BATCH = 16, 3, 4
PLAN = Plan(BATCH, (SIDE, SIDE), CLASSES, lambda step: tf.constant(0.01), seed=5)


def make_trainer(devices=("/CPU:0",), enhancers=1, encoder=False, **changes):
    tf.keras.utils.set_random_seed(0)
    strategy = tf.distribute.MirroredStrategy(list(devices))
    with strategy.scope():
        generator = Generator(2, enhancers, downs=1, blocks=1, enhancer_blocks=1)
        critics = PatchCritics(2, width=2, layers=1)
        encoder = Encoder(3, width=2, downs=1) if encoder else None
    plan = dataclasses.replace(PLAN, **changes)
    return Pix2PixHDTrainer(strategy, generator, critics, plan, encoder)


def make_batch(seed=0):
    rng = np.random.default_rng(seed)
    label = rng.integers(0, CLASSES, [BATCH, SIDE // 4, SIDE // 4]).repeat(4, 1).repeat(4, 2)
    return {
        "image": rng.uniform(-1, 1, [BATCH, SIDE, SIDE, 3]).astype(np.float32),
        "label": label.astype(np.uint8),
        "instance": label.astype(np.int32) * 1000,
    }


def record_gradients(trainer):
    """Instead of updates: {network: gradients}, a dict for each replica."""
    seen = {}

    def recorder(name):
        def record(gradients):
            seen[name, int(tf.distribute.get_replica_context().replica_id_in_sync_group)] = (
                gradients
            )
            return {}

        record.weights = trainer.updates[name].weights
        return record

    trainer.updates = {name: recorder(name) for name in trainer.updates}
    return seen


def plain_gradients(trainer, batch, perceive=None):
    """The two losses as the paper has them, a pass for each of their parts."""
    label, edge = (
        np.eye(CLASSES, dtype=np.float32)[batch["label"]],
        np.zeros([BATCH, SIDE, SIDE, 1]),
    )
    number = batch["instance"]
    edge[:, 1:, :, 0] += number[:, 1:] != number[:, :-1]
    edge[:, :-1, :, 0] += number[:, 1:] != number[:, :-1]
    edge[:, :, 1:, 0] += number[:, :, 1:] != number[:, :, :-1]
    edge[:, :, :-1, 0] += number[:, :, 1:] != number[:, :, :-1]
    given = np.concatenate([label, edge > 0], axis=-1).astype(np.float32)
    judge = lambda picture: trainer.critics(tf.concat([given, picture], -1))  # noqa: E731
    with tf.GradientTape() as tape:
        fake = trainer.generator(given)
        loss = sum(tf.reduce_mean((maps[-1] - 1) ** 2) for maps in judge(fake))
        for ours, theirs in zip(judge(fake), judge(batch["image"])):
            for layer in range(2):  # of one layer of stride 2 there are two, and the scores
                difference = tf.reduce_mean(tf.abs(ours[layer] - theirs[layer]))
                loss += 10 * 4 / 2 / 2 * difference
        if perceive:
            for weight, a, b in zip([1 / 32, 1 / 16], perceive(fake), perceive(batch["image"])):
                loss += 10 * weight * tf.reduce_mean(tf.abs(a - b))
    of_generator = tape.gradient(loss, trainer.generator.trainable_variables)
    with tf.GradientTape() as tape:
        real = sum(tf.reduce_mean((maps[-1] - 1) ** 2) for maps in judge(batch["image"]))
        loss = 0.5 * (real + sum(tf.reduce_mean(maps[-1] ** 2) for maps in judge(fake)))
    return of_generator, tape.gradient(loss, trainer.critics.trainable_variables)


def assert_close(found, wanted):
    flat = [np.concatenate([np.ravel(each) for each in side]) for side in (found, wanted)]
    assert np.linalg.norm(flat[1]) > 0.01
    np.testing.assert_allclose(flat[0], flat[1], atol=1e-5 * np.abs(flat[1]).max())


XLA = pytest.param(True, marks=pytest.mark.slow)  # takes long to compile


@pytest.mark.parametrize("xla", [False, XLA])
def test_shared_passes_give_the_gradients_of_the_papers_losses(xla):
    perceive = lambda picture: [picture**2, picture[:, ::2] - 1]  # noqa: E731
    trainer, batch = make_trainer(judge=Judge(perceive=perceive), xla=xla), make_batch()
    of_generator, of_critics = plain_gradients(trainer, batch, perceive)
    seen = record_gradients(trainer)
    trainer.strategy.run(trainer._replica_step, [batch])
    assert_close(seen["generator", 0], of_generator)
    assert_close(seen["critics", 0], of_critics)


def test_two_replicas_together_have_the_gradients_of_one():
    batch, halved = make_batch(), make_trainer(["/CPU:0", "/CPU:1"])
    of_generator, of_critics = plain_gradients(make_trainer(), batch)
    seen = record_gradients(halved)

    def part(context):
        start = context.replica_id_in_sync_group * BATCH // 2
        return {name: value[start : start + BATCH // 2] for name, value in batch.items()}

    parts = halved.strategy.experimental_distribute_values_from_function(part)
    halved.strategy.run(halved._replica_step, [parts])
    for name, wanted in (("generator", of_generator), ("critics", of_critics)):
        assert_close([a + b for a, b in zip(seen[name, 0], seen[name, 1])], wanted)


def test_while_the_outermost_is_trained_alone_what_is_inside_stays():
    trainer = make_trainer(outermost=True)
    before = [value.numpy() for value in trainer.generator.whole.variables]
    outside = trainer.generator.outermost.variables[0].numpy()
    trainer.train_step(make_batch())
    for value, old in zip(trainer.generator.whole.variables, before):
        np.testing.assert_array_equal(value, old)
    assert np.any(trainer.generator.outermost.variables[0] != outside)
    assert len(trainer.updates["generator"].weights) == len(
        trainer.generator.outermost.trainable_variables
    )


def test_critics_see_fakes_of_earlier_steps_again():
    trainer = make_trainer(pool_size=BATCH)
    trainer.train_step(make_batch())
    assert trainer.pool.count.numpy() == BATCH
    kept, second = trainer.pool.pictures.numpy(), make_batch(1)
    painted = trainer.generator(trainer.given(second)).numpy()
    seen = []
    trainer._judging = lambda given, photo, fake, judged: seen.append(judged) or _nothing(trainer)
    trainer.strategy.run(trainer._replica_step, [second])
    judged = np.concatenate([seen[0].label[..., None], seen[0].others], axis=3)
    of_pool = [any(np.array_equal(each, old) for old in kept) for each in judged]
    of_today = [np.allclose(each[..., -3:], new, atol=1e-6) for each, new in zip(judged, painted)]
    assert all(a != b for a, b in zip(of_pool, of_today))
    assert True in of_pool and True in of_today


def _nothing(trainer):
    zeros = [tf.zeros_like(weight) for weight in trainer.updates["critics"].weights]
    return {}, zeros, tf.zeros([BATCH, SIDE, SIDE, 3])


def test_without_instances_classes_alone_are_given():
    trainer = make_trainer(instances=False)
    given = trainer.given({"label": np.array([[[2, 0]]], np.uint8)})
    np.testing.assert_array_equal(given.dense(CLASSES), [[[[0, 0, 1], [1, 0, 0]]]])


@pytest.mark.parametrize(
    "features_of, xla",
    [("label", False), pytest.param("instance", True, marks=pytest.mark.slow)],
)
def test_the_encoder_learns_what_the_generator_makes_of_its_features(features_of, xla):
    """By the chain rule, from passes of their own: features are means of regions."""
    trainer, batch = make_trainer(encoder=True, features_of=features_of, xla=xla), make_batch()
    batch["instance"][:, :, : SIDE // 2] += 1  # so that instances are other regions than labels
    seen = record_gradients(trainer)
    trainer.strategy.run(trainer._replica_step, [batch])
    given, regions = trainer.given(batch).dense(CLASSES), batch[features_of]
    with tf.GradientTape() as tape:
        features = trainer.encoder(batch["image"])
        parts = []
        for sample in range(BATCH):
            whole = tf.zeros([SIDE, SIDE, 3])
            for region in np.unique(regions[sample]):
                inside = tf.cast(regions[sample] == region, tf.float32)[..., None]
                mean = tf.reduce_sum(features[sample] * inside, [0, 1]) / tf.reduce_sum(inside)
                whole += inside * mean
            parts.append(whole)
        fake = trainer.generator(tf.concat([given, tf.stack(parts)], -1))
        judge = lambda picture: trainer.critics(tf.concat([given, picture], -1))  # noqa: E731
        loss = sum(tf.reduce_mean((maps[-1] - 1) ** 2) for maps in judge(fake))
        for ours, theirs in zip(judge(fake), judge(batch["image"])):
            for layer in range(2):
                loss += 10 * tf.reduce_mean(tf.abs(ours[layer] - theirs[layer]))
    wanted = tape.gradient(loss, trainer.encoder.trainable_variables)
    assert_close(seen["encoder", 0], wanted)


def test_features_of_photos_are_painted_with():
    trainer, batch = make_trainer(encoder=True), make_batch()
    painted = trainer.paint(batch)
    assert painted.shape == (BATCH, SIDE, SIDE, 3)
    others = trainer.paint({**batch, "image": -batch["image"]})
    assert np.abs(painted - others).max() > 1e-4


def test_pictures_come_to_look_like_their_photos():
    trainer, batch = make_trainer(enhancers=0), make_batch()
    batch["image"] = np.eye(CLASSES, dtype=np.float32)[batch["label"]] * 2 - 1
    far = [float(trainer.train_step(batch)["feature_loss"]) for _ in range(150)]
    painted = trainer.generator(trainer.given(batch)).numpy()
    assert np.abs(painted - batch["image"]).mean() < 0.5  # 0.89 of grey
    assert far[-1] < far[0] / 2


@pytest.mark.slow
def test_recomputed_layers_learn_the_same():
    batch, learnt = make_batch(), []
    for recomputed in (False, True):
        trainer = make_trainer(encoder=True)
        if recomputed:
            trainer.generator.recompute()
        scalars = trainer.train_step(batch)
        learnt.append({name: float(value) for name, value in scalars.items()})
    assert learnt[1] == pytest.approx(learnt[0], rel=1e-4)


@pytest.mark.parametrize("pool_size", [0, 8])
def test_without_classes_a_picture_is_given(pool_size):
    """The networks see its channels and the edges, as one plain tensor has them."""
    trainer, batch = make_trainer(classes=0, pool_size=pool_size), make_batch()
    batch["label"] = batch["image"][:, ::-1]
    edges = tf.cast(networks.edges(batch["instance"]), tf.float32)
    plain = tf.concat([batch["label"], edges], axis=-1)
    painted = trainer.generator(plain)
    np.testing.assert_allclose(trainer.paint(batch), painted, atol=1e-6)
    given = trainer.given({name: tf.constant(value) for name, value in batch.items()})
    ours = trainer.critics(given.with_others(painted))
    theirs = trainer.critics(tf.concat([plain, painted], axis=-1))
    for our_maps, their_maps in zip(ours, theirs):
        for our_map, their_map in zip(our_maps, their_maps):
            np.testing.assert_allclose(our_map, their_map, atol=1e-5)
    losses = [float(trainer.train_step(batch)["generator_loss"]) for _ in range(12)]
    assert losses[-1] < losses[0]
