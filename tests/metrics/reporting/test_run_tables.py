import pathlib
import xml.etree.ElementTree as ET

import pytest

from metrics.reporting import run_tables
from metrics.reporting.runs import Evaluation, Run, Stage


def parsed(fragment):
    return ET.fromstring(f"<all>{fragment}</all>")


def tables(element):
    """Rows of every table's cells."""
    return [
        [["".join(cell.itertext()) for cell in row] for row in table.iter("tr")]
        for table in element.iter("table")
    ]


def stage(name, steps=100, timing=(), **settings):
    whole = {"batch_size": 10, "steps": steps, **settings}
    rows = [{"step": steps // 2}]
    return Stage(pathlib.Path(name), whole, rows, list(timing), [], start=0, before=0)


def run(name, *stages):
    return Run(name, pathlib.Path("some") / name, list(stages))


def evaluation(protocol, figures):
    return Evaluation(pathlib.Path("x"), protocol, figures)


def test_settings_that_differ_stand_above_those_that_all_runs_share():
    one = run("one", stage("phase_1", 5000, seed=0, lr=0.001, augment=[], sources=[]))
    two = run("two", stage("phase_1", 5000, seed=1, lr=0.001, augment=["color"], new=None))
    page = parsed(run_tables.settings([one, two]))
    reached, differing, shared = tables(page)
    assert reached[1:] == [
        ["one", "some/one", "phase_1, step 2,500 of 5,000", "25,000"],
        ["two", "some/two", "phase_1, step 2,500 of 5,000", "25,000"],
    ]
    assert differing == [["", "one", "two"], ["seed", "0", "1"], ["augment", "[]", '["color"]']]
    assert ["lr", "0.001"] in shared and ["new", "–"] in shared
    assert tables(page.find(".//details")) == [shared]


def test_a_settings_changes_from_stage_to_stage_are_told_in_order():
    stages = [stage(f"phase_{n}", lr=lr) for n, lr in ((1, 0.1), (2, 0.1), (3, 0.2), (4, 0.1))]
    (_, shared) = tables(parsed(run_tables.settings([run("a", *stages)])))
    assert ["lr", "0.1 → 0.2 → 0.1"] in shared


def test_every_figure_of_every_run_has_its_place():
    one = evaluation({}, {"wasserstein": {"64": 12.3456, "mean": 11}, "faces": {"error": 0.05}})
    two = evaluation({}, {"wasserstein": {"mean": 123456.7}, "variety": {"deep": {"er": 1e-7}}})
    page = parsed(run_tables.figures([run("one"), run("two")], [one, two]))
    (figures,) = tables(page)
    assert figures == [
        ["", "one", "two"],
        ["wasserstein · 64", "12.35", "–"],
        ["wasserstein · mean", "11", "123,457"],
        ["faces · error", "0.05", "–"],
        ["variety · deep · er", "–", "1e-07"],
    ]


def test_figures_that_are_no_numbers_are_shown_as_they_are():
    odd = evaluation({}, {"m": {"a": float("nan"), "b": None, "c": "x<y", "d": [1]}})
    (figures,) = tables(parsed(run_tables.figures([run("one")], [odd])))
    assert figures[1:] == [["m · a", "NaN"], ["m · b", "–"], ["m · c", "x<y"], ["m · d", "[1]"]]


def test_how_figures_were_taken_is_compared_too():
    one = evaluation({"images": 2008, "of": {"seed": 0}, "step": 10}, {"m": {"a": 1}})
    two = evaluation({"images": 500, "of": {"seed": 0}, "step": 10}, {"m": {"a": 2}})
    page = parsed(run_tables.figures([run("one"), run("two")], [one, two]))
    _, differing, shared = tables(page)
    assert differing == [["", "one", "two"], ["images", "2008", "500"]]
    assert shared == [["", "value"], ["of · seed", "0"], ["step", "10"]]


@pytest.mark.parametrize("first", [None, evaluation({}, {"m": {"a": 1}})])
def test_a_run_without_evaluation_is_told_with_the_command(first):
    odd = run(
        "o dd <x>",
        stage("phase_1"),
        stage("phase_2_fade", phase=2, smooth=True, data_dir="my records"),
    )
    page = parsed(run_tables.figures([run("one", stage("phase_3")), odd], [first, None]))
    told = "".join(page.itertext())
    assert "o dd <x>: not evaluated" in told
    command = "--run_dir 'some/o dd <x>' --phase 2 --data_dir 'my records'"
    assert told.count("python -m metrics.evaluate") == 1  # "one" is not of the main system
    assert f"python -m metrics.evaluate {command}" in told
    assert ("one: not evaluated" in told) == (first is None)


def test_speeds_are_medians_and_memory_is_the_most():
    names = ("images_a_second", "seconds_a_step", "peak_memory_gb")
    rows = [(10.0, 0.5, 1.0), (1000.0, 0.1, 3.5), (20.0, 0.25, 2.0)]
    timing = [{"step": i, **dict(zip(names, row))} for i, row in enumerate(rows)]
    page = parsed(run_tables.speed([run("one", stage("phase_1", timing=timing), stage("phase_2"))]))
    (speeds,) = tables(page)
    assert speeds[1:] == [
        ["one", "phase_1", "20", "0.25", "3.5"],
        ["one", "phase_2", "–", "–", "–"],
    ]
