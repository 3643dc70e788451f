"""The release's recordings, written as PyTorch does, are imported and paint what was recorded."""

import json
import os
import pickle

import numpy as np
import pytest
import tensorflow as tf

from input_pipeline.label_maps.known_sets import CITYSCAPES
from interface.command_line import UserError
from networks.image_to_image.patch_critic import PatchCritics
from siblings.pix2pixhd import import_weights, phases, restoring, starts, train
from siblings.pix2pixhd.config import from_flags
from tests.networks.image_to_image import release
from tests.training.torch_files import torch_file
from training.run.stages import Stage

FILES = {
    "global_generator": "G",
    "local_enhancer": "G",
    "multiscale_discriminator": "D",
    "feature_encoder": "E",
}


def weights(name):
    recording = release.read(name)
    return {key[6:]: recording[key] for key in recording if key.startswith("param/")}


def net(folder, name, **changes):
    """A file as the release calls it; `changes` replace arrays, None removes one."""
    arrays = {**weights(name), **{key.replace("__", "."): a for key, a in changes.items()}}
    arrays = {key: array for key, array in arrays.items() if array is not None}
    return torch_file(folder / f"latest_net_{FILES[name]}.pth", arrays)


@pytest.fixture
def imported(tmp_path, capsys):
    """Import recordings; returns the run's folder and the line that was printed."""

    def run(*names, words=()):
        out = tmp_path / "run"
        import_weights.main([*(net(tmp_path, name) for name in names), f"--out={out}", *words])
        return out, capsys.readouterr().out

    return run


def config(stage):
    return json.loads((stage / "config.json").read_text())


@pytest.mark.parametrize(
    "name, stage, size",
    [("global_generator", "phase_1", [512, 1024]), ("local_enhancer", "phase_2", [1024, 2048])],
)
def test_an_imported_generator_paints_what_was_recorded(imported, name, stage, size):
    out, said = imported(name, words=["--classes=cityscapes"])
    restored = restoring.restore(str(out))
    assert (restored.stage.folder, restored.step) == (out / stage, 0)
    assert (restored.settings["trained_size"], restored.classes) == (size, CITYSCAPES)
    recording = release.read(name)
    painted = restored.generator(release.label_and_edge(recording))
    wanted = release.channels_last(recording["out/image"])
    np.testing.assert_allclose(painted, wanted, atol=1e-4, rtol=0)
    assert said.startswith(f"{out / stage}: export it, or train on with --phase {stage[-1]} ")
    assert said.endswith("beginning with random discriminators\n")


def test_an_imported_encoder_encodes_as_was_recorded(imported):
    """The recorded generator's channels: 32 classes, an edge and 3 features."""
    out, _ = imported("feature_encoder", "global_generator")
    restored = restoring.restore(str(out))
    assert (restored.stage.name, restored.classes.count) == ("phase_3", 32)
    recording = release.read("feature_encoder")
    image = release.channels_last(recording["in/image"])
    features = restored.encoded(image, recording["in/instance"][:, 0])
    wanted = release.channels_last(recording["out/features"])
    np.testing.assert_allclose(features, wanted, atol=1e-5, rtol=0)


def test_imported_discriminators_judge_as_was_recorded(imported):
    out, said = imported("multiscale_discriminator", "global_generator")
    assert "random" not in said
    recording = release.read("multiscale_discriminator")
    picture = release.channels_last(recording["in/image"])
    given = np.concatenate([release.label_and_edge(recording), picture], axis=-1)
    critics = PatchCritics(2, width=4)
    critics(given)
    saved = tf.train.Checkpoint(critics=critics)
    Stage(out / "phase_1").checkpoints().restore_matching(saved, 0)
    for scale, maps in enumerate(critics(given)):
        for layer, found in enumerate(maps):
            wanted = release.channels_last(recording[f"out/scale{scale}_layer{layer}"])
            np.testing.assert_allclose(found, wanted, atol=1e-4, rtol=0)


def trainer_of(words, classes=35):
    settings = from_flags([*words, "--steps=1"])
    part = phases.parts(settings)[-1]
    strategy = tf.distribute.get_strategy()
    return part, settings, train.build_trainer(settings, part, classes, (64, 128), strategy)


