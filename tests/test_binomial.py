"""The binomial cdf against balls that contain it, on both sides of the switch to the expansion."""

from fractions import Fraction
from math import comb, isqrt

import flint
import numpy as np
import pytest
import scipy

from gapsim import _binomial
from gapsim._binomial import REACH, VARIANCE, binomial_cdf


def enclosed_cdf(count, n, miss):
    """The cdf by Arb, from the smaller of the two tails."""
    x, rest = (flint.arb(p.numerator) / p.denominator for p in (miss, 1 - miss))
    if count < n * (1 - miss):
        ball = x.beta_lower(n - count, count + 1, regularized=True)
    else:
        ball = 1 - rest.beta_lower(count + 1, n - count, regularized=True)
    assert float(ball.rad()) < 1e-30
    return float(ball)


@pytest.mark.parametrize("miss", ["0.499", "0.15", "0.001"])
@pytest.mark.parametrize("variance", [VARIANCE - 20, VARIANCE + 20, 30 * VARIANCE, 2 * 10**6])
def test_cdf_within_and_around_the_expansion(variance, miss):
    miss = Fraction(miss)
    n = int(variance / (miss * (1 - miss)))
    shifts = np.array([-1.3, -1.01, -0.99, -0.6, -0.1, 0, 0.01, 0.4, 0.99, 1.01]) * REACH
    counts = np.array([int(n * (1 - miss)) + int(z * isqrt(variance)) for z in shifts])
    with flint.ctx.workprec(250):
        oracle = np.array([enclosed_cdf(int(count), n, miss) for count in counts])
    error = np.abs(binomial_cdf(counts, np.full(counts.shape, n), float(miss)) - oracle)
    # SciPy's own law is less exact before 1.17.
    few = 1e-14 if np.lib.NumpyVersion(scipy.__version__) >= "1.17.0" else 1e-13
    assert error.max() < (few if n < 10**5 else 5e-13)


@pytest.mark.parametrize("n", [_binomial.MANY, _binomial.MANY + 1, 10**5, 10**7])
@pytest.mark.parametrize("failures", ["0.01", "3.3", "21", "50", "900"])
def test_cdf_of_few_failures(n, failures):
    miss = Fraction(float(Fraction(failures) / n))  # in [0, 0.9]
    fewer = np.r_[1:40:3, _binomial.FEW - 1 : _binomial.FEW + 2, 200]
    with flint.ctx.workprec(250):
        oracle = np.array([enclosed_cdf(n - int(a), n, miss) for a in fewer])
    error = np.abs(binomial_cdf(n - fewer, np.full(fewer.shape, n), float(miss)) - oracle)
    assert error.max() < 1e-13


def test_cdf_of_small_samples_and_beyond_the_range():
    n, miss = 12, Fraction(3, 8)
    mass = [comb(n, k) * (1 - miss) ** k * miss ** (n - k) for k in range(n + 1)]
    oracle = [0, 0, *np.cumsum(mass), 1, 1]
    counts = np.arange(-2, n + 3)
    for kind in (int, object):
        cdf = binomial_cdf(counts.astype(kind), np.full(counts.shape, n), float(miss))
        assert np.abs(cdf - np.array(oracle, dtype=float)).max() < 1e-15


@pytest.mark.parametrize(("variance", "used"), [(0.98, False), (1.02, True), (1000, True)])
def test_the_expansion_is_used_where_it_is_said_to_be(variance, used, monkeypatch):
    seen = []
    monkeypatch.setattr(
        _binomial, "_uniform_expansion", lambda a, b, x: seen.extend(b - 1) or np.full(a.shape, np.nan)
    )
    n = int(variance * VARIANCE / 0.21)
    spread = np.sqrt(0.21 * n)
    near = np.linspace(-0.97, 0.97, 9) * REACH
    far = np.array([-1.05, 1.05]) * REACH
    counts = (0.7 * n + np.concatenate([near, far]) * spread).astype(int)
    binomial_cdf(counts, np.full(counts.shape, n), 0.3)
    if variance > 10:  # by then the variance at the count is that of the law
        assert seen == list(counts[:9])
    else:
        assert (int(0.7 * n) in seen) == used
