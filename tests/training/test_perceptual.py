"""Files in both formats, made here, against Keras's own network with the same weights."""

import hashlib
import socket
import urllib.request

import h5py
import numpy as np
import pytest
from tensorflow import keras

from interface.command_line import UserError
from networks.image_to_image.vgg import Vgg19
from tests.training.torch_files import torch_file
from training import perceptual

# From the two networks' own listings: Keras's names, torchvision's numbers.
KERAS = {1: 2, 2: 2, 3: 4, 4: 4, 5: 4}  # convolutions of each block
NAMES = [f"block{block}_conv{i + 1}" for block, count in KERAS.items() for i in range(count)]
TORCH = dict(zip(NAMES, (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)))
X = np.random.default_rng(1).uniform(-1, 1, (1, 32, 48, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def plain():
    keras.utils.set_random_seed(0)
    network = keras.applications.VGG19(weights=None, include_top=False)
    rng = np.random.default_rng(0)
    for name in NAMES:
        kernel, bias = network.get_layer(name).get_weights()
        network.get_layer(name).set_weights([1.5 * kernel, rng.normal(0, 0.1, bias.shape)])
    return network


def features_of(plain, x):
    names = [f"block{block}_conv1" for block in range(1, 6)]
    return keras.Model(plain.input, [plain.get_layer(name).output for name in names])(x)


def assert_alike(features, wanted):
    assert len(features) == len(wanted) == 5
    for ours, theirs in zip(features, wanted):
        assert np.std(theirs) > 0
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4 * np.std(theirs))


def levels(x):
    return keras.applications.vgg19.preprocess_input((x + 1) * 127.5)


def keras_file(path, layers, inside="", called=("{}_W_1:0", "{}_b_1:0")):
    """As Keras 1 called weights, whose file of VGG19 is still the one that is downloaded."""
    with h5py.File(path, "w") as file:
        place = file.create_group(inside) if inside else file
        place.attrs["layer_names"] = [name.encode() for name in layers]
        for layer, values in layers.items():
            group = place.create_group(layer)
            names = [name.format(layer) for name, _ in zip(called, values)]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, value in zip(names, values):
                group[name] = value
    return str(path)


def layers_of(plain):
    return {layer.name: layer.get_weights() for layer in plain.layers if layer.get_weights()}


def torch_arrays(plain, numbers=TORCH):
    """torchvision's state dict: kernels [out, in, 3, 3], and a classifier behind them."""
    arrays = {"classifier.0.weight": np.zeros([4, 4]), "classifier.0.bias": np.zeros([4])}
    for name, number in numbers.items():
        kernel, bias = plain.get_layer(name).get_weights()
        arrays[f"features.{number}.weight"] = np.moveaxis(kernel, (3, 2), (0, 1))
        arrays[f"features.{number}.bias"] = bias
    return arrays


def test_none_is_no_network():
    assert perceptual.load("none", Vgg19) is None


def test_weights_that_keras_saved(plain, tmp_path):
    path = tmp_path / "vgg19.h5"
    plain.save_weights(path)
    assert_alike(perceptual.load(str(path), Vgg19)(X), features_of(plain, levels(X)))


def test_weights_as_keras_first_called_them_with_what_is_behind_them(plain, tmp_path):
    layers = {**layers_of(plain), "fc1": [np.zeros([4, 4]), np.zeros([4])], "block1_pool": []}
    path = keras_file(tmp_path / "old.h5", layers)
    assert_alike(perceptual.load(path, Vgg19)(X), features_of(plain, levels(X)))


def test_a_whole_model_whatever_its_file_is_called(plain, tmp_path):
    path = keras_file(tmp_path / "model", layers_of(plain), inside="model_weights")
    assert_alike(perceptual.load(path, Vgg19)(X), features_of(plain, levels(X)))


def test_weights_of_torchvision_take_pictures_as_they_are(plain, tmp_path):
    path = torch_file(tmp_path / "vgg19.pth", torch_arrays(plain))
    assert_alike(perceptual.load(path, Vgg19)(X), features_of(plain, X))


def test_they_may_end_at_the_last_layer_that_is_looked_at(plain, tmp_path):
    numbers = {name: number for name, number in TORCH.items() if number <= 28}
    path = torch_file(tmp_path / "vgg19.pth", torch_arrays(plain, numbers))
    assert_alike(perceptual.load(path, Vgg19)(X), features_of(plain, X))


def refusal(word):
    with pytest.raises(UserError) as caught:
        perceptual.load(word, Vgg19)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["vgg.h5", "vgg.pth", ""])
