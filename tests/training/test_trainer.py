"""The step against plain two-tape training, and against Adam worked out by hand."""

import numpy as np
import pytest
import tensorflow as tf

from networks.critic import Critic
from networks.generator import Generator
from training import losses
from training.trainer import WassersteinTrainer

SIDE, BATCH, RATE, DECAY = 8, 8, 1e-3, 0.9


def make_trainer(devices=("/CPU:0",), fading=False, **changes):
    tf.keras.utils.set_random_seed(1)
    strategy = tf.distribute.MirroredStrategy(list(devices))
    side = 2 * SIDE if fading else SIDE
    with strategy.scope():
        generator, averaged = (
            Generator(side, fading=fading, max_features=8, embedding_hidden=8) for _ in range(2)
        )
        critic = Critic(side, fading=fading, max_features=8)
    arguments = {"n_critic": 1, "fade_steps": 4, "average_decay": DECAY, "seed": 5, **changes}
    return WassersteinTrainer(
        strategy, generator, critic, averaged, batch_size=BATCH, learning_rate=RATE, **arguments
    )


def make_batch(count=BATCH, side=SIDE):
    rng = np.random.default_rng(0)
    image = rng.uniform(-1, 1, size=[count, side, side, 3]).astype(np.float32)
    mask = (rng.uniform(size=[count, side, side, 1]) < 0.3).astype(np.float32)
    return {"image": tf.constant(image), "mask": tf.constant(mask)}


def halves(strategy, batch):
    """The batch, divided between two replicas."""

    def part(context):
        start = context.replica_id_in_sync_group * BATCH // 2
        return {name: value[start : start + BATCH // 2] for name, value in batch.items()}

    return strategy.experimental_distribute_values_from_function(part)


def values(variables):
    return [v.numpy().copy() for v in variables]


def record_gradients(trainer):
    """Keep what the step hands to the optimisers; the weights stay as they are."""
    seen = []
    trainer._update = lambda optimizer, model, gradients: seen.append((model, gradients))
    return seen


def plain_gradients(trainer, batch):
    """Both losses, each with a tape of its own, no pass shared."""
    generator, critic = trainer.generator, trainer.critic
    latents, mixes = trainer.strategy.run(trainer._draws)
    with tf.GradientTape() as tape:
        fake = generator(batch["mask"], latents[-1])
        loss = losses.generator_loss(critic(fake, batch["mask"]))
    for_generator = tape.gradient(loss, generator.trainable_variables)
    with tf.GradientTape() as tape:
        fake = tf.stop_gradient(generator(batch["mask"], latents[-1]))
        real_score = critic(batch["image"], batch["mask"])
        loss = losses.critic_loss(real_score, critic(fake, batch["mask"]))
        loss += 1e-4 * tf.reduce_mean(real_score**2)
        points = batch["image"] + mixes[-1][:, None, None, None] * (fake - batch["image"])
        with tf.GradientTape() as inner:
            inner.watch(points)
            score = critic(points, batch["mask"])
        norm = tf.norm(tf.reshape(inner.gradient(score, points), [BATCH, -1]), axis=1)
        loss += 10 * tf.reduce_mean((norm - 1) ** 2)
    return for_generator, tape.gradient(loss, critic.trainable_variables)


def assert_close(found, expected, tolerance):
    """Within `tolerance` of the gradients' common norm."""
    flat = [np.concatenate([np.ravel(g) for g in side]) for side in (found, expected)]
    assert np.linalg.norm(flat[0] - flat[1]) <= tolerance * np.linalg.norm(flat[1])


def test_shared_forward_pass_gives_the_gradients_of_two_separate_losses():
    trainer, batch = make_trainer(), make_batch()
    for_generator, for_critic = plain_gradients(trainer, batch)
    seen = record_gradients(trainer)
    trainer.strategy.run(trainer._replica_step, [batch])
    assert [model for model, _ in seen] == [trainer.critic, trainer.generator]
    assert_close(seen[0][1], for_critic, 1e-5)
    assert_close(seen[1][1], for_generator, 1e-5)


def test_two_replicas_together_have_the_gradient_of_one():
    batch = make_batch()
    whole = make_trainer()
    seen = record_gradients(whole)
    whole.strategy.run(whole._replica_step, [batch])

    halved = make_trainer(["/CPU:0", "/CPU:1"])
    parts = {}

    def record(optimizer, model, gradients):
        replica = int(tf.distribute.get_replica_context().replica_id_in_sync_group)
        parts[replica, model.name] = gradients

    halved._update = record
    halved.strategy.run(halved._replica_step, [halves(halved.strategy, batch)])
    for model, expected in seen:
        pairs = zip(parts[0, model.name], parts[1, model.name])
        assert_close([a + b for a, b in pairs], expected, 1e-5)


def test_replicas_hold_equal_weights_after_steps():
    trainer = make_trainer(["/CPU:0", "/CPU:1"])
    batch = make_batch()
    before = values(trainer.generator.trainable_variables)
    for _ in range(2):
        trainer.train_step(halves(trainer.strategy, batch))
    for model in (trainer.generator, trainer.critic, trainer.averaged):
        for variable in model.trainable_variables:
            first, second = trainer.strategy.experimental_local_results(variable)
            np.testing.assert_array_equal(first, second)
    assert any(np.any(a != b) for a, b in zip(before, trainer.generator.trainable_variables))


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
        np.testing.assert_allclose(average, DECAY * w0 + (1 - DECAY) * w1, atol=1e-6)
    assert trainer.step.numpy() == 1


@pytest.mark.parametrize("fading", [False, True])
def test_one_step_changes_every_weight(fading):
    trainer = make_trainer(fading=fading)
    trainer.step.assign(2)  # alpha 0.5: both branches count
    models = (trainer.generator, trainer.critic, trainer.averaged)
    before = [values(model.trainable_variables) for model in models]
    scalars = trainer.train_step(make_batch(side=2 * SIDE if fading else SIDE))
    for model, old in zip(models, before):
        same = [v.name for v, o in zip(model.trainable_variables, old) if np.all(v.numpy() == o)]
        # The score's bias cancels in every loss but the drift, whose pull may round to nothing.
        assert [name for name in same if "bias" not in name] == []
    assert float(scalars["alpha"]) == (0.5 if fading else 1.0)
    assert all(np.isfinite(float(value)) for value in scalars.values())


def test_n_critic_updates_the_critic_more_often_than_the_generator():
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
    trainer.seed = 6
    other = draw()
    for a, b, c, d in zip(first, again, later, other):
        np.testing.assert_array_equal(a, b)
        assert not np.any(a == c)
        assert not np.any(a == d)
    latents, mixes = first
    assert latents.shape == (1, BATCH, 464)
    assert abs(latents.std() - 1) < 0.05
    assert abs(latents.mean()) < 0.05
    assert mixes.min() >= 0
    assert mixes.max() < 1


def test_samples_come_from_the_average():
    trainer, batch = make_trainer(), make_batch()
    latent = tf.random.stateless_normal([BATCH, 464], [1, 1])
    trainer.train_step(batch)
    drawn = trainer.sample(batch["mask"], latent)
    np.testing.assert_allclose(drawn, trainer.averaged(batch["mask"], latent), atol=1e-5)
    assert np.abs(drawn - trainer.generator(batch["mask"], latent)).max() > 1e-5
