import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from input_pipeline.faces import crop
from input_pipeline.faces.crop import Square


def square(centre, side, degrees):
    """A square turned clockwise, as seen on the screen."""
    angle = np.radians(degrees)
    right = side * np.array([np.cos(angle), np.sin(angle)])
    down = side * np.array([-np.sin(angle), np.cos(angle)])
    return Square(np.asarray(centre, float) - (right + down) / 2, right)


def smooth_photo(height, width):
    """Colours that change slowly, by waves."""
    y, x = np.indices([height, width])
    waves = [np.sin(x / 7 + y / 11 + phase) + np.cos(x / 13 - y / 5 + phase) for phase in range(3)]
    return Image.fromarray(np.rint(127.5 + 60 * np.stack(waves, -1)).astype(np.uint8))


def random_photo(height, width, seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(pixels)


def coordinate_photo(side):
    """Red grows with x and green with y, both from 0 to 250 over the photo."""
    ramp = (np.arange(side) + 0.5) / side * 250
    red, green = np.meshgrid(ramp, ramp)
    return Image.fromarray(np.rint(np.stack([red, green, red * 0], axis=-1)).astype(np.uint8))


@pytest.mark.parametrize(
    "side, centre, span, degrees, resolution",
    [
        (200, (100, 100), 120, 0, 120),
        (200, (90, 110), 100, 0, 64),
        (200, (100, 90), 60, 0, 128),  # enlarged
        (200, (100, 100), 120, 30, 64),
        (200, (95, 105), 120, 137, 100),
        (200, (100, 100), 130, -90, 32),
        (1000, (500, 480), 600, 20, 16),  # far larger than the crop: averaged first
        (1001, (481, 520), 500, -50, 32),
    ],
)
def test_each_pixel_shows_the_place_that_the_square_maps_it_to(
    side, centre, span, degrees, resolution
):
    shape = square(centre, span, degrees)
    result = np.asarray(crop.cut(coordinate_photo(side), shape, resolution), float)
    assert result.shape == (resolution, resolution, 3)
    along = (np.arange(resolution) + 0.5) / resolution
    place = (
        shape.corner
        + along[None, :, None] * shape.right
        + along[:, None, None] * np.array([-shape.right[1], shape.right[0]])
    )
    # The photo's own rounding, and Pillow's transform, which drops what is behind the point.
    np.testing.assert_allclose(result[..., :2], place / side * 250, atol=1.5)


@pytest.mark.parametrize(
    "centre, side, degrees, share",
    [
        ((100, 75), 150, 0, 1),  # all of it, to three edges
        ((60, 75), 80, 30, 1),
        ((100, 75), 200, 0, 0.75),  # above and below 25 pixels each
        ((0, 0), 60, 0, 0.25),
        ((0, 0), 60, 33, 0.25),  # a square's quarters are equal however it is turned
        ((200, 75), 60, 45, 0.5),
        ((100, 75), 1000, 70, 200 * 150 / 1000**2),  # the photo lies in the square
        ((-50, 75), 60, 0, 0),
    ],
)
def test_the_share_of_a_square_that_its_photo_shows(centre, side, degrees, share):
    photo = Image.new("RGB", (200, 150))
    assert square(centre, side, degrees).share_in(photo) == pytest.approx(share)


def test_a_square_of_the_crops_own_size_is_copied_pixel_by_pixel():
    photo = random_photo(40, 40)
    result = crop.cut(photo, Square(np.array([5.0, 9.0]), np.array([24.0, 0.0])), 24)
    np.testing.assert_array_equal(result, np.asarray(photo)[9:33, 5:29])


def test_a_quarter_turn_is_exact():
    photo = random_photo(32, 32)
    # Its upper edge runs down the photo's right side.
    turned = Square(np.array([32.0, 0.0]), np.array([0.0, 32.0]))
    np.testing.assert_array_equal(crop.cut(photo, turned, 32), np.rot90(np.asarray(photo)))


def test_pixels_just_outside_a_square_count_as_in_the_whole_photo():
    photo = random_photo(60, 60)
    shape = Square(np.array([10.3, 12.7]), np.array([24.0, 0.0]))
    # Pillow's own transform, of the whole photo.
    wanted = photo.transform(
        (24, 24), Image.Transform.AFFINE, (1, 0, 10.3, 0, 1, 12.7), Image.Resampling.BICUBIC
    )
    np.testing.assert_allclose(
        np.asarray(crop.cut(photo, shape, 24), float), np.asarray(wanted, float), atol=1
    )


@pytest.mark.parametrize("factor", [2, 4])
def test_whole_powers_of_two_are_averages_of_blocks(factor):
    photo = random_photo(32 * factor, 32 * factor)
    shape = Square(np.zeros(2), np.array([32.0 * factor, 0.0]))
    blocks = np.asarray(photo, float).reshape(32, factor, 32, factor, 3)
    np.testing.assert_allclose(crop.cut(photo, shape, 32), blocks.mean(axis=(1, 3)), atol=1)


@pytest.mark.parametrize("degrees", [0, 30, 45])
@pytest.mark.parametrize("side, resolution", [(256, 32), (300, 64), (512, 16)])
def test_a_fine_checkerboard_shrinks_to_flat_grey(side, resolution, degrees):
    board = np.indices((side, side)).sum(axis=0) % 2 * 255
    photo = Image.fromarray(np.repeat(board.astype(np.uint8)[..., None], 3, axis=-1))
    result = crop.cut(photo, square((side / 2, side / 2), side * 0.9, degrees), resolution)
    np.testing.assert_allclose(np.asarray(result, float), 127.5, atol=8)


def faded(photo, room, side, reach):
    """FFHQ's recipe, on a photo that is reflected by `room` pixels on all sides: float [H, W, 3].

    Args:
      side: of the square; reach: how far it goes beyond left, top, right and lower edge, at most.
    """
    padded = np.pad(photo.astype(float), [(room, room), (room, room), (0, 0)], mode="symmetric")
    height, width = photo.shape[:2]
    left, top, right, low = np.maximum(reach, 0.3 * side)
    x, y = np.arange(width + 2 * room) - room + 0.5, np.arange(height + 2 * room) - room + 0.5
    across = np.maximum(-x / left, (x - width) / right)
    out = np.maximum(across[None], np.maximum(-y / top, (y - height) / low)[:, None])[..., None]
    soft = ndimage.gaussian_filter(padded, [0.02 * side, 0.02 * side, 0])
    padded += (soft - padded) * np.clip(3 * out + 1, 0, 1)
    return padded + (np.median(photo[::4, ::4], (0, 1)) - padded) * np.clip(out, 0, 1)


@pytest.mark.parametrize("degrees", [0, 25, 200])
@pytest.mark.parametrize(
    "size, centre, span, resolution",
    [
        ((60, 80), (3, 70), 50, 40),
        ((60, 80), (40, 30), 200, 64),  # larger than the photo on all sides
        ((60, 80), (30, 40), 55, 40),
    ],
)
def test_outside_the_photo_its_reflection_is_blurred_and_fades(
    size, centre, span, resolution, degrees
):
    photo, room = smooth_photo(*size), 160
    outside = square(centre, span, degrees)
    corners = [
        outside.corner + a * outside.right + b * outside.down for a in (0, 1) for b in (0, 1)
    ]
    first = np.floor(np.min(corners, 0)) - crop.MARGIN
    last = np.ceil(np.max(corners, 0)) + crop.MARGIN
    reach = [*(-first - 0.5), *(last - 0.5 - size[::-1])]
    wanted = faded(np.asarray(photo), room, span, reach)
    if outside.share_in(photo) == 1:
        wanted[room:-room, room:-room] = np.asarray(photo)
    inside = square(np.add(centre, room), span, degrees)
    found = np.asarray(crop.cut(photo, outside, resolution), float)
    wanted = Image.fromarray(np.rint(wanted).astype(np.uint8))
    difference = np.abs(found - np.asarray(crop.cut(wanted, inside, resolution), float))
    assert difference.mean() < 1 and difference.max() < 12  # Pillow's blur is three boxes'


def test_a_second_eye_is_not_sharp_and_a_square_inside_its_photo_is_untouched():
    """A checkerboard keeps its contrast inside, and has lost it a tenth of the square outside."""
    board = (np.indices([100, 100]).sum(0) % 2 * 255).astype(np.uint8)
    photo = Image.fromarray(board).convert("RGB")
    found = np.asarray(crop.cut(photo, square((100, 50), 80, 0), 80), int)[..., 0]
    spread = found[:, :].std(axis=0)
    assert spread[:20].min() > 120 and spread[50:].max() < 10
    inside = np.asarray(crop.cut(photo, square((50, 50), 80, 0), 80))[..., 0]
    np.testing.assert_array_equal(inside, board[10:90, 10:90])


@pytest.mark.parametrize("resolution", [8, 64])
def test_a_crop_of_a_white_photo_has_no_dark_border(resolution):
    photo = Image.new("RGB", (50, 30), "white")
    result = crop.cut(photo, square((5, 28), 90, 33), resolution)
    assert np.asarray(result).min() == 255


def test_points_of_the_photo_are_located_in_an_upright_crop():
    shape = Square(np.array([10.0, 20.0]), np.array([40.0, 0.0]))
    # A crop's pixel is two of the photo's wide: the first one's centre lies between pixels 10, 11.
    points = [(10.5, 20.5), (10, 20), (12.5, 24.5), (8.5, 20.5)]
    wanted = [(0, 0), (-0.25, -0.25), (1, 2), (-1, 0)]
    np.testing.assert_allclose(shape.locate(np.array(points), 20), wanted, atol=1e-12)


@pytest.mark.parametrize("degrees", [0, 40, 155, -90])
@pytest.mark.parametrize("span, resolution", [(50, 100), (80, 40), (80, 8)])
def test_a_bright_spot_lies_in_the_crop_where_it_is_located(span, resolution, degrees):
    pixels = np.zeros((120, 120, 3), np.uint8)
    pixels[68:71, 50:53] = 255
    shape = square((56, 64), span, degrees)
    result = np.asarray(crop.cut(Image.fromarray(pixels), shape, resolution), float)[..., 0]
    y, x = np.indices(result.shape)
    centroid = np.array([(result * x).sum(), (result * y).sum()]) / result.sum()
    located = shape.locate(np.array([[51.0, 69.0]]), resolution)
    np.testing.assert_allclose(located[0], centroid, atol=0.15)


def appendix_c(landmarks):
    """Corners of the crop, as the progressive-GAN paper's appendix C writes it; y' points up."""

    def rotate90(vector):  # a quarter turn to the left, as seen on the screen
        return np.array([vector[1], -vector[0]])

    e0, e1 = landmarks[36:42].mean(axis=0), landmarks[42:48].mean(axis=0)
    m0, m1 = landmarks[48], landmarks[54]
    x_ = e1 - e0
    y_ = (e0 + e1) / 2 - (m0 + m1) / 2
    c = (e0 + e1) / 2 - 0.1 * y_
    s = max(4.0 * np.linalg.norm(x_), 3.6 * np.linalg.norm(y_))
    x = x_ - rotate90(y_)
    x /= np.linalg.norm(x)
    y = rotate90(x)
    return [c - x * s / 2 + y * s / 2, c + x * s / 2 + y * s / 2, c - x * s / 2 - y * s / 2]


@pytest.mark.parametrize("seed", range(5))
def test_a_faces_square_is_that_of_the_papers_appendix(seed):
    rng = np.random.default_rng(seed)
    landmarks = rng.uniform(0, 400, (68, 2))
    shape = crop.around_face(landmarks)
    down = np.array([-shape.right[1], shape.right[0]])
    corners = [shape.corner, shape.corner + shape.right, shape.corner + down]
    # Landmarks count from the first pixel's centre, squares from its border.
    np.testing.assert_allclose(np.array(corners) - 0.5, appendix_c(landmarks), rtol=1e-9)


def test_an_upright_faces_square_is_upright_and_four_times_as_wide_as_its_eyes():
    landmarks = np.zeros((68, 2))
    landmarks[36:42], landmarks[42:48] = (40, 50), (80, 50)
    landmarks[48], landmarks[54] = (50, 90), (70, 90)
    shape = crop.around_face(landmarks)
    # Middle of the eyes (60, 50), a tenth of the way to the mouth below it (60, 54).
    np.testing.assert_allclose(shape.corner, [60.5 - 80, 54.5 - 80])
    np.testing.assert_allclose(shape.right, [160, 0], atol=1e-9)
    assert shape.side == pytest.approx(160)


def test_the_whole_of_a_photo_is_its_central_square():
    for size, wanted in [((30, 20), (5, 0, 25, 20)), ((20, 31), (0, 5, 20, 25))]:
        photo = random_photo(size[1], size[0])
        shape = crop.whole(photo)
        assert shape.side == 20
        np.testing.assert_array_equal(crop.cut(photo, shape, 20), photo.crop(wanted))


def test_halvings_are_successive_means_of_two_by_two_pixels():
    image = np.asarray(random_photo(32, 32))
    sizes = crop.halvings(image, 4)
    assert sorted(sizes) == [4, 8, 16, 32]
    np.testing.assert_array_equal(sizes[32], image)
    for side in (16, 8, 4):
        means = sizes[2 * side].reshape(side, 2, side, 2, 3).mean(axis=(1, 3))
        assert sizes[side].dtype == np.uint8
        np.testing.assert_allclose(sizes[side], means, atol=0.5)


def test_a_crop_that_is_small_enough_is_not_halved():
    image = np.asarray(random_photo(8, 8))
    assert list(crop.halvings(image, 8)) == [8]
