"""The simulation of Figure 2a against drawing its numbers, and against a convex solver."""

import numpy as np

from benchmarks.timing import seconds
from gapsim import NormalDesign, RegressionModel, estimate_gap, robust_linear_model, robust_slope

SIZES = np.arange(1, 21)
RADII = [0.05, 0.1, 0.2, 0.5, 0.75, 1.0]
TRIALS = 10**5


def draw():
    """The 40 normals of every trial, in pieces that stay in the cache."""
    rng = np.random.default_rng(1)
    for _ in range(TRIALS // 1000):
        rng.standard_normal((40, 1000))


def rows():
    """Pairs of (what was measured, the ratio)."""
    model = RegressionModel(NormalDesign())
    x, y = model.sample(20 * 1000, 2)
    x, y = x.reshape(1000, 20), y.reshape(1000, 20)
    drawing = seconds(draw)
    simulation = seconds(lambda: estimate_gap(model, SIZES, RADII, trials=TRIALS, rng=3))
    single = seconds(lambda: robust_slope(x, y, RADII)) / (1000 * len(RADII))
    solver = seconds(lambda: [robust_linear_model(x[i][:, None], y[i], 0.2) for i in range(5)]) / 5
    fit = simulation / (TRIALS * len(SIZES) * len(RADII))
    yield (
        "estimate_gap, Figure 2a, 1.2e7 fits: times drawing its 40 normals a trial (limit 25)",
        simulation / drawing,
    )
    yield "CVXPY and Clarabel, one fit at n = 20: times a fit of estimate_gap", solver / fit
    yield "CVXPY and Clarabel, one fit at n = 20: times robust_slope in a batch", solver / single