@pytest.mark.parametrize(
    "flags, story",
    [("--run_dir", "goes on from step 0"), ("--load_pretrain", "starts from step 0")],
)
def test_training_goes_on_from_it_with_the_flags_that_it_says(imported, tmp_path, flags, story):
    words = ["--classes=cityscapes", "--size=64,128"]
    out, said = imported("multiscale_discriminator", "local_enhancer", words=words)
    told = said.partition("train on with ")[2].split()
    assert told[:4] == ["--phase", "2", "--fix_global_epochs", "0"]
    run = f"{flags}={out}", *([f"--run_dir={tmp_path / 'new'}"] * (flags != "--run_dir"))
    part, settings, trainer = trainer_of([*told, *run])
    start = starts.start(settings, part, CITYSCAPES, 1, without=None)
    assert start.story.startswith(story)
    start.apply(trainer)
    recording = release.read("local_enhancer")
    scene = {"label": recording["in/label"], "instance": recording["in/instance"][:, 0]}
    wanted = release.channels_last(recording["out/image"])
    np.testing.assert_allclose(trainer.paint(scene), wanted, atol=1e-4, rtol=0)
    first = trainer.critics.critics[0].first.kernel
    recorded = weights("multiscale_discriminator")["scale1_layer0.0.weight"]
    np.testing.assert_array_equal(first, recorded.transpose(2, 3, 1, 0))


def test_styles_are_trained_on_with_the_flags_that_it_says(imported):
    out, said = imported("global_generator", "feature_encoder", words=["--features=label"])
    told = said.partition("train on with ")[2].partition(",")[0].split()
    part, settings, _ = trainer_of([*told, f"--run_dir={out}"], classes=32)
    classes = restoring.restore(str(out)).classes
    assert settings.features == "label"
    assert starts.start(settings, part, classes, 1, without=None).step == 0


def test_the_records_may_say_the_classes(tmp_path, label_records_dir):
    kernel = weights("global_generator")["model.1.weight"][:, :3]  # of two classes and an edge
    generator = net(tmp_path, "global_generator", model__1__weight=kernel)
    words = [f"--out={tmp_path / 'run'}", f"--data_dir={label_records_dir}", "--size=32,32"]
    import_weights.main([generator, *words])
    assert restoring.restore(str(tmp_path / "run")).classes.names == ("0", "1")
    said = config(tmp_path / "run" / "phase_1")
    assert (said["data_dir"], said["trained_size"]) == (str(label_records_dir), [32, 32])


def test_a_generator_of_pictures_has_no_classes(tmp_path):
    """The release's label_nc of 0: red, green, blue and an edge."""
    kernel = weights("global_generator")["model.1.weight"][:, :4]
    generator = net(tmp_path, "global_generator", model__1__weight=kernel)
    words = [generator, "--classes=pictures", f"--out={tmp_path / 'run'}", "--size=64,128"]
    import_weights.main(words)
    restored = restoring.restore(str(tmp_path / "run"))
    assert (restored.classes.count, restored.instances) == (0, True)
    ours = restored.generator.whole.first.conv.kernel
    np.testing.assert_array_equal(ours, kernel.transpose(2, 3, 1, 0))
    with pytest.raises(UserError, match="4 of them classes.*--classes pictures has 0 classes"):
        import_weights.main([*words, f"--out={tmp_path / 'other'}", "--noinstances"])


def test_records_of_other_classes_are_refused(imported, label_records_dir):
    with pytest.raises(UserError, match=r"35 of them classes, .*label_records\w* has 2 classes"):
        imported("global_generator", words=[f"--data_dir={label_records_dir}"])


def test_without_edges_a_channel_more_is_a_class(imported):
    out, _ = imported("global_generator", words=["--noinstances"])
    assert restoring.restore(str(out)).classes.count == 36
    assert config(out / "phase_1")["instances"] is False


def test_statistics_that_instance_norms_once_kept_are_left_aside(tmp_path):
    old = {"model.2.running_mean": np.ones(4), "model.2.running_var": np.ones(4)}
    arrays = {**weights("global_generator"), **old}
    generator = torch_file(tmp_path / "latest_net_G.pth", arrays)
    import_weights.main([generator, f"--out={tmp_path / 'run'}"])
    assert config(tmp_path / "run" / "phase_1")["norm"] == "instance"


