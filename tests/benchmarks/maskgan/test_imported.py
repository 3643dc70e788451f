import pytest

from benchmarks.maskgan import imported


@pytest.mark.pytorch
def test_what_is_imported_makes_the_same(capsys):
    imported.main(["--width=8", "--side=64", "--painted=64", "--latent=6"])
    rows = [row.split(" | ") for row in capsys.readouterr().out.splitlines() if "×" in row]
    assert [row[2] for row in rows] == ["picture", "alpha", "means", "log-variances", "logits"]
    assert all(float(row[-1].rstrip(" |")) < 1e-4 < float(row[-2]) for row in rows)
