import os

from benchmarks import full_size


def test_the_table_has_a_row_for_each_phase_and_ratios_to_the_plain_step(monkeypatch, capsys):
    figures = {
        "ours": {"seconds": 2.0, "gigabytes": 4.0},
        "plain": {"seconds": 3.0, "gigabytes": 5.0},
    }
    monkeypatch.setattr(full_size, "in_own_process", lambda phase, steps, kind: figures[kind])
    full_size.main(["--phases=2,7"])
    rows = [line for line in capsys.readouterr().out.splitlines() if line[2:3].isdigit()]
    assert rows == [
        "| 2 | 16² | 16 | 2.00 | 4.0 GB | 1.50 × | 1.25 × |",
        "| 7 | 512² | 4 | 2.00 | 4.0 GB | 1.50 × | 1.25 × |",
    ]


def test_the_machine_is_named_with_its_cores():
    assert full_size.machine().endswith(f", {os.cpu_count()} cores")
