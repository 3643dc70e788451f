import numpy as np
import pytest

from metrics import feature_distances

RNG = np.random.default_rng(0)


def whitened(count, size):
    """Features whose mean is exactly 0 and whose unbiased covariance is exactly the identity."""
    drawn = RNG.normal(size=[count, size])
    drawn -= drawn.mean(axis=0)
    return drawn @ np.linalg.inv(np.linalg.cholesky(np.cov(drawn, rowvar=False))).T


def kernel(x, y):
    return (sum(a * b for a, b in zip(x, y)) / len(x) + 1) ** 3


def squared_mmd_by_hand(first, second):
    within = sum(
        np.mean(
            [kernel(x, y) for i, x in enumerate(points) for j, y in enumerate(points) if i != j]
        )
        for points in (first, second)
    )
    return within - 2 * np.mean([kernel(x, y) for x in first for y in second])


def test_frechet_of_gaussians_along_the_axes_is_that_of_each_axis():
    first, second = RNG.uniform(0.1, 3, [2, 6])
    shift = RNG.normal(size=6)
    real, generated = whitened(50, 6) * first, whitened(80, 6) * second + shift
    wanted = (shift**2 + (first - second) ** 2).sum()
    assert feature_distances.frechet_distance(real, generated) == pytest.approx(wanted)


def test_frechet_of_correlated_gaussians_takes_the_product_of_their_covariances():
    """Its square root has the roots of the product's eigenvalues, symmetric or not."""
    mix, other = RNG.normal(size=[2, 5, 5])
    real, generated = whitened(40, 5) @ mix, whitened(40, 5) @ other
    one, two = mix.T @ mix, other.T @ other
    roots = np.sqrt(np.linalg.eigvals(one @ two).real)
    wanted = np.trace(one) + np.trace(two) - 2 * roots.sum()
    assert feature_distances.frechet_distance(real, generated) == pytest.approx(wanted)


@pytest.mark.parametrize("count", [100, 8])
def test_frechet_of_a_set_with_itself_is_zero_even_with_fewer_pictures_than_features(count):
    features = RNG.normal(size=[count, 32]).astype(np.float32)
    assert feature_distances.frechet_distance(features, features) == pytest.approx(0, abs=1e-5)


def test_frechet_of_float32_features_far_from_zero_is_computed_in_float64():
    real, generated = whitened(64, 4) + 1000, 2 * whitened(64, 4) + 1000
    singles = (real.astype(np.float32), generated.astype(np.float32))
    assert feature_distances.frechet_distance(*singles) == pytest.approx(4, rel=1e-4)


def test_kernel_distance_of_whole_sets_is_the_mmd_of_a_double_loop():
    real, generated = RNG.normal(size=[9, 4]), RNG.normal(0.5, 1, size=[9, 4])
    assert feature_distances.kernel_distance(real, generated, seed=3, subsets=2) == {
        "kernel_distance": pytest.approx(squared_mmd_by_hand(real, generated)),
        "kernel_distance_std": pytest.approx(0, abs=1e-12),
    }


def test_kernel_distance_around_equal_distributions_is_zero_for_any_size():
    """A biased estimate would be off by about 2 / size, here tens of standard errors."""
    for size in (10, 50):
        several = [
            feature_distances.kernel_distance(*RNG.normal(size=[2, size, 16]), 0, 1)
            for _ in range(400)
        ]
        values = np.array([one["kernel_distance"] for one in several])
        error = values.std() / np.sqrt(len(values))
        assert abs(values.mean()) < 4 * error < 1 / size


def test_kernel_distance_follows_its_seed():
    real, generated = RNG.normal(size=[2, 100, 4])
    first, again, other = (
        feature_distances.kernel_distance(real, generated, seed, 5, 20) for seed in (0, 0, 1)
    )
    assert first == again != other
    assert first["kernel_distance_std"] > 0


def test_a_subset_holds_no_picture_twice():
    """Of 10 pictures, a subset of 10 is all of them, in the smaller set and in the larger."""
    real = RNG.normal(size=[10, 4])
    generated = np.zeros([30, 4])
    wanted = squared_mmd_by_hand(real, generated[:10])
    distances = feature_distances.kernel_distance(real, generated, seed=0, subsets=4)
    assert distances["kernel_distance"] == pytest.approx(wanted)
