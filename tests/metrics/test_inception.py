import pathlib
import socket
import urllib.request

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from interface import downloads
from interface.command_line import UserError
from metrics import inception

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def network():
    """A small one in Inception's place: as many features, means over pixels."""
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Conv2D(2048, 9, 40), keras.layers.GlobalAveragePooling2D()]
    return keras.Sequential([keras.Input([299, 299, 3]), *layers])


@pytest.fixture
def proxy(monkeypatch, tmp_path):
    """A socket bound to a local port, the only way out; ~/.keras is empty."""
    (tmp_path / ".keras").mkdir()
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setattr(urllib.request, "_opener", None)  # remembers proxies
        yield server


def test_features_are_those_of_the_network_on_images_from_minus_1_to_1(network):
    images = RNG.integers(0, 256, [2, 299, 299, 3], dtype=np.uint8)
    features = inception.features(images, network)
    assert (features.dtype, features.shape) == (np.float32, (2, 2048))
    wanted = network(tf.constant(images / 127.5 - 1, tf.float32)).numpy()
    np.testing.assert_allclose(features, wanted, rtol=1e-4, atol=1e-4 * wanted.std())


@pytest.mark.slow  # builds the network
def test_the_weights_are_those_of_the_file(tmp_path):
    keras.utils.set_random_seed(0)
    plain = keras.applications.InceptionV3(include_top=False, weights=None, pooling="avg")
    plain.save_weights(tmp_path / "inception.h5")
    loaded = inception.load(str(tmp_path / "inception.h5"))
    image = RNG.integers(0, 256, [1, 299, 299, 3], dtype=np.uint8)
    wanted = plain(tf.constant(image / 127.5 - 1, tf.float32)).numpy()
    assert wanted.std() > 0
    features = inception.features(image, loaded)
    np.testing.assert_allclose(features, wanted, rtol=1e-4, atol=1e-4 * wanted.std())
    assert inception.fingerprint(loaded) == inception.fingerprint(plain)


def test_features_do_not_depend_on_the_batches(network, monkeypatch):
    images = RNG.integers(0, 256, [3, 32, 32, 3], dtype=np.uint8)
    at_once = inception.features(images, network)
    monkeypatch.setattr(inception, "BATCH", 2)
    in_parts = inception.features(images, network)
    np.testing.assert_allclose(in_parts, at_once, rtol=1e-4, atol=1e-4 * at_once.std())
    assert not np.allclose(at_once[0], at_once[1], rtol=1e-3)


def test_a_fine_checkerboard_shrinks_to_grey():
    """Without a filter, every pixel would be black or white or a beat between the two."""
    side = 2 * inception.SIDE
    white = np.indices([side, side]).sum(axis=0) % 2 == 0
    grey = inception.resized(np.repeat(np.where(white, 255, 0).astype(np.uint8)[..., None], 3, 2))
    np.testing.assert_allclose(grey[4:-4, 4:-4], 127.5, atol=1)


@pytest.mark.parametrize("side", [16, 64, 299, 500])
def test_resizing_is_that_of_tensorflow(side):
    image = RNG.integers(0, 256, [side, side, 3], dtype=np.uint8)
    wanted = tf.image.resize(image, [299, 299], method="bicubic", antialias=True)
    resized = inception.resized(image)
    assert resized.dtype == np.float32
    np.testing.assert_allclose(resized, np.clip(wanted, 0, 255), atol=0.05)


def test_images_of_the_networks_size_are_left_alone():
    image = RNG.integers(0, 256, [299, 299, 3], dtype=np.uint8)
    np.testing.assert_array_equal(inception.resized(image), image)


def refusal(weights):
    with pytest.raises(UserError) as caught:
        inception.load(weights)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"--inception_weights {weights}: ")
    assert message.endswith("--inception_weights PATH")
    return message


def test_a_missing_file_or_a_folder_is_refused(tmp_path):
    assert "no such file" in refusal(str(tmp_path / "missing.h5"))
    assert "no such file" in refusal(str(tmp_path))


@pytest.mark.slow  # builds the network, as the next two do
def test_a_file_of_no_such_weights_is_refused(tmp_path):
    path = tmp_path / "photo.h5"
    path.write_bytes(b"not HDF5" * 100)
    assert "not such weights" in refusal(str(path))
    keras.Sequential([keras.layers.Dense(3, input_shape=[2])]).save_weights(path)
    assert "188 layers, found 1" in refusal(str(path))


@pytest.mark.slow
def test_without_a_network_there_is_no_download_and_no_half_file(proxy, tmp_path, capfd):
    assert "could not be downloaded" in refusal("imagenet")  # nobody listens
    assert not [path for path in pathlib.Path(tmp_path).rglob("*") if path.is_file()]
    assert capfd.readouterr().out == ""


@pytest.mark.slow
def test_a_server_that_stays_silent_is_given_up(proxy, tmp_path, monkeypatch):
    before = socket.getdefaulttimeout()
    monkeypatch.setattr(downloads, "SILENCE", 0.2)
    proxy.listen()
    assert "timed out" in refusal("imagenet")
    assert not [path for path in pathlib.Path(tmp_path).rglob("*") if path.is_file()]
    assert socket.getdefaulttimeout() == before
