"""The limit of infinitely many points against quadrature, with a noise that is not 1."""

import mpmath
import pytest

from gapsim import NormalDesign, PoissonDesign, RegressionModel

NOISES = [0.3, 2.5]


def expectation(design, function):
    """E f(x), by quadrature or by summing the law."""
    if isinstance(design, NormalDesign):
        return mpmath.quad(lambda x: mpmath.npdf(x) * function(x), mpmath.linspace(-9, 9, 7), maxdegree=4)
    rate = mpmath.mpf(design.rate)
    return mpmath.fsum(
        mpmath.exp(-rate) * rate**k / mpmath.factorial(k) * function(k + design.shift) for k in range(60)
    )


def folded(mean, noise):
    """E|N(mean, noise^2)|, by integrating the normal law from its sign change."""
    z = mpmath.mpf(mean) / noise
    return noise * (z * (mpmath.ncdf(z) - mpmath.ncdf(-z)) + 2 * mpmath.npdf(z))


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("design", [NormalDesign(), PoissonDesign(3.0, 1)])
def test_threshold_is_that_of_the_expectations(design, noise):
    slope = 0.7
    square = expectation(design, lambda x: mpmath.mpf(x) ** 2)
    oracle = slope * square / expectation(design, lambda x: folded(slope * x, noise))
    assert RegressionModel(design, slope, noise).threshold() == pytest.approx(float(oracle), rel=1e-9)


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("design", [NormalDesign(), PoissonDesign(3.0, 1)])
def test_limit_is_that_of_the_slope_with_the_least_expected_loss(design, noise):
    slope = 0.7
    model = RegressionModel(design, slope, noise)
    eps = 0.6 * model.threshold()

    def loss(w):
        square = expectation(design, lambda x: mpmath.mpf(x) ** 2)
        absolute = expectation(design, lambda x: folded((slope - w) * x, noise))
        return (slope - w) ** 2 * square + noise**2 + 2 * eps * w * absolute + eps**2 * w**2

    w = slope - float(model.limit(eps)) ** 0.5
    assert 0 < w < slope and mpmath.diff(loss, w) == pytest.approx(0, abs=1e-7)
