"""The step against plain two-tape training, and against Adam worked out by hand."""

import collections
import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from networks.critic import Critic
from networks.diff_augment import DiffAugment
from networks.generator import Generator
from training import losses
from training.trainer import AdversarialTrainer, Plan

SIDE, BATCH, RATE, DECAY = 8, 8, 1e-3, 0.9


def make_trainer(devices=("/CPU:0",), fading=False, dtype="float32", use_embedding=True, **changes):
    tf.keras.utils.set_random_seed(1)
    # Collective operations of several strategies in one process would mistake each other.
    strategy = tf.distribute.MirroredStrategy(
        list(devices), cross_device_ops=tf.distribute.ReductionToOneDevice()
    )
    side = 2 * SIDE if fading else SIDE
    common = {"fading": fading, "max_features": 8, "dtype": dtype}
    with strategy.scope():
        generator, averaged = (
            Generator(side, use_embedding, embedding_hidden=8, **common) for _ in range(2)
        )
        critic = Critic(side, **common)
    arguments = {
        "batch_size": BATCH,
        "learning_rate": lambda step: tf.constant(RATE),
        "n_critic": 1,
        "fade_steps": 4,
        "average_decay": DECAY,
        "seed": 5,
        **changes,
    }
    return AdversarialTrainer(strategy, generator, critic, averaged, Plan(**arguments))


def make_batch(count=BATCH, side=SIDE, seed=0):
    rng = np.random.default_rng(seed)
    image = rng.uniform(-1, 1, size=[count, side, side, 3]).astype(np.float32)
    mask = (rng.uniform(size=[count, side, side, 1]) < 0.3).astype(np.float32)
    return {"image": tf.constant(image), "mask": tf.constant(mask)}


