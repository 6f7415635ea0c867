"""The simulation of Figure 2a against drawing its numbers, and the fits against other ways to them."""

import tracemalloc

import cvxpy as cp
import numpy as np

from benchmarks.timing import seconds
from gapsim import (
    DiscreteDesign, NormalDesign, PoissonDesign, RegressionModel, estimate_gap, robust_linear_model, robust_slope,
    standard_slope,
)
from gapsim._prefixes import nested_slopes

SIZES = np.arange(1, 21)
RADII = [0.05, 0.1, 0.2, 0.5, 0.75, 1.0]
TRIALS = 10**5


# Inputs, noise, attack and sizes of risks of which some have an answer and some are refused.
HARD = [
    (DiscreteDesign([-3.0, 7.0, 8.0], [0.43, 0.105, 0.465]), 0.029, 6.852, 125),
    (DiscreteDesign([5.0, 7.0], [0.7, 0.3]), 0.0331, 6.877, [3, 1000, 20_000]),
    (DiscreteDesign([-3.0, 8.0], [0.35, 0.65]), 0.011, 7.282, [2, 3]),
    (PoissonDesign(20.0), 1.0, 19.7, 5),
    (PoissonDesign(100.0), 2.0, 5.0, 2),
    (PoissonDesign(5.0), 0.01, 6.0, SIZES),
]


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
    yield "robust_linear_model, one fit at n = 20: times a fit of estimate_gap", solver / fit
    yield "robust_linear_model, one fit at n = 20: times robust_slope in a batch", solver / single
    yield (
        "robust_slope, size by size, n = 1 to 20, six attacks: times nested_slopes",
        seconds(lambda: [(robust_slope(x[:, :n], y[:, :n], RADII), standard_slope(x[:, :n], y[:, :n])) for n in SIZES])
        / seconds(lambda: nested_slopes(x.T, y.T, SIZES, np.array(RADII))),
    )
    curve, busy = RegressionModel(PoissonDesign(5.0, 1)), RegressionModel(PoissonDesign(20.0, 1))
    far, twenty = 0.9 * busy.threshold(), seconds(lambda: curve.gap(SIZES, 6.0), 3)
    yield (
        "exact gap, Poisson inputs of rate 20, n = 5, eps = .9 eps_c: times a curve of 20 sizes of Figure 2c (limit 2)",
        seconds(lambda: busy.gap(5, far), 3) / twenty,
    )
    yield (
        "exact risks that take many points or much work, answered or refused, the slowest: times that curve (limit 4)",
        max(seconds(lambda: exact(*setting), 3) for setting in HARD) / twenty,
    )
    yield "robust_slope, n = 10^6: memory, times its input (limit 6)", memory(10**6)
    for n, d, eps in ((20, 1, 0.2), (60, 10, 0.5), (100, 500, 0.01), (2000, 100, 0.01)):
        rng = np.random.default_rng(4)
        x = rng.standard_normal((n, d))
        y = x @ (rng.standard_normal(d) * (np.arange(d) % 3 == 0)) + rng.standard_normal(n)
        repeats = 7 if n * d < 10**4 else 2
        yield (
            f"the same programme by CVXPY, n = {n}, d = {d}, eps = {eps:g}: times robust_linear_model (2 to 5)",
            seconds(lambda: modelled(x, y, eps), repeats) / seconds(lambda: robust_linear_model(x, y, eps), repeats),
        )


def exact(design, noise, eps, n):
    """The risk, or that it is refused."""
    try:
        RegressionModel(design, noise=noise).law(n, eps).squared_error(full_output=True)
    except ArithmeticError:
        pass


def memory(n):
    """The most that a fit holds at a time, in units of its input."""
    x = np.random.default_rng(5).standard_normal((2, n))
    tracemalloc.start()
    robust_slope(x[0], x[1], 0.2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / x.nbytes


def modelled(x, y, eps):
    """The robust linear model as CVXPY is told it and hands it to the same solver."""
    w = cp.Variable(x.shape[1])
    loss = cp.sum_squares(cp.abs(y - x @ w) + eps * cp.norm1(w))
    tolerances = dict.fromkeys(("tol_gap_abs", "tol_gap_rel", "tol_feas"), 1e-10)
    cp.Problem(cp.Minimize(loss)).solve(solver=cp.CLARABEL, **tolerances)
