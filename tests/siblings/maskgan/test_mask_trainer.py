import numpy as np
import pytest
import tensorflow as tf

from siblings.maskgan.mask_trainer import MaskTrainer, Plan, divergence
from siblings.maskgan.mask_vae import MaskVAE
from training import step

SIDE, CLASSES, BATCH, LATENT = 32, 3, 4, 5
ONE_HOT = np.eye(CLASSES, dtype=np.float32)
LABEL = np.random.default_rng(0).integers(0, 3, [BATCH, 8, 8]).repeat(4, 1).repeat(4, 2)
LABEL = LABEL.astype(np.uint8)


def make_trainer(devices=("/CPU:0",), rate=0.01, dtype=None, **changes):
    tf.keras.utils.set_random_seed(0)
    reduction = tf.distribute.ReductionToOneDevice()
    strategy = tf.distribute.MirroredStrategy(list(devices), reduction)
    with strategy.scope():
        vae = MaskVAE(CLASSES, SIDE, width=2, latent=LATENT, dtype=dtype)
        vae(tf.zeros([1, SIDE, SIDE, CLASSES]), tf.zeros([1, LATENT]))
    given = {"batch_size": BATCH, "learning_rate": lambda step: tf.constant(rate), "seed": 5}
    return MaskTrainer(strategy, vae, Plan(**{**given, **changes}))


def noise_of(trainer):
    """That of the next step."""
    (seed,) = tf.unstack(step.seeds(trainer.plan.seed, trainer.step, 1))
    return tf.random.stateless_normal([BATCH, LATENT], seed)


def plain(trainer, kl_weight):
    """The loss and its gradients, from one-hot maps, as the paper has them."""
    noise = noise_of(trainer)
    with tf.GradientTape() as tape:
        logits, mean, log_variance = trainer.vae(ONE_HOT[LABEL], noise, training=True)
        told = tf.reduce_sum(ONE_HOT[LABEL] * tf.nn.log_softmax(logits), axis=3)
        apart = 0.5 * tf.reduce_sum(mean**2 + tf.exp(log_variance) - log_variance - 1, axis=1)
        loss = -tf.reduce_mean(told) + kl_weight * tf.reduce_mean(apart)
    right = np.mean(np.argmax(logits, axis=3) == LABEL)
    return loss, right, tape.gradient(loss, trainer.vae.trainable_variables)


def recorded(trainer, batch):
    """Scalars and gradients of a step that changes nothing."""
    seen = []

    def record(gradients):
        seen.append(gradients)
        return {}

    record.weights = trainer.updates["vae"].weights
    trainer.updates = {"vae": record}
    return trainer.strategy.run(trainer._replica_step, [batch]), seen[0]


def test_the_loss_is_cross_entropy_and_divergence():
    trainer = make_trainer(kl_weight=0.1)
    loss, right, gradients = plain(make_trainer(), 0.1)
    scalars, ours = recorded(trainer, {"label": tf.constant(LABEL)})
    np.testing.assert_allclose(scalars["loss"], loss, rtol=1e-5)
    assert float(scalars["accuracy"]) == pytest.approx(right)
    assert len(ours) == len(gradients) == len(trainer.vae.trainable_variables)
    for our, their in zip(ours, gradients):
        np.testing.assert_allclose(our, their, atol=1e-5 * max(1, np.abs(their).max()))


def test_pixels_of_no_class_count_for_nothing():
    """In NumPy, from the network's logits."""
    trainer, label = make_trainer(), LABEL.copy()
    label[0, :20], label[2] = 255, 255
    given = np.concatenate([ONE_HOT, np.zeros([253, CLASSES], np.float32)])[label]
    logits = make_trainer().vae(given, noise_of(trainer), training=True)[0].numpy()
    shares = np.exp(logits) / np.exp(logits).sum(axis=3, keepdims=True)
    told = np.take_along_axis(shares, LABEL[..., None], axis=3)[..., 0]
    scalars, gradients = recorded(trainer, {"label": tf.constant(label)})
    assert float(scalars["cross_entropy"]) == pytest.approx(-np.log(told[label < 3]).mean())
    right = logits.argmax(axis=3) == label
    assert float(scalars["accuracy"]) == pytest.approx(right[label < 3].mean())
    assert all(np.isfinite(each).all() for each in gradients)
    scalars, _ = recorded(make_trainer(), {"label": tf.fill([BATCH, SIDE, SIDE], 255)})
    assert (float(scalars["cross_entropy"]), float(scalars["accuracy"])) == (0, 0)


@pytest.mark.slow
def test_xla_takes_the_same_step():
    plainly, compiled = (make_trainer(xla=xla) for xla in (False, True))
    wanted, scalars = (
        each.train_step({"label": tf.constant(LABEL)}) for each in (plainly, compiled)
    )
    for name in wanted:
        np.testing.assert_allclose(scalars[name], wanted[name], rtol=1e-4)
    norms = [[each.norm.mean for each in t.vae.downs] for t in (plainly, compiled)]
    for ours, theirs in zip(*norms):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_divergence_is_a_closed_form():
    """Of N(1, e) it is (1 + e - 1 - 1) / 2 for each number; of N(0, 1) nothing."""
    mean, log_variance = tf.constant([[1.0, 1], [0, 0]]), tf.constant([[1.0, 1], [0, 0]])
    np.testing.assert_allclose(divergence(mean, log_variance), [np.e - 1, 0], atol=1e-6)


@pytest.mark.slow
def test_two_replicas_together_are_one():
    """Batch norms and noise are those of all samples; compiled, as training is."""
    halves = [{"label": tf.constant(part)} for part in (LABEL[:2], LABEL[2:])]
    two = make_trainer(["/CPU:0", "/CPU:1"])
    each = two.strategy.experimental_distribute_values_from_function(
        lambda context: halves[context.replica_id_in_sync_group]
    )
    scalars, one = two.train_step(each), make_trainer()
    alone = one.train_step({"label": tf.constant(LABEL)})
    for name in ("loss", "divergence", "accuracy", "vae_gradient_norm"):
        np.testing.assert_allclose(scalars[name], alone[name], rtol=1e-4)
    for ours, theirs in zip(two.vae.variables, one.vae.variables):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=2e-3)


@pytest.mark.slow
def test_it_comes_to_give_label_maps_back():
    trainer = make_trainer(rate=0.003)
    before = np.mean(trainer.given_back(LABEL) == LABEL)
    for _ in range(150):
        trainer.train_step({"label": tf.constant(LABEL)})
    assert np.mean(trainer.given_back(LABEL) == LABEL) > max(0.8, before + 0.2)


def test_what_lies_between_begins_and_ends_at_what_is_given_back():
    trainer = make_trainer()
    back, other = trainer.given_back(LABEL), np.roll(LABEL, 1, axis=0)
    np.testing.assert_array_equal(trainer.between(LABEL, other, 0.0), back)
    np.testing.assert_array_equal(trainer.between(LABEL, other, 1.0), trainer.given_back(other))
    assert back.dtype == np.uint8


@pytest.mark.parametrize("dtype", ["mixed_bfloat16", "mixed_float16"])
def test_short_floats_stay_finite(dtype):
    trainer = make_trainer(dtype=dtype, loss_scaling=dtype == "mixed_float16")
    scalars = trainer.train_step({"label": tf.constant(LABEL)})
    assert np.isfinite(float(scalars["loss"]))
