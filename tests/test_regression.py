"""The regression model against closed forms, quadrature and a plain simulation."""

import mpmath
import numpy as np
import pytest

from gapsim import (
    NormalDesign,
    PoissonDesign,
    RegressionModel,
    estimate_gap,
    robust_slope,
    simulation,
    standard_slope,
)

NORMAL, POISSON = RegressionModel(NormalDesign()), RegressionModel(PoissonDesign())
RULES = ("min_norm", "midpoint", "max_norm")


def draws(model, n, trials, seed):
    x, y = model.sample(n * trials, seed)
    return x.reshape(trials, n), y.reshape(trials, n)


def test_sample_has_the_slope_and_the_noise_of_the_model():
    model = RegressionModel(PoissonDesign(2.0, 1), slope=-3.0, noise=0.5)
    x, y = model.sample(100_000, 1)
    assert x.shape == y.shape == (100_000,)
    noise = y + 3 * x
    assert abs(noise.mean()) < 4 * 0.5 / np.sqrt(x.size)
    assert noise.std() == pytest.approx(0.5, rel=4 / np.sqrt(2 * x.size))
    assert abs(np.corrcoef(x, noise)[0, 1]) < 4 / np.sqrt(x.size)


@pytest.mark.parametrize(("model", "n"), [(NORMAL, 9), (NORMAL, 30), (POISSON, 1), (POISSON, 6)])
def test_standard_risk_is_that_of_simulated_least_squares(model, n):
    model = RegressionModel(model.design, slope=2.0, noise=1.7)
    errors = (standard_slope(*draws(model, n, 40_000, n)) - 2) ** 2
    assert abs(errors.mean() - model.standard_risk(n)) < 4 * errors.std() / 200


def test_standard_risk_is_infinite_where_it_is():
    assert np.array_equal(NORMAL.standard_risk([1, 2, 3, 7]), [np.inf, np.inf, 1, 0.2])
    assert isinstance(POISSON.standard_risk(3), float)


def first_gap(eps, slope, noise, share):
    """The gap at n = 1 for Poisson(5) + 1 inputs, summed at 30 digits over x from the two fits."""
    total = mpmath.mpf(0)
    for x in range(1, 90):
        p = mpmath.exp(-5) * mpmath.mpf(5) ** (x - 1) / mpmath.factorial(x - 1)
        kept = 1 if x > eps else 0 if x < eps else mpmath.mpf(share)
        # w_rob = kept (slope + noise z/x) with z ~ N(0, 1).
        robust = (1 - kept) ** 2 * slope**2 + kept**2 * noise**2 / mpmath.mpf(x) ** 2
        total += p * (robust - noise**2 / mpmath.mpf(x) ** 2)
    return float(total)


@pytest.mark.parametrize(("slope", "noise"), [(1.0, 1.0), (-2.0, 0.3), (0.4, 2.0), (0.0, 1.0)])
def test_first_gap_is_the_sum_over_the_inputs(slope, noise):
    model = RegressionModel(PoissonDesign(), slope, noise)
    radii = [0.0, 0.5, 1.0, 1.5, 3.0, 6.0, 7.5, 15.0]
    for share, tie in zip((0, 0.5, 1), RULES):
        expected = [first_gap(eps, mpmath.mpf(slope), mpmath.mpf(noise), share) for eps in radii]
        assert model.first_gap(radii, tie=tie) == pytest.approx(expected, rel=1e-12, abs=1e-14)
        risk = np.array(expected) + model.standard_risk(1)
        assert model.first_risk(radii, tie=tie) == pytest.approx(risk, rel=1e-12)


def test_theorem_8_holds_with_the_smallest_slope_and_not_with_the_midpoint():
    radii = np.linspace(0, 30, 601)
    for slope in (1.0, -1.0, 3.0):
        gap = RegressionModel(PoissonDesign(), slope).first_gap(radii)
        assert np.isfinite(gap).all() and (gap >= 0).all() and (np.diff(gap) > -1e-14).all()
    assert POISSON.first_gap(1.0, tie="midpoint") == pytest.approx(-0.0034, abs=5e-5)
    assert RegressionModel(PoissonDesign(), 0.5).first_gap(2.0) < 0


def test_theorem_7_the_gaussian_gap_is_minus_infinity_and_the_robust_risk_finite():
    assert np.array_equal(NORMAL.first_gap([0, 1e-6, 0.5, 40]), [0, -np.inf, -np.inf, -np.inf])
    assert NORMAL.first_risk(0.0) == np.inf
    for slope, noise, eps in ((1, 1, 0.05), (1, 1, 0.7), (-2, 3, 1.5), (0, 1, 4)):
        inside = 2 * mpmath.quad(lambda x: mpmath.npdf(x) * slope**2, [0, eps])
        outside = 2 * mpmath.quad(lambda x: mpmath.npdf(x) * (noise / x) ** 2, [eps, 2 * eps, 10, mpmath.inf])
        risk = RegressionModel(NormalDesign(), slope, noise).first_risk(eps)
        assert risk == pytest.approx(float(inside + outside), rel=1e-9)


@pytest.mark.parametrize("model", [NORMAL, POISSON, RegressionModel(PoissonDesign(0.5, 0), -1.5, 0.2)])
def test_data_set_gaps_are_those_of_the_two_slopes(model):
    sizes, radii = np.array([9, 1, 4, 9, 60]), np.array([0.3, 0.0, 3.0, 1.0])
    gaps = model.dataset_gaps(sizes, radii, 40, np.random.default_rng(2), "minimizer")
    assert gaps.shape == (40, 5, 4)
    x, y = model.sample(60 * 40, np.random.default_rng(2))
    x, y = x.reshape(60, 40).T, y.reshape(60, 40).T
    for i, n in enumerate(sizes):
        if model.design.light_tailed(n):
            standard = (standard_slope(x[:, :n], y[:, :n]) - model.slope) ** 2
        else:
            standard = np.full(40, model.standard_risk(n))
        robust = (robust_slope(x[:, :n], y[:, :n], radii) - model.slope) ** 2
        expected = np.where(radii == 0, 0, robust - standard[:, None])
        assert np.allclose(gaps[:, i], expected, rtol=1e-9, atol=1e-12)


