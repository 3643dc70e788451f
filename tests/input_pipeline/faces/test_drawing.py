import pathlib
import subprocess
import sys

import numpy as np
import pytest

import input_pipeline
from input_pipeline.faces import drawing

# Name, first and last of dlib's 68 landmarks, whether the line is closed.
PARTS = [
    ("jaw", 0, 16, False),
    ("right brow", 17, 21, False),
    ("left brow", 22, 26, False),
    ("nose bridge", 27, 30, False),
    ("nostrils", 31, 35, False),
    ("right eye", 36, 41, True),
    ("left eye", 42, 47, True),
    ("outer lip", 48, 59, True),
    ("inner lip", 60, 67, True),
]
FAR_AWAY = (-1000.0, -1000.0)


def face_of(first, points):
    """68 landmarks of which only those from `first` on lie on the canvas."""
    landmarks = np.full((68, 2), FAR_AWAY)
    landmarks[first : first + len(points)] = points
    return landmarks


def segment(start, end):
    """Pixels of a horizontal, vertical or diagonal line, about which there is no doubt."""
    (x, y), (far_x, far_y) = start, end
    assert far_x == x or far_y == y or abs(far_x - x) == abs(far_y - y)
    length = max(abs(far_x - x), abs(far_y - y))
    step = np.sign(far_x - x), np.sign(far_y - y)
    return {(x + i * step[0], y + i * step[1]) for i in range(length + 1)}


def drawn_pixels(mask):
    return {(x, y) for y, x in np.argwhere(mask)}


@pytest.mark.parametrize("name, first, last, closed", PARTS)
def test_each_part_is_its_own_line_open_or_closed(name, first, last, closed):
    count = last - first + 1
    # To the right, then down, so that a line back to the start would be a diagonal of its own.
    points = [(4 + 4 * i, 20) for i in range(count - 1)]
    points.append((points[-1][0], 20 + points[-1][0] - 4))
    wanted = set().union(*(segment(*pair) for pair in zip(points, points[1:])))
    if closed:
        wanted |= segment(points[-1], points[0])
    assert drawn_pixels(drawing.draw(face_of(first, points), 128)) == wanted


def test_every_landmark_belongs_to_one_part():
    covered = [i for first, last, _ in drawing.LINES for i in range(first, last + 1)]
    assert covered == list(range(68))


@pytest.mark.parametrize(
    "resolution, width", [(8, 1), (64, 1), (128, 1), (256, 1), (512, 2), (1024, 4)]
)
def test_lines_are_as_wide_as_the_release_drew_them(resolution, width):
    middle = resolution // 2
    across = [(x, middle) for x in np.linspace(1, resolution - 2, 5)]
    mask = drawing.draw(face_of(17, across), resolution)
    column = np.flatnonzero(mask[:, resolution // 4])
    assert len(column) == width
    assert column[0] <= middle <= column[-1]
    assert column[-1] - column[0] == width - 1
    upright = drawing.draw(face_of(17, [(y, x) for x, y in across]), resolution)
    assert upright[resolution // 4].sum() == width


@pytest.mark.parametrize("resolution", [8, 32, 256, 512, 1024])
def test_every_landmark_on_the_canvas_is_drawn(resolution):
    landmarks = np.random.default_rng(0).uniform(-0.2, 1.2, (68, 2)) * resolution
    mask = drawing.draw(landmarks, resolution)
    assert mask.shape == (resolution, resolution)
    assert mask.dtype == bool
    on_canvas = [
        (x, y)
        for x, y in np.floor(landmarks + 0.5).astype(int)
        if 0 <= x < resolution and 0 <= y < resolution
    ]
    assert len(on_canvas) > 20
    near = 0 if resolution <= 256 else 1  # a wide line's slanted end may miss its last pixel
    for x, y in on_canvas:
        assert mask[max(0, y - near) : y + near + 1, max(0, x - near) : x + near + 1].any()


def connected(mask, start):
    """The drawn pixels that a king reaches from `start`."""
    open_ends, reached = [start], {start}
    while open_ends:
        x, y = open_ends.pop()
        around = {(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)}
        new = {(u, v) for u, v in around - reached if mask[v, u]}
        reached |= new
        open_ends += new
    return reached


def test_a_slanted_line_has_no_gap():
    rng = np.random.default_rng(3)
    points = rng.uniform(2, 61, (17, 2))
    mask = drawing.draw(face_of(0, points), 64)
    start = tuple(np.floor(points[0] + 0.5).astype(int))
    assert connected(mask, start) == drawn_pixels(mask)


def test_a_line_that_leaves_the_canvas_is_drawn_up_to_its_border():
    points = [(-200, 10), (-40, 10), (15, 10), (90, 10), (5000, 10)]
    assert drawn_pixels(drawing.draw(face_of(17, points), 32)) == segment((0, 10), (31, 10))


def test_a_face_outside_the_canvas_draws_nothing():
    assert not drawing.draw(np.full((68, 2), FAR_AWAY), 32).any()


def test_a_landmark_is_drawn_at_the_nearest_pixel():
    points = [(3.4, 7.6)] * 5
    assert drawn_pixels(drawing.draw(face_of(17, points), 16)) == {(3, 8)}


def test_drawing_needs_neither_dlib_nor_tensorflow():
    text = (
        "import sys\nfrom input_pipeline.faces import drawing\n"
        "print([name for name in ('dlib', 'tensorflow') if name in sys.modules])"
    )
    root = pathlib.Path(input_pipeline.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, cwd=root, timeout=60
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
