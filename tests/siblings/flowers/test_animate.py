import numpy as np
import pytest
from PIL import Image

from interface.command_line import UserError
from siblings.flowers import animate


def write_sheets(folder, steps):
    samples = folder / "flowers" / "samples"
    samples.mkdir(parents=True)
    for step in steps:
        Image.new("RGB", (200, 100), (step, 0, 0)).save(samples / f"step_{step:08d}.png")


def test_sheets_follow_each_other_above_a_bar_of_the_steps(tmp_path):
    write_sheets(tmp_path, [50, 100, 200])
    out = tmp_path / "training.gif"
    animate.main([str(tmp_path), f"--out={out}", "--width=100"])
    with Image.open(out) as gif:
        assert (gif.n_frames, gif.size) == (3, (100, 54))
        frames, times = [], []
        for number in range(3):
            gif.seek(number)
            frames.append(np.asarray(gif.convert("RGB")).astype(int))
            times.append(gif.info["duration"])
    assert [int(frame[20, 20, 0]) for frame in frames] == pytest.approx([50, 100, 200], abs=4)
    bars = [(frame[52].sum(-1) < 100).mean() for frame in frames]
    assert bars == pytest.approx([0.25, 0.5, 1.0], abs=0.03)
    assert times[2] > 10 * times[0]


def test_of_many_sheets_some_are_taken_evenly():
    assert animate.evenly([*range(0, 1000, 10)], 5) == [0, 250, 500, 740, 990]
    assert animate.evenly([1, 2], 60) == [1, 2]


@pytest.mark.parametrize(
    "words, told",
    [
        (["--out=training.png"], "wanted a file name that ends in .gif"),
        (["another"], "2 folders; wanted one RUN_DIR"),
        ([], "1 sheets, wanted 2 or more; train longer"),
    ],
)
def test_what_can_not_be_animated_is_told(tmp_path, monkeypatch, words, told):
    monkeypatch.chdir(tmp_path)
    write_sheets(tmp_path, [50])
    with pytest.raises(UserError, match=told):
        animate.main([str(tmp_path), *words])
    assert [path.name for path in tmp_path.iterdir()] == ["flowers"]
