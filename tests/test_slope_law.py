"""The exact regression curves against simulation, closed forms and limits."""

import numpy as np
import pytest

from gapsim import NormalDesign, PoissonDesign, RegressionModel, estimate_gap, robust_slope

NORMAL = RegressionModel(NormalDesign())
POISSON = RegressionModel(PoissonDesign(5.0, 1))


@pytest.mark.parametrize(
    ("model", "n", "eps"),
    [
        (NORMAL, [3, 4, 5, 9, 20], [0.2, 1.0]),
        (RegressionModel(NormalDesign(), -0.5, 2.0), [5, 12], [0.3]),
        (POISSON, [1, 2, 3, 8, 20], [1.0, 6.5]),
        (RegressionModel(PoissonDesign(2.0, 1), 1.5, 0.7), [1, 2, 6], [2.0, 2.5]),
    ],
)
def test_curves_agree_with_simulation(model, n, eps):
    exact, error = model.gap(np.array(n)[:, None], eps, full_output=True)
    sampled = estimate_gap(model, n, eps, 100_000, 5)
    assert (np.abs(exact - sampled.value) < 4.5 * sampled.stderr + error).all()
    assert error.max() < 1e-4


def test_known_values_with_normal_inputs():
    known = {10: 0.0372687, 15: 0.0399662, 20: 0.0381984, 50: 0.0329266, 1000: 0.0299273}
    assert np.allclose(NORMAL.gap(list(known), 0.2), list(known.values()), rtol=0, atol=6e-8)


def test_one_poisson_point_has_the_closed_form():
    eps = np.array([0.5, 1.0, 2.5, 6.0, 9.3])
    for model in (POISSON, RegressionModel(PoissonDesign(1.0, 2), -2.0, 0.5)):
        assert np.allclose(model.gap(1, eps), model.first_gap(eps), atol=1e-6)


def test_limits_in_n_and_in_eps():
    eps = np.array([0.2, 0.6, 1.1])
    assert np.allclose(NORMAL.gap(10_000, eps), NORMAL.limit(eps), atol=2e-3)
    assert NORMAL.gap(7, 0.0) == 0 and abs(NORMAL.gap(7, 1e-7)) < 1e-5
    assert NORMAL.gap(7, 50.0) == pytest.approx(1 - NORMAL.standard_risk(7), abs=1e-6)


def test_slopes_and_inputs_may_be_mirrored_and_labels_rescaled():
    for scale in (-1.0, 3.0):
        other = RegressionModel(NormalDesign(), scale, abs(scale))
        assert other.gap(9, 0.4) == pytest.approx(scale**2 * NORMAL.gap(9, 0.4), abs=1e-7 * scale**2)
        assert other.limit_slope(0.4) == pytest.approx(scale * NORMAL.limit_slope(0.4), rel=1e-12)
        assert other.threshold() == pytest.approx(NORMAL.threshold(), rel=1e-12)


def test_law_of_the_slope_is_the_empirical_one():
    x, y = np.random.default_rng(2).standard_normal((2, 60_000, 6))
    y += x
    slopes = robust_slope(x, y, 0.7)
    for w in (-0.3, 0.0, 0.2, 0.8, 1.5):
        exact = NORMAL.slope_cdf(w, 6, 0.7)
        assert abs((slopes <= w).mean() - exact) < 4.5 * np.sqrt(exact * (1 - exact) / len(x)) + 1e-6
    atom = NORMAL.slope_cdf(0.0, 6, 0.7) - NORMAL.slope_cdf(-1e-12, 6, 0.7)
    assert atom == pytest.approx((slopes == 0).mean(), abs=5 * np.sqrt(atom / len(x)))


def test_threshold_and_limit_slope():
    assert NORMAL.threshold() == pytest.approx(np.sqrt(np.pi) / 2, rel=1e-14)
    assert POISSON.threshold() == pytest.approx(6.83133, abs=5e-6)
    for model in (NORMAL, POISSON, RegressionModel(PoissonDesign(2.0, 0), -2.0, 0.3)):
        edge = model.threshold()
        below = model.limit_slope(edge * np.array([1e-6, 0.5, 0.999]))
        assert (np.abs(below) > 0).all() and (np.diff(np.abs(below)) < 0).all()
        assert model.limit_slope([edge * 1.000001, 2 * edge]).tolist() == [0, 0]


def test_limit_slope_minimises_the_expected_loss():
    x, y = POISSON.sample(400_000, 3)
    for eps in (2.0, 6.0):
        w = POISSON.limit_slope(eps)
        slope = ((np.abs(y - w * x) + eps * w) * (eps - np.sign(y - w * x) * x))
        assert abs(slope.mean()) < 4.5 * slope.std() / np.sqrt(len(x))


@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("n", lambda: NORMAL.gap(0, 0.5)),
        ("eps", lambda: NORMAL.gap(5, -0.5)),
        ("n and eps", lambda: NORMAL.gap([5, 6], [0.1, 0.2, 0.3])),
        ("eps", lambda: NORMAL.limit(-1.0)),
        ("w", lambda: NORMAL.slope_cdf(np.nan, 5, 0.5)),
    ],
)
def test_bad_input_names_the_argument(argument, call):
    with pytest.raises(ValueError, match=rf"^{argument} must "):
        call()
