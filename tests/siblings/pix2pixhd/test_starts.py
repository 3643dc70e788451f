"""What stages go on from, by the values of the checkpoints that real runs leave."""

import json
import shutil

import numpy as np
import pytest

from interface.command_line import UserError
from tests.siblings.pix2pixhd.conftest import trained
from tests.test_train import metrics, state
from training.run.stages import Stage

pytestmark = pytest.mark.slow  # real runs, one after the other
LABELS = 3  # two classes, and the edges of instances
GLOBAL, OUTERMOST, WHOLE, STYLED = "phase_1", "phase_2_outermost", "phase_2", "phase_3"
NETWORKS = ("generator/", "critics/", "encoder/")
MOMENTS = ".OPTIMIZER_SLOT"
INSIDE = "generator/whole/"  # the global generator, in every stage


def weights(stage, step=None, part=NETWORKS):
    """{name: array} of its networks in a checkpoint, or of a part of them."""
    values = {n: value for n, value in state(stage, step).items() if n.startswith(part)}
    return {name: value for name, value in values.items() if MOMENTS not in name}


def assert_same(found, expected):
    assert len(expected) > 3
    assert found.keys() == expected.keys()
    assert [name for name in expected if np.any(found[name] != expected[name])] == []


def without_last(values):
    """The global generator's last layer paints; an enhancer takes what is before it."""
    return {name: value for name, value in values.items() if "/whole/last/" not in name}


def story(out, stage):
    """What was printed of how a stage starts."""
    lines = [line for line in out.splitlines() if line.startswith(f"{stage}: starts")]
    return lines[-1].split("; ")[0].split(": ", 1)[1]


def test_the_enhancer_goes_around_what_phase_1_has_learnt(styled_run):
    before, begun = styled_run / GLOBAL, styled_run / OUTERMOST
    of_before = weights(before)
    assert_same(weights(begun, 0, INSIDE), without_last(weights(before, part=INSIDE)))
    assert {name for name in of_before if "/whole/last/" in name}
    assert_same(weights(begun, 0, "critics/"), weights(before, part="critics/"))


def test_the_outermost_is_trained_and_what_is_inside_stays_bit_for_bit(styled_run):
    stage = styled_run / OUTERMOST
    assert_same(weights(stage, part=INSIDE), weights(stage, 0, INSIDE))
    begun, ended = (weights(stage, step, "generator/enhancers/") for step in (0, 1))
    assert len(begun) > 10
    assert [name for name in begun if np.all(begun[name] == ended[name])] == []


def test_then_all_of_it_with_new_optimizers(styled_run):
    outermost, whole = styled_run / OUTERMOST, styled_run / WHOLE
    assert_same(weights(whole, 0), weights(outermost))
    inside, ended = weights(whole, 0, INSIDE), weights(whole, part=INSIDE)
    assert [name for name in inside if np.all(inside[name] == ended[name])] == []
    for stage, learnt in ((outermost, False), (whole, True)):
        moments = [name for name in state(stage) if MOMENTS in name]
        assert any(name.startswith(INSIDE) for name in moments) == learnt


@pytest.mark.parametrize("name, steps", [(GLOBAL, 2), (OUTERMOST, 1), (WHOLE, 1), (STYLED, 1)])
def test_steps_and_optimizers_of_a_stage_begin_at_0(styled_run, name, steps):
    begun, ended = state(styled_run / name, 0), state(styled_run / name)
    counts = {each for each in begun if each.split("/")[1] == "iter"}
    trained_by = {"generator", "critics", *["encoder"][: name == STYLED]}
    assert {each.split("/")[0] for each in counts} == {f"{each}_optimizer" for each in trained_by}
    assert {(int(begun[each]), int(ended[each])) for each in counts} == {(0, steps)}
    moments = [each for each in begun if MOMENTS in each]
    assert len(moments) > 10
    assert not any(begun[each].any() for each in moments)


