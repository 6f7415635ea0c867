"""Laplace and uniform noise against mixtures of normals, quadrature at 30 digits and fractions."""

from fractions import Fraction
from math import comb, factorial

import mpmath
import numpy as np
import pytest
from scipy import stats

from gapsim import GaussianModel, LaplaceModel, UniformNoiseModel, coordinate_gap, noise

CASES = [(0.05, 0.5), (0.3, 0.9), (1.0, 1.0), (1.0, 0.02), (2.0, 1.5)]  # mean, in units of the noise, and eps/mean


def mixture_of_normals(n, mean, eps):
    """A Laplace draw is normal with the variance of an exponential variable, doubled: so is the sum, with a gamma one."""
    order = stats.gamma(n)
    low, high = np.cbrt(order.ppf([1e-17, 1 - 1e-16]))  # by the cube of r: the law's end at 0 is not smooth
    r, weights = np.polynomial.legendre.leggauss(600)
    r = (low + high + (high - low) * r) / 2
    gaps = coordinate_gap(1, n * mean, np.sqrt(2) * r**1.5, n * eps)
    share = weights * order.pdf(r**3) * r**2
    return share @ gaps / share.sum()  # scipy's density of order 10^6 has an error of 1e-9


@pytest.mark.parametrize("n", [1, 2, 7, 63, 64, 65, 200, 10**4, 10**6])
def test_a_laplace_gap_is_a_mixture_of_normal_gaps(n):
    for mean, ratio in CASES:
        for unit in (mean, mean / np.sqrt(n)):
            assert LaplaceModel(unit, 1.0).gap(n, ratio * unit) / unit == pytest.approx(
                mixture_of_normals(n, unit, ratio * unit), abs=1e-11
            ), (n, unit, ratio)


@pytest.mark.parametrize("n", [1, 3, 20])
def test_a_laplace_gap_is_the_integral_of_a_bessel_density(n):
    mpmath.mp.dps = 30
    mean, ratio = 0.4, 0.75

    def density(s):
        s, order = abs(s), n - mpmath.mpf(1) / 2
        return s**order * mpmath.besselk(order, s) / (mpmath.sqrt(mpmath.pi) * mpmath.gamma(n) * mpmath.mpf(2) ** order)

    middle, reach = mpmath.mpf(n) * mean, mpmath.mpf(n) * mean * ratio
    found = mpmath.quad(density, [middle - reach, middle]) - mpmath.quad(density, [middle, middle + reach])
    assert LaplaceModel(mean, 1.0).gap(n, mean * ratio) / mean == pytest.approx(float(found), abs=1e-13)


def irwin_hall(n, x):
    """P(U_1 + ... + U_n <= x) for n uniform draws from (0, 1), as it stands in the books."""
    x = min(max(x, Fraction(0)), Fraction(n))
    return sum((-1) ** k * comb(n, k) * (x - k) ** n for k in range(int(x) + 1)) / factorial(n)


@pytest.mark.parametrize("n", [1, 2, 3, 10, 29, 30, 31, 60, 150])
def test_a_uniform_gap_is_that_of_irwin_and_hall(n):
    for mean in (Fraction(1, 16), Fraction(1, 4), Fraction(3, 4)):
        for ratio in (Fraction(1, 4), Fraction(1), Fraction(3, 2), Fraction(5)):
            eps = mean * ratio
            # u = mean + (2 I - n)/n below v, for the I of n draws from (0, 1).
            at = [irwin_hall(n, n * (1 + v - mean) / 2) for v in (eps, Fraction(0), -eps)]
            model = UniformNoiseModel(float(mean), 1.0)
            assert model.gap(n, float(eps)) / float(mean) == pytest.approx(float(at[0] - 2 * at[1] + at[2]), abs=2e-14)


def edgeworth(model, n, eps, std, kurtosis):
    """The normal gap and its first correction, for one coordinate in units of the mean; the next is of order 1/n^2."""
    root, mean = np.sqrt(n) / std, model.mean.item()
    ends = root * np.array([eps - mean, -eps - mean, -mean])
    excess = -(ends**3 - 3 * ends) * np.exp(-(ends**2) / 2) / np.sqrt(2 * np.pi) * kurtosis / (24 * n)
    return coordinate_gap(n, mean, std, eps) + excess @ [1, 1, -2]


