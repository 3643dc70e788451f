import tensorflow as tf

from networks import progressive


def test_the_networks_of_a_phase_fit_together():
    built = progressive.networks(8, False, max_features=4, dtype="float32", embedding_hidden=4)
    mask, latent = tf.zeros([2, 8, 8, 1]), tf.zeros([2, built.generator.latent_size])
    shapes = [w.shape for w in weights(built.generator, mask, latent)]
    assert shapes == [w.shape for w in weights(built.averaged, mask, latent)]
    assert built.critic(built.generator(mask, latent), mask).shape == [2, 1]


def weights(network, *inputs):
    network(*inputs)
    return network.trainable_variables


def test_only_wanted_changes_are_an_augmentation():
    assert progressive.augmentation(()) is None
    assert progressive.augmentation(("color",)).changes == ("color",)
