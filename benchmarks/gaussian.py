"""The exact Gaussian gap against passes of the normal cdf over the same array."""

import numpy as np
from scipy.special import ndtr

from benchmarks.timing import seconds
from gapsim import GaussianModel


def rows():
    """Pairs of (what was measured, the ratio)."""
    n = np.arange(1, 10**6 + 1)
    argument = -np.sqrt(n) / 1000
    three_passes = seconds(lambda: [ndtr(argument) for _ in range(3)])
    # From all pairs in the series to none: t runs from 0.001 to 1.
    for eps in (1e-4, 1e-3, 1e-2, 3e-2):
        model = GaussianModel(1e-2, 10.0)
        yield (
            f"GaussianModel.gap, 10^6 pairs, eps/mean = {eps / 1e-2:g}: times three ndtr passes (limit 4)",
            seconds(lambda: model.gap(n, eps)) / three_passes,
        )
    n, eps = np.arange(1, 101)[:, None], np.linspace(0, 2, 100)
    equal, one = GaussianModel(np.ones(784), 2.0), GaussianModel(1.0, 2.0)
    yield (
        "GaussianModel.gap, 784 equal coordinates: times one coordinate",
        seconds(lambda: equal.gap(n, eps)) / seconds(lambda: one.gap(n, eps)),
    )
