import pytest
from PIL import Image

from benchmarks import prepare_speed
from input_pipeline.sources.folder import Folder


@pytest.mark.parametrize(
    "one, other, part",
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1),
        ((0, 0, 10, 10), (5, 0, 15, 10), 50 / 150),
        ((0, 0, 10, 10), (2, 2, 8, 8), 36 / 100),
        ((0, 0, 10, 10), (20, 0, 30, 10), 0),
        ((0, 0, 10, 10), (20, 20, 30, 30), 0),
    ],
)
def test_two_boxes_share_their_intersection_over_their_union(one, other, part):
    assert prepare_speed.shared(one, other) == pytest.approx(part)
    assert prepare_speed.shared(other, one) == pytest.approx(part)


@pytest.fixture
def images(tmp_path, photo):
    (tmp_path / "photos").mkdir()
    photo.save(tmp_path / "photos" / "a.png")
    photo.resize((512, 512), Image.Resampling.LANCZOS).save(tmp_path / "photos" / "b.jpg")
    (tmp_path / "photos" / "no_photo.txt").write_text("text")
    return tmp_path / "photos"


def test_a_small_folder_is_gone_through_again(images, tmp_path):
    (tmp_path / "linked").mkdir()
    folder = Folder(str(images))
    prepare_speed.link(folder, folder.names(), 8, str(tmp_path / "linked"))
    linked = sorted((tmp_path / "linked").iterdir())
    contents = [path.read_bytes() for path in linked]
    assert len(contents) == 8
    assert contents == [(images / name).read_bytes() for name in folder.names() * 3][:8]


def test_the_tables_have_a_row_for_speed_for_detection_and_for_memory(images, capsys):
    prepare_speed.main([f"--images={images}", "--photos=6", "--workers=1"])
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("|")
    ]
    speed, detection, memory = (rows[place] for place in (2, 5, 8))
    assert speed[:2] == ["6", "1"]
    ours, floor, ratio = map(float, speed[2:])
    assert 0 < ratio < 1.5
    assert ratio == pytest.approx(ours / floor, rel=0.5)  # medians of each by itself
    assert (detection[0], detection[-1]) == ("2", "0")
    assert memory[0] == "memory"
    assert all(float(cell.split()[0]) > 50 for cell in memory[1:])