def test_features_are_channels_behind_those_of_phase_2(styled_run):
    before, begun = weights(styled_run / WHOLE), weights(styled_run / STYLED, 0)
    known = {name: value for name, value in begun.items() if not name.startswith("encoder/")}
    assert known.keys() == before.keys()
    widened = {name for name in before if known[name].shape != before[name].shape}
    # The global generator's and the enhancer's first ones.
    assert len(widened) == 2
    assert all("/first/conv/kernel/" in name for name in widened)
    for name, value in before.items():
        if name not in widened:
            np.testing.assert_array_equal(known[name], value, err_msg=name)
            continue
        assert (value.shape[2], known[name].shape[2]) == (LABELS, LABELS + 3)
        np.testing.assert_array_equal(known[name][:, :, :LABELS], value)
        drawn = known[name][:, :, LABELS:]
        assert 0.015 < drawn.std() < 0.025  # N(0, 0.02), as every first kernel
    trained_encoder = weights(styled_run / STYLED, part="encoder/")
    drawn_encoder = weights(styled_run / STYLED, 0, "encoder/")
    assert any(np.any(trained_encoder[name] != drawn_encoder[name]) for name in drawn_encoder)


def test_config_json_says_what_each_stage_began_with(styled_run):
    began = {}
    for name in (GLOBAL, OUTERMOST, WHOLE, STYLED):
        began[name] = json.loads((styled_run / name / "config.json").read_text())["sources"]
    before = {OUTERMOST: (GLOBAL, 2), WHOLE: (OUTERMOST, 1), STYLED: (WHOLE, 1)}
    expected = {
        name: [{"stage": stage, "step": step, "continues": False}]
        for name, (stage, step) in before.items()
    }
    assert began == {GLOBAL: [], **expected}


@pytest.fixture
def copied_run(styled_run, tmp_path):
    """Its phase 1 alone."""
    shutil.copytree(styled_run / GLOBAL, tmp_path / "copy" / GLOBAL)
    return tmp_path / "copy"


def test_a_stage_goes_on_from_where_it_stopped(instance_records_dir, copied_run, capsys):
    trained(instance_records_dir, copied_run, "--phase=1", "--steps=3")
    assert "goes on from step 2; 12 records; to step 3" in capsys.readouterr().out
    assert [row["step"] for row in metrics(copied_run / GLOBAL)] == [1, 2, 3]
    trained(instance_records_dir, copied_run, "--phase=1", "--steps=3")
    assert "is done at step 3; --steps 3: nothing to do" in capsys.readouterr().out


def test_phase_2_goes_on_behind_an_outermost_that_is_done(
    instance_records_dir, styled_run, tmp_path, capsys
):
    run = tmp_path / "run"
    shutil.copytree(styled_run / GLOBAL, run / GLOBAL)
    shutil.copytree(styled_run / OUTERMOST, run / OUTERMOST)
    words = ["--phase=2", "--fix_global_epochs=1", "--steps=1"]
    trained(instance_records_dir, run, *words)
    out = capsys.readouterr().out
    assert f"{run / OUTERMOST}: is done at step 1; --steps 1: nothing to do" in out
    assert story(out, run / WHOLE) == f"starts from step 1 of 1 of {run / OUTERMOST}"
    assert_same(weights(run / WHOLE, 0), weights(styled_run / WHOLE, 0))


@pytest.mark.parametrize(
    "words, stage, source",
    [
        (["--phase=1"], GLOBAL, GLOBAL),
        (["--phase=2", "--fix_global_epochs=1"], OUTERMOST, WHOLE),
        (["--phase=2", "--fix_global_epochs=0"], WHOLE, WHOLE),
        (["--phase=3"], STYLED, STYLED),
    ],
)
def test_another_run_is_gone_on_from(
    instance_records_dir, styled_run, tmp_path, capsys, words, stage, source
):
    pretrained = f"--load_pretrain={styled_run}"
    trained(instance_records_dir, tmp_path, *words, "--steps=1", pretrained)
    step = Stage(styled_run / source).checkpoints().latest()
    told = story(capsys.readouterr().out, tmp_path / stage)
    assert told == f"starts from step {step} of {step} of {styled_run / source}"
    assert_same(weights(tmp_path / stage, 0), weights(styled_run / source))
    if stage == OUTERMOST:  # which is not thrown away for the other run's
        assert_same(weights(tmp_path / WHOLE, 0), weights(tmp_path / OUTERMOST))


def test_of_another_run_that_is_not_further_what_there_is(
    instance_records_dir, copied_run, tmp_path, capsys
):
    words = ["--phase=3", "--steps=1", f"--load_pretrain={copied_run}"]
    trained(instance_records_dir, tmp_path, *words)
    told = story(capsys.readouterr().out, tmp_path / STYLED)
    assert told == f"starts from step 2 of 2 of {copied_run / GLOBAL}"
    found = weights(tmp_path / STYLED, 0, INSIDE)
    for name, value in without_last(weights(copied_run / GLOBAL, part=INSIDE)).items():
        seen = found[name] if found[name].ndim < 4 else found[name][:, :, : value.shape[2]]
        np.testing.assert_array_equal(seen, value, err_msg=name)


