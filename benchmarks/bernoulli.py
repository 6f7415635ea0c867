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
    one, many = np.linspace(0, 1.5, 10**5), np.arange(1, 10**5 + 1)
    model = BernoulliModel(1, 0.2)
    sizes = seconds(lambda: model.gap(many, 0.2), repeats=3)
    for n_one in (10, 10**5):
        yield (
            f"BernoulliModel.gap, 10^5 eps at n = {n_one:,}: times 10^5 n at one eps (limit 3)",
            seconds(lambda: model.gap(n_one, one), repeats=3) / sizes,
        )
    model = BernoulliModel(np.linspace(0.1, 1, 784), 0.2)
    grid, radii = np.arange(1, 101)[:, None], np.linspace(0, 1, 100)
    for name, call in (("gap", lambda it: it.gap(grid, radii)), ("limit", lambda it: it.limit(np.linspace(0, 1, 10**4)))):
        yield (
            f"BernoulliModel.{name}, 784 distinct theta: times GaussianModel.{name} (limit 5)",
            seconds(lambda: call(model), repeats=3) / seconds(lambda: call(model.gaussian), repeats=3),
        )
