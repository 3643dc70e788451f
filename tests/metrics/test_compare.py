import json

import pytest

from interface.command_line import UserError
from metrics import compare


def test_the_interval_is_students_by_the_printed_table():
    """1, 2, 3: mean 2, deviation 1; t of 2 degrees is 4.303, so ± 4.303 / √3 = 2.484."""
    assert compare.mean_with_interval([1.0, 2.0, 3.0]) == "2 ± 2.48"


def test_the_difference_is_welchs_by_hand():
    """Variances 1 and 4 of 3 each: error √(5/3), (5/3)² / (1/18 + 16/18) = 2.94 degrees.

    The printed t is 4.303 for 2 degrees and 3.182 for 3: about 3.22 here.
    """
    words = compare.difference([1.0, 2.0, 3.0], [2.0, 4.0, 6.0])
    distance, low, high = words.replace("[", "").replace("]", "").replace(",", "").split()
    assert distance == "-2"
    assert float(low) == pytest.approx(-2 - 3.22 * (5 / 3) ** 0.5, abs=0.02)
    assert float(high) == pytest.approx(-2 + 3.22 * (5 / 3) ** 0.5, abs=0.02)


def test_a_difference_that_leaves_no_doubt_is_bold():
    assert compare.difference([1.0, 1.1, 0.9], [5.0, 5.1, 4.9]).startswith("**-4** [")


def save(folder, seed, error, **protocol):
    stage = folder / f"run_{seed}" / "phase_3"
    out = stage / "evaluation" / "step_00000010"
    out.mkdir(parents=True)
    settings = {"phase": 3, "smooth": False, "batch_size": 4, "steps": 10}
    (stage / "config.json").write_text(json.dumps(settings))
    figures = {
        "landmarks": {"error": error, "floor_error": 0.02},
        "variety": {"deviation_over_latents": 0.3, "deviation_of_photos": 0.4},
    }
    basis = {"photos": "ab", "images": 9, "seed": 0, "resolution": 32, **protocol}
    (out / "figures.json").write_text(json.dumps({"protocol": basis, "figures": figures}))
    return str(stage.parent)


def test_tables_name_the_photos_own_figures_beside_the_runs(tmp_path, capsys):
    ours = [save(tmp_path / "a", seed, 0.1 + seed / 100) for seed in range(3)]
    theirs = [save(tmp_path / "b", seed, 0.2) for seed in range(2)]
    compare.main(["--runs", *ours, "--against", *theirs])
    means, runs = capsys.readouterr().out.strip().split("\n\n")
    lines = means.splitlines()
    assert lines[0] == "| figure | better | photos | a/run_* | b/run_* | difference |"
    error = "| landmarks.error | lower |"
    assert lines[2].startswith(f"{error} 0.02 | 0.11 ± 0.0248 | 0.2 ± 0 | **-0.09** [")
    deviation = "| variety.deviation_over_latents | higher |"
    assert lines[3].startswith(f"{deviation} 0.4 | 0.3 ± 0 | 0.3 ± 0 | 0")
    assert runs.splitlines()[0] == (
        "| figure | better | a/run_0 | a/run_1 | a/run_2 | b/run_0 | b/run_1 |"
    )
    assert runs.splitlines()[2] == f"{error} 0.1 | 0.11 | 0.12 | 0.2 | 0.2 |"


@pytest.mark.parametrize("count", [1, 2])
def test_of_one_run_on_a_side_nothing_is_concluded(tmp_path, capsys, count):
    ours = [save(tmp_path / "a", seed, 0.1) for seed in range(count)]
    compare.main(["--runs", *ours, "--against", save(tmp_path / "b", 7, 0.2)])
    told, runs = capsys.readouterr().out.strip().split("\n\n")
    alone = "run_0, run_7" if count == 1 else "run_7"
    assert told.startswith(f"Nothing can be concluded: of {alone} there is one run alone")
    assert runs.splitlines()[2].startswith("| landmarks.error | lower | 0.1 | 0")
    assert "±" not in runs
    assert "difference |" not in runs


def test_columns_are_called_what_their_runs_are():
    called = compare.columns
    assert called([["plain_0", "plain_1"], ["embedding_0"]]) == ["plain_*", "embedding_0"]
    assert called([["run_1", "run_2"], ["run_3", "run_4"]]) == ["run_1, run_2", "run_3, run_4"]
    assert called([["a" * 40]]) == ["a" * 14 + "…" + "a" * 15]


def test_what_was_taken_otherwise_is_not_compared(tmp_path):
    ours = save(tmp_path / "a", 0, 0.1)
    theirs = save(tmp_path / "b", 0, 0.1, photos="cd")
    with pytest.raises(UserError, match="taken with photos cd, .* with ab; evaluate both alike"):
        compare.main([f"--runs={ours}", f"--against={theirs}"])
    merged = save(tmp_path / "m", 0, 0.1, merged=["hat:hair"])
    with pytest.raises(UserError, match="taken with merged .'hat:hair'., .* with None; evaluate"):
        compare.main([f"--runs={ours}", f"--against={merged}"])
    (tmp_path / "c" / "phase_1").mkdir(parents=True)
    settings = '{"phase": 1, "smooth": false, "batch_size": 4, "steps": 10}'
    (tmp_path / "c" / "phase_1" / "config.json").write_text(settings)
    with pytest.raises(UserError, match="no evaluation; make one"):
        compare.main([f"--runs={tmp_path / 'c'}"])
    with pytest.raises(UserError, match="--runs is missing"):
        compare.main([])
