import re

from serving.page.landmarks.names import name_of


def test_landmarks_are_named_as_ibug_numbers_them():
    assert name_of(30) == "landmark 31, nose tip"
    assert name_of(8) == "landmark 9, chin"
    assert name_of(0) == "landmark 1, jaw, 1 of 17"
    assert name_of(21) == "landmark 22, right brow, 5 of 5"
    assert name_of(42) == "landmark 43, left eye, 1 of 6"
    assert name_of(67) == "landmark 68, inner lip, 8 of 8"


def test_no_two_have_the_same_name():
    names = {re.sub(r"landmark \d+, ", "", name_of(index)) for index in range(68)}
    assert len(names) == 68