def test_random_weights_where_they_are_asked_for(instance_records_dir, tmp_path, capsys):
    words = ["--phase=2", "--fix_global_epochs=1", "--steps=1", "--from_scratch"]
    trained(instance_records_dir, tmp_path, *words)
    out = capsys.readouterr().out
    assert story(out, tmp_path / OUTERMOST) == "starts from random weights"
    assert story(out, tmp_path / WHOLE) == f"starts from step 1 of 1 of {tmp_path / OUTERMOST}"


def renamed(records_dir, folder):
    """The same records, with classes of other names."""
    shutil.copytree(records_dir, folder)
    summary = json.loads((folder / "dataset.json").read_text())
    summary["label_set"][1]["name"] = "moon"
    (folder / "dataset.json").write_text(json.dumps(summary))
    return folder


@pytest.mark.parametrize("words", [["--phase=1", "--steps=9"], ["--phase=2", "--steps=1"]])
def test_records_of_other_classes_are_refused(instance_records_dir, copied_run, tmp_path, words):
    others = renamed(instance_records_dir, tmp_path / "moons")
    with pytest.raises(UserError) as caught:
        trained(others, copied_run, *words)
    assert str(caught.value) == (
        f"{copied_run / GLOBAL} was trained on other classes: 0, 1; these records have 0, moon; "
        "use records of the same classes, or another --run_dir"
    )
    assert [path.name for path in copied_run.iterdir()] == [GLOBAL]


@pytest.mark.parametrize(
    "words, told",
    [
        (["--phase=1", "--width=8"], "--width 8: {1} was trained with --width 4; use that, or"),
        (["--phase=2", "--width=8"], "--width 8: {1} was trained with --width 4; use that, or"),
        (["--phase=2", "--noinstances"], "--noinstances: {1} was trained with --instances; use"),
        (["--phase=1", "--discriminators=1"], "--discriminators 1: {1} was trained with"),
        (
            ["--phase=3"],
            "phase_3 starts from phase_2, of which {run} has no checkpoint; train it first: the "
            "same command with --phase 2, or give --from_scratch",
        ),
        (
            ["--phase=3", "--load_pretrain={run}/phase_1"],
            "--load_pretrain {run}/phase_1: no checkpoint of phase_3 or phase_2 or phase_1 in it",
        ),
        (
            ["--phase=1", "--run_dir={run}/new", "--load_pretrain={run}/none"],
            "--load_pretrain {run}/none: no checkpoint of phase_1 in it",
        ),
    ],
)
def test_what_can_not_be_gone_on_from_is_refused(instance_records_dir, copied_run, words, told):
    said = {"run": copied_run, "1": copied_run / GLOBAL}
    words = [word.replace("{run}", str(copied_run)) for word in words]
    with pytest.raises(UserError) as caught:
        trained(instance_records_dir, copied_run, "--steps=9", *words)
    told = told.replace("{1}", str(said["1"])).replace("{run}", str(said["run"]))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [path.name for path in copied_run.iterdir()] == [GLOBAL]


def test_without_phase_1_there_is_no_phase_2(instance_records_dir, tmp_path):
    told = "phase_2_outermost starts from phase_1, of which .* has no checkpoint; .* --phase 1, or"
    with pytest.raises(UserError, match=told):
        trained(instance_records_dir, tmp_path / "run", "--phase=2", "--steps=1")
    assert not (tmp_path / "run").exists()


def test_enhancers_of_another_number_are_refused(instance_records_dir, styled_run, tmp_path):
    words = ["--phase=3", "--steps=1", "--enhancers=2", f"--load_pretrain={styled_run}"]
    with pytest.raises(UserError, match="--enhancers 2: .*phase_3 was trained with --enhancers 1"):
        trained(instance_records_dir, tmp_path / "run", *words)


def test_a_stage_whose_config_json_says_too_little_is_not_gone_on_from(
    instance_records_dir, copied_run
):
    config = copied_run / GLOBAL / "config.json"
    config.write_text(json.dumps({"steps": 2}))
    with pytest.raises(UserError, match="config.json: says nothing of networks"):
        trained(instance_records_dir, copied_run, "--phase=2", "--steps=1")
