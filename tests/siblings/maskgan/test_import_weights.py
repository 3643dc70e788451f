"""Recordings of the release's networks, as files that PyTorch would have written."""

import json

import numpy as np
import pytest
import tensorflow as tf

from input_pipeline.label_maps.known_sets import CELEBAMASK
from interface.command_line import UserError
from siblings.maskgan import (
    config,
    export,
    import_weights,
    recognising,
    released,
    restoring,
    starts,
    train,
)
from siblings.maskgan.networks import blended
from tests.networks.image_to_image import release
from tests.siblings.maskgan import recordings
from tests.siblings.maskgan.test_recognising import weights
from tests.training.torch_files import torch_file

NAMES = {"G": "dense_mapping_network", "blender": "alpha_blender", "VAE": "mask_vae"}


def net(folder, name, **changes):
    arrays = {**weights(NAMES[name]), **{k.replace("__", "."): a for k, a in changes.items()}}
    return torch_file(
        folder / f"{name}.pth", {key: each for key, each in arrays.items() if each is not None}
    )


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """A run of all three, and the files it came of."""
    folder = tmp_path_factory.mktemp("imported")
    paths = [net(folder, name) for name in ("blender", "VAE", "G")]
    import_weights.main([*paths, f"--out={folder / 'run'}"])
    return folder / "run"


def test_an_imported_painter_paints_what_was_recorded(imported):
    recording = recordings.read("dense_mapping_network")
    restored = restoring.restore(str(imported))
    label, own = (recordings.one_hot(recording[f"in/{n}"]) for n in ("label", "label_ref"))
    photo = release.channels_last(recording["in/image_ref"])
    wanted = release.channels_last(recording["out/image"])
    np.testing.assert_allclose(restored.painter(label, photo, own), wanted, atol=1e-4)
    assert (restored.stage.name, restored.classes) == ("phase_3", CELEBAMASK)


def test_so_do_the_blender_and_mask_vae(imported):
    editing = restoring.restore(str(imported)).editing
    recording = recordings.read("alpha_blender")
    first, second = (release.channels_last(recording[f"in/image{n}"]) for n in (1, 2))
    blend = blended(first, second, editing.blender(first, second))
    np.testing.assert_allclose(blend, release.channels_last(recording["out/image"]), atol=1e-4)
    recording = recordings.read("mask_vae")
    mean, _ = editing.vae.encode(recordings.one_hot(recording["in/label"]))
    np.testing.assert_allclose(mean, recording["out/mu"], atol=1e-5)
    logits = editing.vae.decode(recording["in/z"])[:, ::16, ::16]
    wanted = release.channels_last(recording["out/decoded_of_z_every_16th_pixel"])
    np.testing.assert_allclose(logits, wanted, atol=1e-5)


def test_phase_3_starts_from_an_imported_painter_and_mask_vae(tmp_path, capsys):
    """Without a blender, whose training begins then."""
    import_weights.main([net(tmp_path, "G"), net(tmp_path, "VAE"), f"--out={tmp_path / 'run'}"])
    assert {path.name for path in (tmp_path / "run").iterdir()} == {"phase_1", "phase_2"}
    shapes = recognising.of_painter(weights(NAMES["G"])) | recognising.of_mask_vae(
        weights(NAMES["VAE"])
    )
    settings = config.Config(phase=3, run_dir=str(tmp_path / "run"), **shapes).settled(5)
    begun = starts.start(settings, CELEBAMASK, 512)
    assert [source.stage.name for source in begun.sources] == ["phase_1", "phase_2"]
    alone = tf.distribute.get_strategy()
    trainer = train.build_trainer(settings, CELEBAMASK.count, (512, 512), alone)
    begun.apply(trainer)
    for network, slots, name in (
        (trainer.painter, released.of_painter, "G"),
        (trainer.editing.vae, released.of_mask_vae, "VAE"),
    ):
        arrays = weights(NAMES[name])
        for key, slot in slots(network).items():
            array = arrays[key] if slot.axes is None else arrays[key].transpose(slot.axes)
            np.testing.assert_array_equal(slot.variable, array)