def test_a_missing_file_and_a_folder_are_named(tmp_path, name):
    path = tmp_path / name
    said = refusal(str(path))
    assert said.startswith(f"--vgg {path}: no such file; wanted imagenet, none, or the path of")


def test_damaged_files_are_told_in_a_line(tmp_path):
    text = tmp_path / "text.h5"
    text.write_bytes(b"not HDF5" * 100)
    assert f"{text}: can't be read as Keras's weights (" in refusal(str(text))
    cut = tmp_path / "cut.h5"
    keras_file(cut, {"block1_conv1": [np.zeros([3, 3, 3, 64]), np.zeros(64)]})
    cut.write_bytes(cut.read_bytes()[:-2000])
    assert f"{cut}: can't be read as Keras's weights (" in refusal(str(cut))
    cut = tmp_path / "cut.pth"
    torch_file(cut, {"features.0.weight": np.zeros([64, 3, 3, 3])})
    cut.write_bytes(cut.read_bytes()[:-2000])
    assert f"{cut}: can't be read as PyTorch's (" in refusal(str(cut))


def test_files_of_other_networks_are_told_in_a_line(plain, tmp_path):
    dense = keras_file(tmp_path / "dense.h5", {"dense": [np.zeros([2, 3]), np.zeros(3)]})
    told = f"{dense}: of another network: it holds also dense.bias, dense.weight; it lacks"
    assert refusal(dense).startswith(told)
    vgg16 = {name: number for name, number in TORCH.items() if not name.endswith("_conv4")}
    vgg16 = dict(zip(vgg16, (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)))
    other = torch_file(tmp_path / "vgg16.pth", torch_arrays(plain, vgg16))
    assert "it holds also features.17.bias, features.17.weight" in refusal(other)
    arrays = {**torch_arrays(plain), "features.0.weight": np.zeros([64, 1, 3, 3])}
    grey = torch_file(tmp_path / "grey.pth", arrays)
    told = "grey.pth: of another network: features.0.weight has shape (3, 3, 1, 64), wanted"
    assert told in refusal(grey)


def test_without_a_network_it_says_what_to_fetch_and_where_to_put_it(monkeypatch):
    def fail(*_, **__):
        raise Exception("URL fetch failure:\nName or service not known")

    monkeypatch.setattr(keras.utils, "get_file", fail)
    assert refusal("imagenet") == (
        "--vgg imagenet: could not be downloaded (URL fetch failure: Name or service not known); "
        "fetch https://storage.googleapis.com/tensorflow/keras-applications/vgg19/"
        "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5 where there is a network and put it at "
        "~/.keras/models/vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5, or name it with --vgg "
        "PATH, or do without: --vgg none"
    )


@pytest.fixture
def cached(monkeypatch, tmp_path, plain):
    """Weights in ~/.keras/models that are not those of ImageNet; nobody answers a download."""
    (tmp_path / ".keras" / "models").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(urllib.request, "_opener", None)  # remembers proxies
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.getsockname()[1]}")
        yield keras_file(tmp_path / ".keras" / "models" / perceptual.FILE, layers_of(plain))


def test_a_file_in_kerass_folder_is_taken_if_its_checksum_is_right(
    cached, plain, monkeypatch, capfd
):
    with open(cached, "rb") as file:
        monkeypatch.setattr(perceptual, "MD5", hashlib.md5(file.read()).hexdigest())
    assert_alike(perceptual.load("imagenet", Vgg19)(X), features_of(plain, levels(X)))
    assert capfd.readouterr().out == ""


def test_another_one_in_its_place_is_not_taken(cached, capfd):
    before = socket.getdefaulttimeout()
    assert refusal("imagenet").startswith("--vgg imagenet: could not be downloaded (URL fetch")
    assert (capfd.readouterr().out, socket.getdefaulttimeout()) == ("", before)
