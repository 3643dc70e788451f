import asyncio

import numpy as np
import pytest

from interface.command_line import UserError
from serving.page.labels import state as module
from serving.page.labels.edits import Area, Filled, Styled
from serving.page.labels.state import Drawing, State
from serving.page.labels.work import Work
from serving.scene import Reference, Scene
from tests.serving.page.labels.conftest import LABELS

PHOTO = np.random.default_rng(0).integers(0, 256, [16, 24, 3], np.uint8)
MIDDLE = ((0.4, 0.4), (0.6, 0.6))


def test_it_begins_with_nothing_at_the_models_size_and_its_second_class(label_studio):
    state = State(label_studio, "editor")
    assert state.scene.label.shape == (8, 12) and not state.scene.label.any()
    assert (state.name, state.seed, state.selected) == ("left bank", 0, None)
    assert state.labels_photos and state.takes_photos and not state.has_seeds


def test_the_first_class_to_paint_is_seen_on_the_first_one(label_studio, monkeypatch):
    """Cityscapes' first five are black."""
    from input_pipeline.label_maps import known_sets

    classes = known_sets.read("cityscapes")
    monkeypatch.setattr(State, "classes", classes)
    assert classes.names[State(label_studio, "free").label] == "dynamic"


@pytest.mark.parametrize(
    "model, seeds, photos, of",
    [
        ("free", False, False, "label"),
        ("styled", True, False, "label"),
        ("clusters", True, True, "instance"),
        ("editor", False, True, "label"),
    ],
)
def test_what_a_model_can_be_asked_for(state_of, model, seeds, photos, of):
    state = state_of(model)
    assert (state.has_seeds, state.takes_photos, state.styles_of) == (seeds, photos, of)


def test_edits_are_steps_that_can_be_undone(flat):
    told = []
    flat.listeners.append(lambda: told.append(1))
    flat.edit(Area(MIDDLE, 2))
    assert (flat.scene.label == 2).any() and told and flat.can_go(-1)
    flat.selected = (0.5, 0.5)
    assert flat.go(-1) and not flat.scene.label.any() and flat.selected is None
    before = flat.now
    flat.edit(Area(((5.0, 5.0), (6.0, 6.0), (5.5, 7.0)), 2))  # beside the map
    assert flat.now is before


def test_what_can_not_be_done_is_no_step(flat):
    before = flat.now
    with pytest.raises(UserError, match="region 7: not in the scene"):
        flat.edit(Styled(7, 0, 1))
    assert flat.now is before and flat.history.settled


def test_a_drawing_that_became_too_long_is_refused(flat, monkeypatch):
    monkeypatch.setattr(module, "MOST_EDITS", 500)
    for number in range(3):
        flat.edit(Filled((0.5, 0.5), 1 + number % 2))
    with pytest.raises(UserError, match="save it as a label map and open that"):
        flat.edit(Filled((0.5, 0.5), 0))
    flat.begin(flat.scene)
    flat.edit(Filled((0.5, 0.5), 0))


def test_what_can_be_undone_is_bounded_by_its_size(label_studio, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 10_000)
    state = State(label_studio, "free")
    for _ in range(8):
        state.begin(Scene(np.zeros([40, 100], np.uint8)))  # 4,000 bytes each
    assert len(state.history.kept[0]) == 2


def test_a_model_is_asked_for_what_it_takes(state_of, label_studio):
    state = state_of("free")
    state.begin(Scene(np.zeros([10, 13], np.uint8), np.ones([10, 13], np.int32)))
    asked = state.asked  # multiples of 4, without instances
    assert asked.label.shape == (8, 12) and asked.instance is None
    state.choose("styled")
    np.testing.assert_array_equal(state.asked.instance, np.ones([10, 13]))
    state.begin(Scene(LABELS))
    np.testing.assert_array_equal(state.asked.instance, LABELS)


