"""What a stage takes over from the one before it."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

import config
import train
from interface import files
from interface.command_line import UserError
from training import growth, network_settings
from training.run import strategy
from training.run.stages import Stage

FLAGS = ["--use_embedding", "--max_features=8", "--embedding_hidden=8"]
FLAGS += ["--batch_size=4", "--steps=6"]


def make(phase, *words):
    settings = config.from_flags(["--phase", str(phase), *FLAGS, *words])
    trainer = train.build_trainer(settings, strategy.make_strategy(0))
    return settings, settings.networks(), trainer


def save(stage, settings, trainer, step):
    files.write_json(stage / "config.json", dataclasses.asdict(settings))
    Stage(stage).checkpoints().save(trainer.checkpoint, step)


def named_weights(trainer):
    """{path inside the checkpoint: value} of all networks."""
    networks = trainer.networks.items()
    return {path: w.numpy() for name, network in networks for path, w in walk(network, name)}


def walk(node, path):
    for name, child in node._trackable_children().items():
        if isinstance(child, tf.Variable):
            yield f"{path}/{name}", child
        elif name not in ("keras_api", "_metrics"):
            yield from walk(child, f"{path}/{name}")


def shaken(trainer):
    """Give every weight, moment and counter a value of its own, so that a mix-up shows."""
    rng = np.random.default_rng(0)
    for optimizer in (trainer.generator_optimizer, trainer.critic_optimizer):
        for variable in optimizer.variables():
            noise = rng.uniform(1, 9, size=variable.shape)
            variable.assign(tf.cast(noise, variable.dtype))
    for model in (trainer.generator, trainer.critic, trainer.averaged):
        for variable in model.trainable_variables:
            variable.assign(rng.normal(size=variable.shape).astype(np.float32))
    return trainer


@pytest.fixture
def phase_one(tmp_path):
    settings, networks, trainer = make(1)
    trainer = shaken(trainer)
    trainer.step.assign(6)
    save(tmp_path / "phase_1", settings, trainer, 6)
    return tmp_path, networks, named_weights(trainer)


def test_a_new_phase_carries_what_it_shares_and_starts_the_rest_anew(phase_one):
    run_dir, networks, old = phase_one
    settings, _, trainer = make(2, "--smooth")
    fresh = named_weights(trainer)
    start = growth.find_start(growth.stage_of(str(run_dir), 2, True), False, networks, 6)
    assert (start.step, source_of(start)) == (0, "phase_1")
    start.apply(trainer)
    found = named_weights(trainer)
    carried = {name for name in found if name in old and np.array_equal(found[name], old[name])}
    anew = {name for name in found if np.array_equal(found[name], fresh[name])}
    assert carried | anew == set(found)
    for name in anew - carried:  # only what works at the new resolution
        assert "r16" in name, name
    for name in ("generator/to_rgb/r8/kernel", "critic/from_rgb/r8/conv/kernel"):
        assert name in carried  # the old ends are the fade branch
    for network in ("generator", "averaged"):
        assert f"{network}/encoder/dense/embedding/kernel" in carried
        assert f"{network}/encoder/dense/r16_hidden/kernel" in anew - carried
        assert f"{network}/encoder/full/r16_first/kernel" in anew - carried
        assert f"{network}/blocks/r8/up/kernel" in carried
    assert "critic/blocks/r8/conv/kernel" in carried
    assert trainer.step.numpy() == 0
    assert trainer.generator_optimizer.iterations.numpy() == 0


def test_the_stable_stage_keeps_everything_but_the_fade_branch(tmp_path):
    settings, networks, fading = make(2, "--smooth")
    fading = shaken(fading)
    fading.step.assign(6)
    save(tmp_path / "phase_2_fade", settings, fading, 6)
    _, _, stable = make(2)
    start = growth.find_start(growth.stage_of(str(tmp_path), 2, False), False, networks, 12)
    start.apply(stable)
    old, found = named_weights(fading), named_weights(stable)
    gone = set(old) - set(found)
    assert set(found) < set(old)
    assert all("to_rgb/r8" in name or "from_rgb/r8" in name for name in gone)
    for name, value in found.items():
        np.testing.assert_array_equal(value, old[name], err_msg=name)
    assert stable.step.numpy() == start.step == 6
    for model, optimizer in (("generator", "generator_optimizer"), ("critic", "critic_optimizer")):
        before, after = getattr(fading, optimizer), getattr(stable, optimizer)
        assert before.iterations.numpy() == after.iterations.numpy()
        moments = {}
        for trainer, adam in ((fading, before), (stable, after)):
            for name, weight in walk(getattr(trainer, model), model):
                moments.setdefault(name, []).append(
                    [adam.get_slot(weight, slot).numpy() for slot in ("m", "v")]
                )
        pairs = [pair for pair in moments.values() if len(pair) == 2]
        assert len(pairs) == len(getattr(stable, model).trainable_variables)
        for old_pair, new_pair in pairs:
            np.testing.assert_array_equal(old_pair[0], new_pair[0])
            np.testing.assert_array_equal(old_pair[1], new_pair[1])


def begin(folder, step=6, steps=6, **changes):
    """A stage that has a checkpoint, without training one."""
    settings = {
        "steps": steps,
        "smooth": False,
        **dict.fromkeys(network_settings.NAMES, 1),
        **changes,
    }
    files.write_json(folder / "config.json", settings)
    Stage(folder).checkpoints().save(tf.train.Checkpoint(x=tf.Variable(1.0)), step)


NETWORKS = dict.fromkeys(network_settings.NAMES, 1)


def start_of(run_dir, phase, smooth=False, from_scratch=False, steps=9, **changes):
    stage = growth.stage_of(str(run_dir), phase, smooth)
    return growth.find_start(stage, from_scratch, {**NETWORKS, **changes}, steps)


def source_of(start):
    """Name of the one stage that is read; None for random weights."""
    names = [source.stage.name for source in start.sources]
    return names[0] if names else None


def test_a_stage_starts_from_the_nearest_one_that_began(tmp_path):
    begin(tmp_path / "phase_2_fade")
    assert source_of(start_of(tmp_path, 3)) == "phase_2_fade"
    begin(tmp_path / "phase_2")
    assert source_of(start_of(tmp_path, 3)) == "phase_2"
    assert source_of(start_of(tmp_path, 3, from_scratch=True)) is None
    begin(tmp_path / "phase_3_fade")
    assert source_of(start_of(tmp_path, 3, from_scratch=True)) == "phase_3_fade"
    begin(tmp_path / "phase_3", step=8)
    start = start_of(tmp_path, 3, from_scratch=True)
    assert (source_of(start), start.step) == ("phase_3", 8)


def test_phase_one_needs_nobody(tmp_path):
    assert source_of(start_of(tmp_path, 1)) is None


def test_a_missing_predecessor_names_the_command(tmp_path):
    with pytest.raises(UserError, match="train.py --phase 2,.* --from_scratch"):
        start_of(tmp_path, 3, smooth=True)


def test_an_unfinished_fade_is_refused(tmp_path):
    begin(tmp_path / "phase_2_fade", step=3)
    with pytest.raises(UserError, match="stopped at step 3 of 6"):
        start_of(tmp_path, 2)


def test_a_stable_stage_must_go_beyond_its_fade(tmp_path):
    begin(tmp_path / "phase_2_fade")
    with pytest.raises(UserError, match="to step 6: phase_2_fade has reached step 6"):
        start_of(tmp_path, 2, steps=6)


def test_other_network_settings_are_refused(tmp_path):
    begin(tmp_path / "phase_1", max_features=64)
    with pytest.raises(UserError, match="--max_features 1: .*phase_1 .* --max_features 64"):
        start_of(tmp_path, 2, smooth=True)


def test_the_stable_stage_is_the_trained_one_where_both_are(tmp_path):
    with pytest.raises(UserError, match="--phase 2: no checkpoint"):
        growth.trained_stage(str(tmp_path), 2)
    begin(tmp_path / "phase_2_fade")
    assert growth.trained_stage(str(tmp_path), 2)[0].name == "phase_2_fade"
    begin(tmp_path / "phase_2", steps=12)
    stage, saved, step, settings = growth.trained_stage(str(tmp_path), 2)
    assert (stage.name, saved.folder.name, step) == ("phase_2", "checkpoints", 6)
    assert settings["steps"] == 12


def test_the_best_checkpoint_is_another_than_the_newest(tmp_path):
    begin(tmp_path / "phase_2", steps=12)
    with pytest.raises(UserError, match="--eval_every"):
        growth.trained_stage(str(tmp_path), 2, best=True)
    Stage(tmp_path / "phase_2").best().save(tf.train.Checkpoint(x=tf.Variable(1.0)), 4)
    _, saved, step, _ = growth.trained_stage(str(tmp_path), 2, best=True)
    assert (saved.folder.name, step) == ("best", 4)
    for file in (tmp_path / "phase_2" / "best" / "step_00000004").iterdir():
        file.write_bytes(b"")
    with pytest.raises(UserError, match=r"damaged; leave out --best, or delete .*phase_2/best$"):
        growth.trained_stage(str(tmp_path), 2, best=True)


def test_switches_are_named_as_they_are_written(tmp_path):
    begin(tmp_path / "phase_1", use_embedding=True)
    with pytest.raises(UserError, match="--nouse_embedding: .* trained with --use_embedding"):
        start_of(tmp_path, 2, smooth=True, use_embedding=False)


@pytest.mark.parametrize("text", ["[]", "noise", '{"steps": 3'])
def test_damaged_settings_of_a_stage_are_named(tmp_path, text):
    begin(tmp_path / "phase_1")
    (tmp_path / "phase_1" / "config.json").write_text(text)
    with pytest.raises(UserError, match="config.json: missing or damaged"):
        start_of(tmp_path, 2, smooth=True)


def test_the_story_says_how_far_the_phase_before_came(tmp_path):
    begin(tmp_path / "phase_1", step=6, steps=3000)
    assert "6 of 3000 steps" in start_of(tmp_path, 2, smooth=True).story


def test_the_checkpoint_before_a_damaged_one_is_gone_on_from(tmp_path):
    begin(tmp_path / "phase_1", step=4)
    begin(tmp_path / "phase_1", step=6)
    (tmp_path / "phase_1" / "checkpoints" / "step_00000006" / "state.index").write_bytes(b"")
    assert not start_of(tmp_path, 1).is_whole()
    start = start_of(tmp_path, 1)
    assert (start.step, start.sources[0].step) == (4, 4) and start.is_whole()
