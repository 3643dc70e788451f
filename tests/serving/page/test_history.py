import pytest

from serving.page.history import MOST, History


@pytest.fixture
def heard():
    """Whether the history was settled, each time that it told of a change."""
    return []


@pytest.fixture
def history(heard):
    history = History("one", lambda: heard.append(history.settled))
    return history


def test_undo_and_redo_give_back_the_very_values(history):
    assert history.settled and not history.can_go(-1) and not history.go(-1)
    for value in ("two", "three"):
        history.change(value)
        assert not history.settled
        history.keep()
    seen = []
    for by in (-1, -1, -1, 1, 1, 1):
        history.go(by)
        seen.append(history.now)
    assert seen == ["two", "one", "one", "two", "three", "three"]


def test_a_change_after_undo_forgets_what_was_undone(history):
    history.put("two")
    history.go(-1)
    history.put("other")
    assert history.now == "other" and not history.can_go(1)
    assert history.go(-1) and history.now == "one"


def test_what_is_under_way_becomes_a_step_before_it_is_undone_or_replaced(history):
    history.change("half")
    assert history.go(-1) and history.now == "one"
    assert history.go(1) and history.now == "half"
    history.change("more")
    history.put("other")
    assert history.go(-1) and history.now == "more"
    assert history.go(-1) and history.now == "half"


def test_each_change_is_told_once(history, heard):
    history.change("two")
    history.keep()
    history.keep()  # nothing new
    history.put("three")
    history.go(-1)
    assert heard == [False, True, True, True]


def test_only_so_many_steps_are_kept(history):
    for number in range(MOST + 9):
        history.put(str(number))
    assert sum(history.go(-1) for _ in range(MOST + 19)) == MOST - 1


def test_of_large_values_fewer_can_be_gone_back_to():
    history = History("a", lambda: None, len, 10)
    for value in ("bbb", "cccc", "ddd"):
        history.put(value)
    assert history.kept == (["bbb", "cccc", "ddd"], 2)
    history.put("e" * 30)  # too large alone, and kept all the same
    assert history.kept == (["e" * 30], 0)


def test_others_can_be_had_in_their_place(history, heard):
    history.put("two")
    history.restore(["x", "y", "z"], 1)
    assert history.now == "y" and history.settled and heard[-1]
    assert history.go(1) and history.now == "z"
    assert history.go(-1) and history.go(-1) and history.now == "x"