def test_estimates_agree_with_the_closed_form_at_one_point():
    radii = [0.0, 0.5, 1.0, 2.0, 5.5, 9.0]
    model = RegressionModel(PoissonDesign(), slope=1.2, noise=0.8)
    estimate = estimate_gap(model, [1], radii, trials=40_000, rng=3)
    spread = np.where(estimate.stderr[0] > 0, 4 * estimate.stderr[0], 1e-15)
    assert (np.abs(estimate.value[0] - model.first_gap(radii)) < spread).all()
    # The same without the standard model, whose expected loss is infinite for Gaussian inputs.
    x, y = draws(NORMAL, 1, 40_000, 4)
    errors = (robust_slope(x, y, [0.5, 1.0]) - 1) ** 2
    score = (errors.mean(axis=0) - NORMAL.first_risk([0.5, 1.0])) / errors.std(axis=0) * 200
    assert (np.abs(score) < 4).all()


@pytest.mark.parametrize(
    ("model", "n", "radii"),
    [(NORMAL, 7, [0.5, 0.9]), (NORMAL, 12, [0.05, 1.0]), (POISSON, 3, [1, 6.5])],
)
def test_estimates_agree_with_pairs_of_fits_one_by_one(model, n, radii):
    x, y = draws(model, n, 20_000, 5)
    pairs = (robust_slope(x, y, radii) - 1) ** 2 - ((standard_slope(x, y) - 1) ** 2)[:, None]
    estimate = estimate_gap(model, n, radii, trials=20_000, rng=6)
    spread = np.hypot(estimate.stderr[0], pairs.std(axis=0) / np.sqrt(20_000))
    assert (np.abs(estimate.value[0] - pairs.mean(axis=0)) < 4 * spread).all()
    assert (estimate.stderr[0] < 1.1 * pairs.std(axis=0) / np.sqrt(20_000)).all()


def test_estimates_agree_with_the_inversion_of_the_characteristic_function():
    # From the law of the slope at eps = 0.2, to the digits given.
    estimate = estimate_gap(NORMAL, [10, 15, 20, 50], 0.2, trials=40_000, rng=7)
    exact = np.array([0.0372687, 0.0399662, 0.0381984, 0.0329266])
    assert (np.abs(estimate.value[:, 0] - exact) < 4 * estimate.stderr[:, 0]).all()
    assert (estimate.stderr < 0.001).all()


def test_an_infinite_gap_is_minus_infinity_without_an_error(monkeypatch):
    monkeypatch.setattr(simulation, "CHUNK_NUMBERS", 300)  # many chunks to merge
    estimate = estimate_gap(NORMAL, [1, 2, 3], [0.0, 0.5], trials=1000, rng=8)
    assert np.array_equal(estimate.value[:2], [[0, -np.inf], [0, -np.inf]])
    assert np.array_equal(estimate.stderr[:2], [[0, np.nan], [0, np.nan]], equal_nan=True)
    assert np.isfinite(estimate.value[2]).all() and estimate.stderr[2, 1] > 0


@pytest.mark.parametrize(
    ("argument", "arguments"),
    [
        ("slope", {"slope": np.nan}), ("slope", {"slope": np.inf}), ("slope", {"slope": [1.0]}),
        ("noise", {"noise": 0.0}), ("noise", {"noise": -1.0}), ("noise", {"noise": [1.0, 2.0]}),
    ],
)  # fmt: skip
def test_bad_models_are_named(argument, arguments):
    with pytest.raises(ValueError, match=rf"^{argument} must "):
        RegressionModel(NormalDesign(), **arguments)
    with pytest.raises(ValueError, match="^design must "):
        RegressionModel(NormalDesign)


def test_bad_calls_are_named():
    for call, argument in (
        (lambda: POISSON.sample(0, 1), "n"),
        (lambda: POISSON.sample(3, "seed"), "rng"),
        (lambda: POISSON.standard_risk(0), "n"),
        (lambda: NORMAL.standard_risk(1.5), "n"),
        (lambda: POISSON.first_gap(-1.0), "eps"),
        (lambda: POISSON.first_gap(1.0, tie="none"), "tie"),
        (lambda: POISSON.first_risk(np.nan), "eps"),
        (lambda: POISSON.first_risk(1.0, tie="none"), "tie"),
        (lambda: estimate_gap(POISSON, 3, 0.1, trials=10, rng=1, rule="published"), "rule"),
    ):
        with pytest.raises(ValueError, match=rf"^{argument} must "):
            call()


def test_slope_and_noise_are_of_sizes_whose_fourth_powers_floats_have():
    for slope, noise, named in ((1e200, 1.0, "slope"), (1.0, 1e200, "noise"), (1.0, 1e-40, "noise"), (np.nan, 1.0, "slope")):
        with pytest.raises(ValueError, match=f"^{named} must be "):
            RegressionModel(NormalDesign(), slope, noise)
    # Less noise than a float beside the slope can tell is none, and the search for the end of the law takes its first step.
    little, less = (RegressionModel(NormalDesign(), 1.0, noise).gap(5, 0.5) for noise in (1e-9, 1e-30))
    assert little == pytest.approx(less, abs=1e-5)
    assert RegressionModel(NormalDesign(), 1e70, 1e60).gap(5, 0.5) == pytest.approx(1e140 * little, rel=1e-3)
