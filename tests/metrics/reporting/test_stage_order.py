import pathlib

import pytest

from interface.command_line import UserError
from metrics.reporting import stage_order


def of_main(phase, smooth=False):
    return {"phase": phase, "smooth": smooth}


def after(*names, step=0, continues=False):
    return {"sources": [{"stage": name, "step": step, "continues": continues} for name in names]}


OLD = {"phase_10": of_main(10), "phase_3": of_main(3), "phase_3_fade": of_main(3, True)}
NEW = {
    "networks": after("other_run"),
    "vae": after(),
    "alone": after(),
    "whole": after("vae", "networks"),
    "again": after("whole"),
}
RESUMED = {
    "phase_2": of_main(2),  # of an older version
    "phase_3": {**of_main(3), **after("phase_3_fade", step=30, continues=True)},
    "phase_3_fade": {**of_main(3, True), **after("phase_2")},
}


@pytest.mark.parametrize(
    "stages, order",
    [
        (OLD, ["phase_3_fade", "phase_3", "phase_10"]),
        (NEW, ["alone", "networks", "vae", "whole", "again"]),
        (RESUMED, ["phase_2", "phase_3_fade", "phase_3"]),
        ({"a": after("b"), "b": after("a"), "c": after("c")}, ["c", "a", "b"]),  # not by training
    ],
)
def test_a_stage_comes_after_what_it_started_from(stages, order):
    assert stage_order.in_order(stages) == order
    assert stage_order.in_order({name: stages[name] for name in reversed(stages)}) == order


@pytest.mark.parametrize(
    "settings, start",
    [
        (of_main(2), 20),  # an older run: where the fade of its phase ended
        (of_main(3, True), 0),
        ({}, 0),
        (after("x", step=15, continues=True), 15),
        (after("x", "y", step=15), 0),
        ({**of_main(2), **after()}, 0),  # what a stage says counts
    ],
)
def test_a_stage_counts_on_where_the_one_that_it_continues_was(settings, start):
    before = [(of_main(1), 9), (of_main(2, True), 20)]
    assert stage_order.start(settings, before) == start


def test_the_first_stage_starts_at_zero():
    assert stage_order.start({}, []) == stage_order.start(of_main(1), []) == 0


@pytest.mark.parametrize(
    "name, settings, wanted",
    [
        ("phase_2", of_main(2), True),
        ("phase_2_fade", of_main(2, True), True),
        ("phase_2_old", of_main(2), False),
        ("phase_2", of_main(2, True), False),
        ("phase_2 (copy)", {**of_main(2), **after()}, False),
        ("global", after(), True),
        ("global", {}, False),
        ("logged", {}, True),
    ],
)
def test_copies_and_folders_nobody_trained_in_are_no_stages(tmp_path, name, settings, wanted):
    (tmp_path / "logged").mkdir()
    (tmp_path / "logged" / "metrics.jsonl").touch()
    assert stage_order.is_stage(tmp_path / name, settings) == wanted


@pytest.mark.parametrize("sources", [None, {}, ["x"], [{"stage": "x", "step": 1}]])
def test_sources_that_say_too_little_are_named_in_one_line(sources):
    stage_order.check_sources(pathlib.Path("x"), after("y", step=3))
    with pytest.raises(UserError, match='config.json: damaged, wanted "sources" with stage, step'):
        stage_order.check_sources(pathlib.Path("a/config.json"), {"sources": sources})