def halves(strategy, batch):
    """The batch, or each of the n_critic batches of a step, divided between two replicas."""

    def part(context):
        rows = np.arange(len(batch["mask"])).reshape(-1, 2, BATCH // 2)
        mine = rows[:, context.replica_id_in_sync_group].ravel()
        return {name: tf.gather(value, mine) for name, value in batch.items()}

    return strategy.experimental_distribute_values_from_function(part)


def values(variables):
    return [v.numpy().copy() for v in variables]


def record_gradients(trainer):
    """Keep what the step hands to the optimisers; the weights stay as they are."""
    seen = []

    def record(name, gradients):
        seen.append((getattr(trainer, name), gradients))
        return {}

    trainer._update = record
    return seen


def nearness(mask):
    """How much is drawn within windows of a quarter of the side, over its mean: [H, H, 1]."""
    side, (low, high) = len(mask), divmod(len(mask) // 4 - 1, 2)
    low, high = low, low + high
    near = np.zeros([side, side, 1])
    for y, x in np.ndindex(side, side):
        rows = slice(max(0, y - low), y + high + 1), slice(max(0, x - low), x + high + 1)
        near[y, x] = np.mean(mask[rows]) + 1e-5
    return tf.constant(near / near.mean(), mask.dtype)


def plain_gradients(trainer, batch):
    """Both losses, each with a tape of its own, no pass shared."""
    generator, critic = trainer.generator, trainer.critic
    latents, mixes, changes = trainer.strategy.run(trainer._draws)
    augmentation = trainer.plan.augmentation or DiffAugment(())
    real, mask = augmentation.image(batch["image"], changes[-1]), batch["mask"]
    moved = augmentation.mask(mask, changes[-1])
    with tf.GradientTape() as tape:
        made, latent = generator(mask, latents[-1]), latents[-1]
        fake = augmentation.image(made, changes[-1])
        score = critic(fake, moved)
        logistic = trainer.plan.loss is losses.LOGISTIC
        loss = tf.reduce_mean(tf.math.log(1 + tf.exp(-score)) if logistic else -score)
        if trainer.plan.mode_seeking:
            other_latent = tf.gather(latent, [1, 0, 3, 2, 5, 4, 7, 6])
            other, terms = generator(mask, other_latent), []
            for n in range(BATCH):
                distance = tf.reduce_mean(tf.abs(latent[n] - other_latent[n]))
                change = tf.reduce_mean(nearness(mask[n]) * tf.abs(made[n] - other[n]))
                terms.append(1 / (change / distance + 1e-5))
            loss += trainer.plan.mode_seeking * tf.add_n(terms) / BATCH
    for_generator = tape.gradient(loss, generator.trainable_variables)
    with tf.GradientTape() as tape:
        fake = tf.stop_gradient(fake)
        real_score, score = critic(real, moved), critic(fake, moved)
        if logistic:
            loss = tf.reduce_mean(tf.math.log(1 + tf.exp(score)))
            loss += tf.reduce_mean(tf.math.log(1 + tf.exp(-real_score)))
            if trainer.plan.other_masks:
                score = critic(real, tf.gather(moved, [1, 0, 3, 2, 5, 4, 7, 6]))
                loss += trainer.plan.other_masks * tf.reduce_mean(tf.math.log(1 + tf.exp(score)))
            if trainer.step % 10 == 9:
                with tf.GradientTape() as inner:
                    inner.watch(real)
                    score = critic(real, moved)
                loss += 10 * 0.5 * tf.reduce_sum(inner.gradient(score, real) ** 2) / BATCH
            return for_generator, tape.gradient(loss, critic.trainable_variables)
        loss = (
            tf.reduce_mean(score)
            - tf.reduce_mean(real_score)
            + 1e-4 * tf.reduce_mean(real_score**2)
        )
        points = real + mixes[-1][:, None, None, None] * (fake - real)
        with tf.GradientTape() as inner:
            inner.watch(points)
            score = critic(points, moved)
        norm = tf.norm(tf.reshape(inner.gradient(score, points), [BATCH, -1]), axis=1)
        every = 5 if trainer.plan.loss is NOW_AND_THEN else 1
        if (trainer.step + 1) % every == 0:
            loss += 10 * every * tf.reduce_mean((norm - 1) ** 2)
    return for_generator, tape.gradient(loss, critic.trainable_variables)


def assert_close(found, expected, tolerance):
    assert relative_error(found, expected) <= tolerance


def relative_error(found, expected):
    """Of gradients, in parts of their common norm."""
    flat = [np.concatenate([np.ravel(g) for g in side]) for side in (found, expected)]
    return np.linalg.norm(flat[0] - flat[1]) / np.linalg.norm(flat[1])


AUGMENTATION = DiffAugment(("color", "translation", "cutout"))
NOW_AND_THEN = losses.WASSERSTEIN.penalised(weight=0, every=5)


CHANGES = {
    "wasserstein": {},
    "augmentation": {"augmentation": AUGMENTATION},
    "mode seeking": {"mode_seeking": 3.0},
    "logistic": {"loss": losses.LOGISTIC},
    "others' masks": {
        "loss": losses.LOGISTIC,
        "other_masks": 2.0,
        "augmentation": DiffAugment(("translation",)),
    },
    "penalty now and then": {"loss": NOW_AND_THEN},
    "XLA": {"xla": True},
    "logistic, XLA": {"loss": losses.LOGISTIC, "xla": True},
}


@pytest.mark.parametrize("step", [0, 9])
@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_shared_forward_pass_gives_the_gradients_of_two_separate_losses(changes, step):
    trainer, batch = make_trainer(**changes), make_batch()
    trainer.step.assign(step)
    for_generator, for_critic = plain_gradients(trainer, batch)
    seen = record_gradients(trainer)
    trainer.strategy.run(trainer._replica_step, [batch])
    assert [model for model, _ in seen] == [trainer.critic, trainer.generator]
    assert_close(seen[0][1], for_critic, 1e-5)
    assert_close(seen[1][1], for_generator, 1e-5)


def test_a_layer_that_nothing_reads_stays_as_it_is(uncompiled):
    """At 8 pixels, without embedding, the mask encoder; replicas and loss scaling count with it."""
    trainer = make_trainer(["/CPU:0", "/CPU:1"], use_embedding=False, loss_scaling=True)
    unread, read = trainer.generator.encoder.variables, trainer.generator.first_dense.variables
    before = [values(weights) for weights in (unread, read)]
    trainer.train_step(halves(trainer.strategy, make_batch()))
    for weight, old in zip(unread, before[0]):
        np.testing.assert_array_equal(weight, old)
    assert not np.array_equal(read[0], before[1][0])


@pytest.mark.parametrize("name", ["wasserstein", "logistic", "others' masks"])
def test_two_replicas_together_have_the_gradient_of_one(name):
    batch = make_batch()
    whole = make_trainer(**CHANGES[name])
    whole.step.assign(9)  # the tenth step has every penalty
    seen = record_gradients(whole)
    whole.strategy.run(whole._replica_step, [batch])

    halved = make_trainer(["/CPU:0", "/CPU:1"], **CHANGES[name])
    halved.step.assign(9)
    parts = {}

    def record(name, gradients):
        replica = int(tf.distribute.get_replica_context().replica_id_in_sync_group)
        parts[replica, name] = gradients
        return {}

    halved._update = record
    halved.strategy.run(halved._replica_step, [halves(halved.strategy, batch)])
    for model, expected in seen:
        pairs = zip(parts[0, model.name], parts[1, model.name])
        assert_close([a + b for a, b in pairs], expected, 1e-5)


def differences(one, other):
    """The largest of each kind of weight."""
    pairs = [
        (a, b)
        for name in ("generator", "critic", "averaged")
        for a, b in zip(
            getattr(one, name).trainable_variables, getattr(other, name).trainable_variables
        )
    ]
    return max(np.abs(a.numpy() - b.numpy()).max() for a, b in pairs)


def everything(trainer):
    """Every variable that a checkpoint holds."""
    models = (trainer.generator, trainer.critic, trainer.averaged)
    optimizers = (trainer.generator_optimizer, trainer.critic_optimizer)
    variables = [v for part in models for v in part.variables]
    return [trainer.step, *variables, *(v for part in optimizers for v in part.variables())]


@pytest.mark.parametrize("devices", [["/CPU:0"], ["/CPU:0", "/CPU:1"]])
def test_the_compiled_step_reads_each_weight_before_it_is_updated(devices):
    """The eager step can't do otherwise; a race would show in some of many tries."""
    options = {"dtype": "float64", "n_critic": 2}
    batch, trainer, eager = make_batch(2 * BATCH), make_trainer(devices, **options), None
    start = values(everything(trainer))
    for _ in range(12):
        for variable, value in zip(everything(trainer), start):
            variable.assign(value)
        trainer.train_step(halves(trainer.strategy, batch) if len(devices) == 2 else batch)
        if eager is None:
            eager = make_trainer(**options)
            eager.strategy.run(eager._replica_step, [batch])
            for average, weight in eager.average.pairs():
                average.assign_sub(float(np.float32(0.9)) * (average - weight))
        assert differences(trainer, eager) < 1e-12


def test_first_update_is_adams_by_hand_and_the_average_follows():
    """beta1 0, one step: m = g, v = 0.01·g², bias-corrected: lr·g / (|g| + 1e-8·…)."""
    trainer, batch = make_trainer(), make_batch()
    seen = record_gradients(trainer)
    trainer.strategy.run(trainer._replica_step, [batch])
    del trainer._update
    start = {id(m): values(m.trainable_variables) for m in (trainer.generator, trainer.critic)}
    trainer.train_step(batch)
    for model, gradients in seen:
        for w0, w1, g in zip(start[id(model)], model.trainable_variables, gradients):
            g = g.numpy().astype(np.float64)
            step = RATE * np.sqrt(0.01) * g / (np.sqrt(0.01 * g**2) + 1e-8)
            strong = np.abs(g) > 1e-4  # where rounding of the gradient cannot turn its sign
            np.testing.assert_allclose((w0 - w1.numpy())[strong], step[strong], rtol=0.02)
    for w0, w1, average in zip(
        start[id(trainer.generator)],
        trainer.generator.trainable_variables,
        trainer.averaged.trainable_variables,
    ):
        np.testing.assert_allclose(average, 0.1 * w0 + 0.9 * w1, atol=1e-6)  # no history yet
    assert trainer.step.numpy() == 1


def test_the_average_keeps_what_it_was_told_to_once_there_is_something_to_keep(uncompiled):
    trainer, batch = make_trainer(), make_batch()
    trainer.step.assign(1000)
    before = values(trainer.averaged.trainable_variables)
    trainer.train_step(batch)
    for old, (average, weight) in zip(before, trainer.average.pairs()):
        np.testing.assert_allclose(average, DECAY * old + (1 - DECAY) * weight, atol=1e-6)


def test_n_critic_updates_the_critic_more_often_than_the_generator(uncompiled):
    trainer = make_trainer(n_critic=3)
    trainer.train_step(make_batch(3 * BATCH))
    assert trainer.critic_optimizer.iterations.numpy() == 3
    assert trainer.generator_optimizer.iterations.numpy() == 1
    assert trainer.step.numpy() == 1


def test_draws_follow_from_seed_and_step_alone():
    trainer = make_trainer()
    draw = lambda: [x.numpy() for x in trainer.strategy.run(trainer._draws)]  # noqa: E731
    first, again = draw(), draw()
    trainer.step.assign(1)
    later = draw()
    trainer.step.assign(0)
    trainer.plan = dataclasses.replace(trainer.plan, seed=6)
    other = draw()
    for a, b, c, d in zip(first, again, later, other):
        np.testing.assert_array_equal(a, b)
        assert not np.any(a == c)
        assert not np.any(a == d)
    latents, mixes, _ = first
    assert latents.shape == (1, BATCH, 464)
    assert abs(latents.std() - 1) < 0.05
    assert abs(latents.mean()) < 0.05
    assert mixes.min() >= 0
    assert mixes.max() < 1


def test_samples_come_from_the_average(uncompiled):
    trainer, batch = make_trainer(), make_batch()
    latent = tf.random.stateless_normal([BATCH, 464], [1, 1])
    trainer.train_step(batch)
    drawn = trainer.sample(batch["mask"], latent)
    np.testing.assert_allclose(drawn, trainer.averaged(batch["mask"], latent), atol=1e-5)
    assert np.abs(drawn - trainer.generator(batch["mask"], latent)).max() > 1e-5


def applied(trainer, batch):
    """The gradients that reach the optimisers in one step: {network: list}."""
    found = {}
    for name in ("critic", "generator"):

        def keep(pairs, name=name, **_):
            found[name] = [gradient.numpy() for gradient, _ in pairs]

        getattr(trainer, f"{name}_optimizer").apply_gradients = keep
    scalars = trainer.strategy.run(trainer._replica_step, [batch])
    return found, scalars


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_short_floats_give_nearly_the_gradients_of_float32(dtype):
    """Most of the error is of activations near zero that change sign, not of rounding.

    So it is a batch's and a processor's luck, 0.01 to 0.27: the middle one of three batches tells.
    """
    errors = collections.defaultdict(list)
    for seed in range(3):
        batch = make_batch(seed=seed)
        expected, _ = applied(make_trainer(), batch)
        trainer = make_trainer(dtype=dtype, loss_scaling=dtype == "mixed_float16")
        trainer.loss_scale.level.assign(-5)  # where a few steps would take it
        found, scalars = applied(trainer, batch)
        for name in expected:
            errors[name].append(relative_error(found[name], expected[name]))
        assert all(np.isfinite(float(value)) for value in scalars.values())
    assert max(np.median(each) for each in errors.values()) <= 0.2


def test_infinite_gradients_leave_the_weights_alone_and_halve_the_loss_scale(uncompiled):
    trainer, batch = make_trainer(dtype="mixed_float16", loss_scaling=True), make_batch()
    trainer.loss_scale.level.assign(60)  # no float16 is large enough
    before = values(trainer.generator.trainable_variables + trainer.critic.trainable_variables)
    scalars = trainer.train_step(batch)
    after = trainer.generator.trainable_variables + trainer.critic.trainable_variables
    for old, new in zip(before, after):
        np.testing.assert_array_equal(old, new)
    assert float(scalars["skipped"]) == 2  # both networks
    assert float(scalars["loss_scale"]) == 2.0**75
    assert trainer.loss_scale.level.numpy() == 59
    assert np.isfinite(float(scalars["critic_loss"]))
    trainer.loss_scale.level.assign(-5)
    assert float(trainer.train_step(batch)["skipped"]) == 0
    assert any(np.any(o != n.numpy()) for o, n in zip(before, after))


def test_the_learning_rate_follows_its_schedule_and_the_rollbacks(uncompiled):
    trainer = make_trainer(learning_rate=lambda step: tf.cast(step + 1, tf.float32) * 1e-3)
    trainer.step.assign(2)
    trainer.rate_scale.assign(0.5)
    before = values(trainer.critic.trainable_variables)
    scalars = trainer.train_step(make_batch())
    assert float(scalars["learning_rate"]) == pytest.approx(1.5e-3)
    moved = [
        np.abs(a - b.numpy()).max() for a, b in zip(before, trainer.critic.trainable_variables)
    ]
    assert np.median(moved) == pytest.approx(1.5e-3, rel=1e-3)  # Adam's first step is the rate
