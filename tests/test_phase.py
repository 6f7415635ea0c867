"""The limit of infinitely many points against quadrature, with a noise that is not 1."""

import mpmath
import numpy as np
import pytest
from scipy.special import erf

from gapsim import _law, _terms
from gapsim import DiscreteDesign, NormalDesign, PoissonDesign, RegressionModel, UniformDesign

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


SIGNS = DiscreteDesign([-1.0, 1.0], [0.5, 0.5])
# Slopes of both signs, noises from 0.3 to 5, inputs on one side of 0 and on both.
MODELS = [
    RegressionModel(NormalDesign()),
    RegressionModel(NormalDesign(), -0.5, 2.0),
    RegressionModel(PoissonDesign(2.0, 1), -1.5, 0.7),
    RegressionModel(PoissonDesign(1.0, 3), 1.0, 5.0),
    RegressionModel(SIGNS),
    RegressionModel(DiscreteDesign([-3.0, 1.0, 2.0], [0.2, 0.5, 0.3]), 1.0, 0.8),
]


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("model", MODELS)
def test_correction_is_what_exact_curves_extrapolate_to(model, share, monkeypatch):
    # n times the error has to stay small.
    monkeypatch.setattr(_law, "TOLERANCE", 1e-11)
    monkeypatch.setattr(_terms.AtomsTerm, "NEGLIGIBLE", 1e-12)
    eps = share * model.threshold()
    n = np.array([20_000, 40_000])
    gap, error = model.gap(n, eps, full_output=True)
    scaled = n * (gap - model.limit(eps))
    # The next term is of order 1/n: Richardson's step removes it.
    extrapolated, slack = 2 * scaled[1] - scaled[0], (3 * n * error).sum()
    assert model.correction(eps) == pytest.approx(extrapolated, rel=1e-4, abs=slack)
    assert slack < 0.1 * abs(extrapolated) + 2e-3


def test_correction_of_two_point_inputs_is_negative_at_every_attack_below_the_threshold():
    model = RegressionModel(SIGNS)
    assert (model.correction(model.threshold() * np.linspace(0.001, 0.999, 200)) < 0).all()
    # As is that of some inputs on one side of 0, and of no Gaussian ones.
    assert MODELS[3].correction(0.6 * MODELS[3].threshold()) < 0
    normal = MODELS[0]
    assert (normal.correction(normal.threshold() * np.linspace(0.001, 0.999, 200)) > 0).all()


@pytest.mark.parametrize("model", [*MODELS, RegressionModel(UniformDesign(-1.0, 2.0), 1.3, 0.4)])
def test_correction_at_small_attacks_is_that_of_the_moments(model):
    x, mass = model.design.nodes(np.inf)
    square, fourth = mass @ x**2, mass @ x**4
    spread = model.noise**2 / square**2 * (6 / np.pi * (fourth / square**2 - 1) - 1)
    leading = (1 - 2 / np.pi) * model.slope**2 / square + spread
    eps = 1e-3 * model.threshold()
    assert model.correction(eps) == pytest.approx(eps**2 * leading, rel=2e-2)


@pytest.mark.parametrize(("design", "constant"), [(NormalDesign(), -3.7770), (PoissonDesign(5.0, 1), -4.3949)])
def test_correction_below_the_threshold_gives_the_constant_of_the_turning_point(design, constant):
    # C = 2 log(slope eta / (sqrt(2 pi) b)), with eta the spread of the slope's law at the threshold; the
    # expectations at w = 0 are those of y = x + N(0, 1), by quadrature over the noise.
    model = RegressionModel(design)
    eps = model.threshold()
    x, mass = design.nodes(1.0)
    node, weight = np.polynomial.legendre.leggauss(400)
    y = x[:, None] + 9 * node
    law = mass[:, None] * 9 * weight * np.exp(-((9 * node) ** 2) / 2) / np.sqrt(2 * np.pi)
    v = (law * (np.abs(y) * eps - x[:, None] * y) ** 2).sum()
    H = design.second_moment + eps**2 - 2 * eps * (mass * x) @ erf(x / np.sqrt(2))
    b = model.correction(eps * (1 - 1e-7))
    assert 2 * np.log(np.sqrt(v) / H / (np.sqrt(2 * np.pi) * b)) == pytest.approx(constant, abs=1e-3)


def test_correction_at_and_beyond_the_ends():
    for model in MODELS:
        edge = model.threshold()
        assert model.correction(0.0) == 0
        assert np.isnan(model.correction([edge, edge * (1 + 1e-15)])).all()
        above = model.correction([edge * 1.01, 100 * edge])
        assert np.allclose(above, -(model.noise**2) / model.design.second_moment, rtol=1e-12)
    # The gap itself, where the robust slope is 0 and the standard one's risk is 1/(n - 2).
    normal = MODELS[0]
    n = 10**5
    assert n * (normal.gap(n, 2.0) - normal.limit(2.0)) == pytest.approx(normal.correction(2.0), abs=1e-3)
    assert RegressionModel(PoissonDesign(2.0, 0)).correction(1.0) == -np.inf
    # Without a slope every attack is beyond the threshold 0.
    flat = RegressionModel(NormalDesign(), 0.0, 2.0)
    assert flat.threshold() == 0 and flat.limit(0.5) == 0 and flat.correction([0.0, 0.5]).tolist() == [0, -4]
    with pytest.raises(ValueError, match="^eps must "):
        normal.correction(-0.1)


class Quadrature(NormalDesign):
    """The same law by a rule of one's own, of which an odd one has a point at 0."""

    def __init__(self, count):
        self.count = count

    def nodes(self, width):
        x, mass = np.polynomial.hermite_e.hermegauss(self.count)
        return x, mass / np.sqrt(2 * np.pi)


def test_a_point_of_a_rule_at_0_is_no_probability():
    even, odd = (RegressionModel(Quadrature(count)).correction(0.5) for count in (160, 161))
    assert even == pytest.approx(odd, rel=0.01) and odd == pytest.approx(RegressionModel(NormalDesign()).correction(0.5), rel=0.01)