def test_phases_are_there_as_far_as_their_networks_are(tmp_path, capsys):
    for names, there in ((["VAE"], {"phase_1"}), (["G"], {"phase_2"})):
        out = tmp_path / names[0]
        import_weights.main([*(net(tmp_path, name) for name in names), f"--out={out}"])
        assert {path.name for path in out.iterdir()} == there
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith(f"{tmp_path}/VAE/phase_1: train on with --phase 1")
    assert "phase_2: export it, or train on with --phase 2" in told[1]
    assert told[1].endswith("beginning with random discriminators")


def test_all_phases_are_there_and_can_be_exported(imported, tmp_path):
    assert {path.name for path in imported.iterdir()} == {"phase_1", "phase_2", "phase_3"}
    export.main([f"--run_dir={imported}", f"--out={tmp_path / '1'}"])
    assert (tmp_path / "1" / "saved_model.pb").is_file()


def test_training_goes_on_with_the_flags_that_it_says(tmp_path, capsys):
    import_weights.main([net(tmp_path, "G"), f"--out={tmp_path / 'run'}"])
    told = capsys.readouterr().out.split("train on with ")[1].split(", beginning")[0].split()
    settings = config.from_flags([*told, f"--run_dir={tmp_path / 'run'}"]).settled(5)
    begun = starts.start(settings, CELEBAMASK, 512)
    assert (begun.step, begun.story) == (0, "goes on from step 0")
    written = json.loads((tmp_path / "run" / "phase_2" / "config.json").read_text())
    assert (written["trained_size"], written["vgg"]) == ([512, 512], "imagenet")


def test_statistics_that_adain_kept_are_left_aside(tmp_path):
    stale = {"model__8__conv_block__0__norm__running_mean": np.zeros(8, np.float32)}
    import_weights.main([net(tmp_path, "G", **stale), f"--out={tmp_path / 'run'}"])
    assert (tmp_path / "run" / "phase_2").is_dir()


@pytest.mark.parametrize(
    "names, words, told",
    [
        (
            ["blender"],
            [],
            "blender, which phase 3 has beside the painter and MaskVAE; wanted",
        ),
        (["G"], ["--classes=helen"], "G.pth: sees 19 classes; --classes helen has 11"),
        (["VAE"], ["--size=64"], "--size 64: "),
        (["G"], ["--size=36"], "--size 36: wanted a multiple of 8 for this painter"),
        (["G"], ["--classes=helen", "--data_dir=x"], "--data_dir and --classes: wanted one"),
        (["G", "G"], [], "of the painter, as "),
    ],
)
def test_what_cannot_be_is_one_line_and_writes_nothing(tmp_path, names, words, told):
    paths = [net(tmp_path, name) for name in names]
    with pytest.raises(UserError) as caught:
        import_weights.main([*paths, f"--out={tmp_path / 'run'}", *words])
    assert told in str(caught.value) and "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_one_file_that_has_no_place_keeps_all_from_being_written(tmp_path):
    paths = [net(tmp_path, "VAE"), net(tmp_path, "G", model__1__bias=np.zeros(3))]
    with pytest.raises(UserError, match=r"G.pth: of another network: model.1.bias has shape"):
        import_weights.main([*paths, f"--out={tmp_path / 'run'}"])
    assert not (tmp_path / "run").exists()


def test_names_without_a_place_are_told(tmp_path):
    path = net(tmp_path, "VAE", more__weight=np.zeros(3, np.float32))
    with pytest.raises(UserError, match="of another network: it holds also more.weight"):
        import_weights.main([path, f"--out={tmp_path / 'run'}"])


def test_a_run_that_is_there_is_not_written_over(tmp_path):
    words = [net(tmp_path, "VAE"), f"--out={tmp_path / 'run'}"]
    import_weights.main(words)
    with pytest.raises(UserError, match="has a phase_1 already; give another"):
        import_weights.main(words)
