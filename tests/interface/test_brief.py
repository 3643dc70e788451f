import json

from interface import brief


def test_long_lists_are_told_by_their_number():
    classes = [{"id": id, "name": str(id)} for id in range(19)]
    told = brief.as_json({"steps": 3, "size": [8, 12], "classes": classes, "words": "a" * 99})
    assert json.loads(told) == {
        "steps": 3,
        "size": [8, 12],
        "classes": "19 entries",
        "words": "a" * 99,
    }
    assert told.count("\n") == 8
