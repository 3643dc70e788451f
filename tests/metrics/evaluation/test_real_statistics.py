import numpy as np
import pytest

from metrics.evaluation.real_statistics import RealStatistics, default_folder

PHOTOS = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


def counted(times):
    """A computation, and how often it was done."""

    def compute():
        times.append(1)
        return {"means": np.array([[1.5, 2.5]]), "images": np.array(7)}

    return compute


def test_the_same_photos_and_recipe_are_computed_once(tmp_path):
    times = []
    for _ in range(3):
        kept = RealStatistics(tmp_path, PHOTOS.copy()).get("means", counted(times))
        np.testing.assert_array_equal(kept["means"], [[1.5, 2.5]])
        assert kept["images"] == 7
    assert len(times) == 1


def test_other_photos_another_order_or_another_recipe_are_computed_anew(tmp_path):
    times, changed = [], PHOTOS.copy()
    changed[1, 2, 3] += 1
    shown = [PHOTOS, changed, PHOTOS[::-1], PHOTOS.reshape(3, 2, 4), PHOTOS.astype(np.int8)]
    for photos in shown:
        RealStatistics(tmp_path, photos).get("means", counted(times))
    RealStatistics(tmp_path, PHOTOS).get("medians", counted(times))
    RealStatistics(tmp_path, PHOTOS, PHOTOS).get("means", counted(times))
    assert len(times) == len(shown) + 2


def test_an_array_or_numbers_come_back_as_they_were(tmp_path):
    for _ in range(2):
        statistics = RealStatistics(tmp_path, PHOTOS)
        np.testing.assert_array_equal(statistics.array("a", lambda: PHOTOS[0]), PHOTOS[0])
        numbers = statistics.figures("b", lambda: {"mean": 0.1, "images": 7})
        assert numbers == {"mean": 0.1, "images": 7}
        assert type(numbers["images"]) is int


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"something else"])
def test_a_damaged_file_is_computed_anew(tmp_path, content):
    times = []
    statistics = RealStatistics(tmp_path, PHOTOS)
    statistics.get("means", counted(times))
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    path.write_bytes(content)
    statistics.get("means", counted(times))
    assert len(times) == 2
    assert path.read_bytes() == whole


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    times = []
    statistics = RealStatistics(tmp_path / "file" / "cache", PHOTOS)
    for _ in range(2):
        assert statistics.get("means", counted(times))["images"] == 7
    assert len(times) == 2
    assert f"--cache_dir {tmp_path}/file/cache: Not a directory" in capsys.readouterr().err


def test_the_cache_lies_where_users_want_caches(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "mask-embedding"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder() == tmp_path / ".cache" / "mask-embedding"
