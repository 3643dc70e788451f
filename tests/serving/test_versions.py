import os

import pytest

from interface.command_line import UserError
from serving import versions


def make(folder):
    folder.mkdir(parents=True)
    (folder / "saved_model.pb").write_text("model")
    return folder


def test_numbers_are_numbers_and_half_copied_folders_do_not_count(tmp_path):
    for name in ("1", "9", "10", "notes"):
        make(tmp_path / name)
    (tmp_path / "11").mkdir()
    numbered = [(number, tmp_path / str(number)) for number in (10, 9, 1)]
    assert versions.newest_first(tmp_path) == numbered
    assert versions.newest_first(tmp_path / "9") == [(9, tmp_path / "9")]
    assert versions.newest_first(tmp_path / "notes") == [(1, tmp_path / "notes")]


@pytest.mark.parametrize(("place", "words"), [("nothing", "No such file"), ("1", "no SavedModel")])
def test_folders_without_a_model_are_refused(tmp_path, place, words):
    (tmp_path / "1").mkdir()
    with pytest.raises(UserError, match=f"--model .*{place}: {words}"):
        versions.newest_first(tmp_path / place)


def test_a_folder_that_is_written_to_has_another_state(tmp_path):
    path = make(tmp_path / "1") / "saved_model.pb"
    states = [versions.state(tmp_path / "1")]
    path.write_text("more")
    states.append(versions.state(tmp_path / "1"))
    os.utime(path, (1, 1))
    states.append(versions.state(tmp_path / "1"))
    (tmp_path / "1" / "assets").mkdir()
    (tmp_path / "1" / "assets" / "metadata.json").write_text("{}")
    states.append(versions.state(tmp_path / "1"))
    assert states[-1] == versions.state(tmp_path / "1")
    assert all(one != other for one, other in zip(states, states[1:]))


def test_an_export_takes_a_new_place_alone(tmp_path):
    assert versions.new(str(tmp_path / "faces" / "2")) == tmp_path / "faces" / "2"
    (tmp_path / "1").mkdir()
    with pytest.raises(UserError, match="--out .*1: already there; give the next version's number"):
        versions.new(str(tmp_path / "1"))
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="--out"):
        versions.new(str(tmp_path / "file" / "1"))