def test_styles_that_a_model_does_not_have_are_left_out(state_of):
    state = state_of("clusters")
    state.select((0.01, 0.01))
    assert state.clusters() == 2 and state.chosen() is None
    region = int(LABELS[0, 0])
    state.restyle(1)
    assert dict(state.asked.styles) == {region: 1} and state.chosen() == 1
    state.edit(Styled(region, 3, 4))  # as of a model with four
    assert not state.asked.styles
    state.choose("free")
    assert state.clusters() == 0 and not state.asked.styles


def test_a_reference_stays_while_the_map_changes_and_counts_where_photos_do(state_of):
    state = state_of("editor")
    reference = Reference(PHOTO, LABELS)
    state.copy_style(reference)
    state.edit(Area(MIDDLE, 1))
    assert state.reference is reference
    state.choose("free")
    assert state.reference is None and state.now.reference is reference
    state.choose("editor")
    state.go(-1)
    state.go(-1)
    assert state.reference is None


def test_the_photo_can_be_kept_where_nothing_was_edited(state_of):
    state = state_of("editor")
    state.begin(Scene(LABELS), Reference(PHOTO, LABELS))
    picture = np.full_like(PHOTO, 9)
    state.keeps_photo = False
    assert state.finished(picture, state.asked) is picture
    state.keeps_photo = True
    np.testing.assert_array_equal(state.finished(picture, state.asked), PHOTO)
    state.exchange(Scene(LABELS))  # nobody knows whether this map is the photo's
    assert not state.can_keep_photo and state.finished(picture, state.asked) is picture
    state.go(-1)
    assert state.can_keep_photo
    state.copy_style(Reference(255 - PHOTO, LABELS))
    assert not state.can_keep_photo and state.finished(picture, state.asked) is picture


def test_a_new_beginning_leaves_the_style_and_another_map_keeps_it(state_of):
    state = state_of("editor")
    state.copy_style(Reference(PHOTO, LABELS))
    state.choose_seed(4)
    state.exchange(Scene(LABELS))
    assert state.now.reference is not None and state.seed == 4
    state.begin(Scene(LABELS))
    assert state.now.reference is None and state.seed == 4


def test_a_seed_is_a_step(flat):
    flat.choose_seed(7)
    assert flat.seed == 7
    flat.go(-1)
    assert flat.seed == 0


def test_photos_count_among_what_can_be_undone(label_studio, monkeypatch):
    monkeypatch.setattr(module, "MOST_BYTES", 10_000)
    state = State(label_studio, "editor")
    photo = np.zeros([30, 40, 3], np.uint8)  # 3,600 bytes, and 1,200 of its map
    for _ in range(6):
        state.copy_style(Reference(photo, photo[..., 0]))
    assert len(state.history.kept[0]) == 2


def test_what_is_selected_stays_so_while_it_is_there(flat):
    flat.edit(Area(MIDDLE, 2))
    flat.edit(Area(((0.0, 0.0), (0.1, 0.1)), 1))
    flat.select((0.5, 0.5))
    flat.go(-1)
    assert flat.selected == (0.5, 0.5)
    flat.go(-1)
    assert flat.selected is None


def test_what_is_selected_is_an_object_of_the_map_as_it_is(flat):
    assert flat.selection() is None
    flat.edit(Area(MIDDLE, 2))
    flat.select((0.5, 0.5))
    np.testing.assert_array_equal(flat.selection(), flat.scene.label == 2)
    flat.pick((0.5, 0.5))
    assert flat.name == flat.name_at((0.5, 0.5)) == "right bank"


def test_restored_drawings_must_be_such(flat):
    base = Work(Scene(LABELS))
    good = base.edited(Filled((0.5, 0.5), 1))
    flat.restore([Drawing(base), Drawing(good, seed=5)], 0)
    assert flat.seed == 0 and flat.can_go(1)
    kept = flat.history.kept
    with pytest.raises(UserError):
        flat.restore([Drawing(base), Drawing(base.edited(Styled(77, 0, 1)))], 1)
    assert flat.history.kept == kept


def test_painting_really_works(state, label_studio):
    from tests.serving.label_models import PALETTE

    painted = asyncio.run(label_studio.labels.painted(state.version, state.asked, [0]))
    np.testing.assert_array_equal(painted[0], PALETTE[LABELS])
