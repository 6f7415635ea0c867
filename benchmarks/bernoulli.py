"""The exact Bernoulli gap against binomial cdfs at the same points, and its cost as n grows."""

import numpy as np
from scipy.special import betainc

from benchmarks.timing import seconds
from gapsim import BernoulliModel


def rows():
    """Pairs of (what was measured, the ratio)."""
    n = np.arange(1.0, 100_001)
    # The mean far from eps, at it, and an eps whose comparisons outgrow 64 bits.
    for tau, eps in ((0.5, 0.2), (0.2, 0.2), (0.01, 0.01), (0.2, 0.12345678901234567)):
        model = BernoulliModel(1, tau)
        points = [np.floor(n * (1 + x) / 2) for x in (-eps, 0, eps)]
        three_cdfs = seconds(lambda: [betainc(n - k, k + 1, (1 - tau) / 2) for k in points])
        yield (
            f"BernoulliModel.gap, n = 1..10^5, tau = {tau:g}, eps = {eps:.3g}: times three binomial cdfs",
            seconds(lambda: model.gap(n, eps)) / three_cdfs,
        )
    for tau in (0.5, 0.2):
        model = BernoulliModel(1, tau)
        small, large = (
            seconds(lambda: model.gap(np.arange(start, start + 5000), 0.2)) for start in (10**3, 10**7)
        )
        yield f"BernoulliModel.gap, tau = {tau:g}, eps = 0.2: cost per n at 10^7 over 10^3", large / small
