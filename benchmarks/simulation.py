"""Monte Carlo against its random numbers, against the exact curve, and by other executors."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import numpy as np

from benchmarks.timing import seconds
from gapsim import GaussianModel, estimate_gap

MODEL = GaussianModel(1.0, 2.0)
N = np.arange(1, 21)
EPS = [0.2, 0.5, 0.7, 0.9, 0.95, 1.0]
ACCURACY = 1e-4


def rows():
    """Pairs of (what was measured, the ratio), for the curves of Figure 1a."""
    trials = 10**5
    rng = np.random.default_rng(1)
    estimate = estimate_gap(MODEL, N, EPS, trials=trials, rng=1)
    alone = seconds(lambda: estimate_gap(MODEL, N, EPS, trials=trials, rng=1), repeats=3)
    normals = seconds(lambda: [rng.standard_normal(2**16) for _ in range(20 * trials // 2**16)])
    yield f"estimate_gap, {trials:,} trials, n = 1 to 20, six attacks: times drawing its normals", alone / normals
    needed = (estimate.stderr.max() / ACCURACY) ** 2 * alone
    exact = seconds(lambda: MODEL.gap(N[:, None], EPS))
    yield f"the same to a standard error of {ACCURACY:g} (extrapolated): times the exact curves", needed / exact
    for pool in (ThreadPoolExecutor(2), ProcessPoolExecutor(2)):
        with pool:
            pool.submit(estimate_gap, MODEL, 1, 0.5, trials=2, rng=1).result()
            shared = seconds(lambda: estimate_gap(MODEL, N, EPS, trials=trials, rng=1, executor=pool), repeats=3)
        yield f"the same by {type(pool).__name__}(2): times alone", shared / alone
    many = GaussianModel(30 * [1.0], 2.0)
    accuracies = seconds(lambda: estimate_gap(many, 10, 0.5, trials=trials, rng=1, loss="zero_one"), repeats=3)
    normals = seconds(lambda: [rng.standard_normal(2**16) for _ in range(300 * trials // 2**16)], repeats=3)
    yield f"estimate_gap in accuracy, {trials:,} trials, d = 30, n = 10: times drawing its normals (limit 60)", accuracies / normals
