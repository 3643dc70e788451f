import json

import pytest

from interface.command_line import UserError
from serving import cast


def test_a_models_cast_is_what_was_written(small_model, tmp_path):
    assert cast.read(small_model) == ()
    path = cast.write(tmp_path, [3, 2**40, 0])
    assert path == tmp_path / "assets" / "cast.json"
    assert json.loads(path.read_text()) == {"seeds": [3, 2**40, 0]}
    assert cast.read(tmp_path) == (3, 2**40, 0)
    cast.write(tmp_path, [1])
    assert cast.read(tmp_path) == (1,)
    assert [*path.parent.iterdir()] == [path]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"seeds": 3}',
        '{"seeds": [1, 1]}',
        '{"seeds": [-1]}',
        '{"seeds": [1.5]}',
        '{"seeds": [9007199254740992]}',
        '{"seeds": [true]}',
        '{"seeds": ["1"]}',
        '{"seeds": [[1]]}',
        '{"seeds": "12"}',
    ],
)
def test_a_damaged_cast_is_named(tmp_path, text):
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / cast.FILE).write_text(text)
    with pytest.raises(
        UserError, match=r"cast\.json: damaged; remove it, or choose the cast again"
    ):
        cast.read(tmp_path)


def test_the_cast_comes_first_then_every_other_seed_once():
    assert cast.seeds((5, 1), 6) == [5, 1, 0, 2, 3, 4]
    assert cast.seeds((5, 1), 3, start=5) == [4, 6, 7]
    assert cast.seeds((), 3) == [0, 1, 2]
    assert cast.seeds((5, 1), 1) == [5]