def normalised(arrays):
    """With a batch norm's arrays behind each convolution that has one, from 1 on."""
    made = dict(arrays)
    for name, array in arrays.items():
        before, _, number = name.rpartition(".weight")[0].rpartition(".")
        if array.ndim == 4 and array.shape[2] == 3 or name == "model.1.weight":
            width = len(arrays[f"{before}.{number}.bias"])
            for part in ("weight", "bias", "running_mean", "running_var"):
                made[f"{before}.{int(number) + 1}.{part}"] = np.arange(1, width + 1) / len(part)
    return made


def test_batch_norms_are_imported_too(tmp_path):
    arrays = normalised(weights("global_generator"))
    generator = torch_file(tmp_path / "latest_net_G.pth", arrays)
    import_weights.main([generator, f"--out={tmp_path / 'run'}"])
    restored = restoring.restore(str(tmp_path / "run"))
    assert restored.settings["norm"] == "batch"
    norm = restored.generator.whole.blocks[1].second.norm
    names = {"weight": norm.scale, "bias": norm.offset}
    names |= {"running_mean": norm.mean, "running_var": norm.variance}
    for part, variable in names.items():
        wanted = arrays[f"model.14.conv_block.6.{part}"]
        np.testing.assert_allclose(variable, wanted, rtol=1e-6)


def refusal(paths, out, *words):
    with pytest.raises(UserError) as caught:
        import_weights.main([*paths, f"--out={out}", *words])
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_files_that_are_no_set_of_networks_are_refused(tmp_path):
    generator, encoder = net(tmp_path, "global_generator"), net(tmp_path, "feature_encoder")
    other = torch_file(tmp_path / "vgg.pth", {"features.0.weight": np.zeros([4, 3, 3, 3])})
    out = tmp_path / "run"
    assert refusal([generator, generator], out).endswith(f"as {generator}; wanted one of each")
    assert refusal([encoder], out).startswith(f"{encoder} of the encoder; wanted the generator's")
    assert refusal([generator, other], out).startswith(f"{other}: of another network: it has no")
    assert not out.exists()


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"model__4__bias": None}, "it lacks model.4.bias"),
        ({"model__99__weight": np.zeros(3)}, "it holds also model.99.weight"),
        ({"model__4__bias": np.zeros(3)}, "model.4.bias has shape (3,), wanted (8,)"),
        ({"model__25__weight": None}, "it lacks model.25.weight"),
        ({"model__14__conv_block__5__weight": None}, "it lacks model.14.conv_block.5.weight"),
    ],
)
def test_names_that_have_no_place_and_places_without_a_name_are_told(tmp_path, changes, told):
    said = refusal([net(tmp_path, "global_generator", **changes)], tmp_path / "run")
    assert "latest_net_G.pth: of another network: " in said and told in said
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    "words, told",
    [
        (["--classes=ade20k"], "36 channels, 35 of them classes, if the rest are an edge"),
        (["--classes=ade20k"], "--classes ade20k has 151 classes"),
        (["--classes=nowhere.json"], "--classes nowhere.json: no such file, nor one of the words"),
        (["--size=512"], "--size 512: wanted height,width, multiples of 8"),
        (["--size=512,1020"], "--size 512,1020: wanted height,width, multiples of 8"),
        (["--classes=helen", "--data_dir=x"], "--data_dir and --classes: wanted one of them"),
    ],
)
def test_flags_that_do_not_fit_it_are_refused(tmp_path, words, told):
    generator = net(tmp_path, "global_generator")
    assert told in refusal([generator], tmp_path / "run", *words)
    assert not (tmp_path / "run").exists()


def test_a_run_that_is_there_is_not_written_over(imported, tmp_path):
    out, _ = imported("global_generator")
    before = config(out / "phase_1")
    generator = net(tmp_path, "global_generator")
    assert refusal([generator], out, "--noinstances").endswith(
        "has a phase_1 already; give another"
    )
    assert config(out / "phase_1") == before


class Evil:
    def __reduce__(self):
        return os.mkdir, ("ran",)


def test_a_pickle_that_would_run_something_does_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    evil = tmp_path / "latest_net_G.pth"
    evil.write_bytes(pickle.dumps({"model.1.weight": Evil()}))
    assert "mkdir, not weights alone" in refusal([str(evil)], tmp_path / "run")
    assert [*tmp_path.iterdir()] == [evil]
