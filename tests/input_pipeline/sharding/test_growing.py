"""More resolutions for a data set that is whole: by `prepare`, with real faces."""

import json
import os
import shutil

import pytest
from PIL import Image

from input_pipeline import prepare
from input_pipeline.inspection import verify
from input_pipeline.sources.record_set import RecordSet
from interface.command_line import UserError
from tests.input_pipeline.sharding.letters import tree

FEW, ALL = "8,16", "8,16,64,512"


def save(photo, path, angle=0):
    photo.rotate(angle, Image.Resampling.BICUBIC, fillcolor="grey").save(path)


@pytest.fixture(scope="module")
def photos(tmp_path_factory, photo):
    """Some are too small for 64 pixels; one is read at a smaller size unless 512 are wanted."""
    folder = tmp_path_factory.mktemp("photos")
    for number in range(5):
        side = 256 if number % 2 else 128
        save(photo.resize((side, side)), folder / f"{number}.png", 4 * number)
    photo.resize((2048, 2048), Image.Resampling.LANCZOS).save(folder / "large.jpg")
    (folder / "letter.txt").write_text("no photo")
    return folder


def run(photos, out, resolutions, *flags):
    words = [f"--images={photos}", f"--out={out}", f"--resolutions={resolutions}", "--shards=2"]
    prepare.main([*words, "--name=mine", "--max_upscale=0.5", "--workers=1", *flags])


@pytest.fixture(scope="module")
def few(tmp_path_factory, photos):
    out = tmp_path_factory.mktemp("few") / "out"
    run(photos, out, FEW)
    return out


@pytest.fixture(scope="module")
def whole(tmp_path_factory, photos):
    """A data set made with all resolutions at once."""
    out = tmp_path_factory.mktemp("whole") / "out"
    run(photos, out, ALL)
    return out


@pytest.fixture
def mine(few, tmp_path):
    return shutil.copytree(few, tmp_path / "out")


def is_old(name):
    return name.startswith(("mine-r8-", "mine-r16-"))


@pytest.mark.parametrize("flag", ["--workers=1", "--workers=2"])
def test_what_is_added_is_what_a_new_data_set_would_hold(photos, few, whole, mine, flag):
    before = {name: content for name, content in tree(few).items() if is_old(name)}
    times = {path: path.stat().st_mtime_ns for path in mine.glob("*.tfrecords")}
    run(photos, mine, ALL, flag)
    found, wanted = tree(mine), tree(whole)
    assert found.keys() == wanted.keys()
    assert {path: path.stat().st_mtime_ns for path in times} == times
    for name in wanted.keys() - {"dataset.json"}:
        assert found[name] == (before if is_old(name) else wanted)[name], name
    told, all_at_once = (json.loads(each["dataset.json"]) for each in (found, wanted))
    for content in (told, all_at_once):
        content["files"] = {n: f for n, f in content["files"].items() if not is_old(n)}
    assert told == all_at_once
    assert told["counts"] == {"8": 6, "16": 6, "64": 3, "512": 1}
    verify.verify(str(mine))


def test_of_an_enlarged_data_set_each_face_is_taken_once(photos, mine):
    run(photos, mine, ALL)
    assert len(RecordSet(str(mine)).names()) == 6


def test_photos_that_are_new_since_are_left_out(photos, photo, few, whole, mine, tmp_path):
    more = shutil.copytree(photos, tmp_path / "photos")
    save(photo, more / "0 new.png")
    with pytest.raises(UserError, match="made with --images="):
        run(more, mine, ALL)
    content = json.loads((mine / "dataset.json").read_text())
    content["options"]["images"] = str(more)
    (mine / "dataset.json").write_text(json.dumps(content))
    run(more, mine, ALL)
    assert (mine / "faces.csv").read_bytes() == (whole / "faces.csv").read_bytes()


@pytest.mark.parametrize(
    "harm, workers",
    [("gone", 1), ("gone", 2), ("another", 1), ("turned into one", 1), ("darker", 1)],
)
def test_a_photo_that_changed_since_is_named_and_the_data_set_is_as_before(
    photos, photo, tmp_path, harm, workers
):
    own = shutil.copytree(photos, tmp_path / "photos")
    out = tmp_path / "out"
    run(own, out, FEW)
    before = tree(out)
    path = own / ("letter.txt" if harm == "turned into one" else "3.png")
    if harm == "gone":
        path.unlink()
    elif harm == "another":
        save(photo, path, 7)
    elif harm == "turned into one":
        photo.save(path, format="PNG")
    else:
        Image.open(path).point(lambda value: value // 2).save(path)
    with pytest.raises(UserError, match=f"nothing added, for .*{path.name}.* changed or gone"):
        run(own, out, ALL, f"--workers={workers}")
    assert tree(out) == before
    verify.verify(str(out))


@pytest.mark.parametrize(
    "resolutions, flag, told",
    [
        ("16,64", "--seed=0", "made with --resolutions=8,16; to add .*: --resolutions=8,16,64$"),
        (ALL, "--seed=1", "made with --seed=0, now it is 1; use what"),
        (ALL, "--name=other", "made with --name=mine, now it is other; use what"),
    ],
)
def test_anything_else_than_more_resolutions_is_refused(photos, few, resolutions, flag, told):
    before = tree(few)
    with pytest.raises(UserError, match=told):
        run(photos, few, resolutions, flag)
    assert tree(few) == before


def test_fewer_resolutions_are_there_already(photos, few, capsys):
    before = tree(few)
    run(photos, few, "8")
    assert "already whole" in capsys.readouterr().out
    assert tree(few) == before


def test_a_data_set_of_an_older_version_can_be_enlarged(photos, mine, whole):
    content = json.loads((mine / "dataset.json").read_text())
    del content["largely_filled"]
    (mine / "dataset.json").write_text(json.dumps(content))
    os.unlink(mine / "plan.json")
    run(photos, mine, ALL)
    assert tree(mine).keys() == tree(whole).keys()