def test_many_draws_are_normal_but_for_the_fourth_moment():
    for model, std, kurtosis in (
        (UniformNoiseModel(0.001, 1.0), 1 / np.sqrt(3), -1.2), (LaplaceModel(0.002, 1.0), np.sqrt(2), 3.0)
    ):
        for n in (10**5, 10**6):
            eps = model.mean.item() * np.array([0.3, 1.0, 1.7])
            found = model.gap(n, eps) / model.mean
            assert np.abs(found - [edgeworth(model, n, e, std, kurtosis) for e in eps]).max() < 30 / n**2 + 1e-12
            assert np.abs(found - coordinate_gap(n, model.mean, std, eps)).max() > 1e-3 * 1 / n


def test_gaps_are_computed_in_blocks(monkeypatch):
    model, n, eps = LaplaceModel([1.0, 0.4, 1.0], [2.0, 1.0, 2.0]), np.array([[3], [70], [3]]), np.linspace(0, 2, 25)
    whole = model.gap(n, eps)
    monkeypatch.setattr(noise, "BLOCK_GAPS", 7)
    found, sizes, tail = model.gap(n, eps), [], LaplaceModel._tail
    assert np.allclose(found, whole, rtol=0, atol=1e-15)
    monkeypatch.setattr(LaplaceModel, "_tail", lambda self, n, s: sizes.append(s.shape[1]) or tail(self, n, s))
    model.gap(n, eps)
    assert sum(sizes) == 2 * 75 and max(sizes) <= 7


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("model", [LaplaceModel([1.0, 0.4, 0.0], [2.0, 1.0, 1.0], 3.0), UniformNoiseModel([1.0, 0.4], 2.0)])
def test_extremes_warn_of_nothing_and_coordinates_add(model):
    for eps in (0, 1e-300, 1e-160, 0.5, 1e160, 1.797e308):
        gap = model.gap([1, 2, 30, 31, 64, 65, 2**53, 2**62], eps)
        assert np.isfinite(gap).all() and gap[-1] == pytest.approx(model.limit(eps), abs=1e-12)
    assert model.gap([], 0.5).shape == (0,) and type(model.gap(5, 0.5)) is float
    assert np.array_equal(model.gap([[3], [40], [3]], [0.2, 0.5])[0], model.gap(3, [0.2, 0.5]))
    others = [type(model)(mean, unit, model.bound) for mean, unit in zip(model.mean, model._size)]
    for n in (5, 500):
        assert model.gap(n, 0.3) == pytest.approx(sum(one.gap(n, 0.3) for one in others), abs=1e-14)


def test_rising_under_a_strong_attack_is_more_than_log_concave_noise_can_promise():
    second, third = UniformNoiseModel(0.2, np.sqrt(3)).gap([2, 3], 0.3) / 0.2
    assert (round(second, 5), round(third, 5)) == (0.02667, 0.02338)


def test_a_thousand_draws_are_near_the_normal_gap():
    eps = np.array([0.05, 0.1, 0.15])
    normal = GaussianModel(0.1, 2.0).gap(1000, eps)
    assert np.abs(LaplaceModel(0.1, np.sqrt(2)).gap(1000, eps) - normal).max() < 1e-4
    assert np.abs(UniformNoiseModel(0.1, 2 * np.sqrt(3)).gap(1000, eps) - normal).max() < 1e-4


@pytest.mark.parametrize("model, size", [(LaplaceModel, "scale"), (UniformNoiseModel, "halfwidth")])
def test_bad_parameters_are_named(model, size):
    for name, value in (("mean", -1.0), (size, 0.0), (size, np.inf), ("bound", 0)):
        with pytest.raises(ValueError, match=f"^{name} must be"):
            model(**{"mean": 1.0, size: 1.0, name: value})
