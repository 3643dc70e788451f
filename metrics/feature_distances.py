"""How far apart two sets of pictures are, as distributions of features: Fréchet and kernel."""

from __future__ import annotations

import numpy as np


def frechet_distance(real: np.ndarray, generated: np.ndarray) -> float:
    """|m₁ - m₂|² + tr(C₁ + C₂ - 2(C₁C₂)^½) of two sets' means and covariances (FID).

    Heusel et al. (arXiv 1706.08500, equation 6). 0 = equal Gaussians. It falls as sets grow,
    about as 1/N, so only figures of equally large sets are comparable.

    Args:
      real, generated: float [N, D], N >= 2; the two N may differ.
    """
    real, generated = real.astype(np.float64), generated.astype(np.float64)
    apart = real.mean(axis=0) - generated.mean(axis=0)
    first, second = np.cov(real, rowvar=False), np.cov(generated, rowvar=False)
    traces = np.trace(first) + np.trace(second) - 2 * _trace_of_root(first, second)
    return float(max(0.0, apart @ apart + traces))  # rounding may leave it below zero


def _trace_of_root(first: np.ndarray, second: np.ndarray) -> float:
    """tr (C₁C₂)^½ = tr (C₁^½ C₂ C₁^½)^½, whose middle is symmetric."""
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    return np.sqrt(np.linalg.eigvalsh(root @ second @ root).clip(0)).sum()


def kernel_distance(
    real: np.ndarray,
    generated: np.ndarray,
    seed: int,
    subsets: int = 100,
    subset_size: int = 1000,
) -> dict[str, float]:
    """Unbiased estimate of the squared MMD with the kernel (x·y / D + 1)³ (KID).

    Bińkowski et al. (arXiv 1801.01401, section 4). Unlike the Fréchet distance, its mean does not
    depend on the size of the sets: 0 for equal distributions, where an estimate is as often below.

    Args:
      real, generated: float [N, D], N >= 2; the two N may differ.
      seed: of the choice of subsets.
      subsets: pairs of subsets, one of each set, drawn anew without repetition.
      subset_size: of each; the smaller set's size where that is less.

    Returns:
      {"kernel_distance": mean over subsets, "kernel_distance_std": their standard deviation}. Not
      the mean's own error: subsets overlap, and where they are the whole sets it is 0.
    """
    real, generated = real.astype(np.float64), generated.astype(np.float64)
    size = min(subset_size, len(real), len(generated))
    rng = np.random.default_rng(seed)

    def subset(features: np.ndarray) -> np.ndarray:
        return features[rng.choice(len(features), size, replace=False)]

    estimates = [_squared_mmd(subset(real), subset(generated)) for _ in range(subsets)]
    return {
        "kernel_distance": float(np.mean(estimates)),
        "kernel_distance_std": float(np.std(estimates)),
    }


def _squared_mmd(first: np.ndarray, second: np.ndarray) -> float:
    """Unbiased, of two sets [N, D] of equal size: no point is compared with itself."""
    within = _mean_off_diagonal(_kernel(first, first)) + _mean_off_diagonal(_kernel(second, second))
    return within - 2 * _kernel(first, second).mean()


def _kernel(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    base = first @ second.T / first.shape[1] + 1
    return base * base * base


def _mean_off_diagonal(matrix: np.ndarray) -> float:
    size = len(matrix)
    return (matrix.sum() - np.trace(matrix)) / (size * (size - 1))
