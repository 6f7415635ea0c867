"""The law of one term against quadrature of its definition."""

import mpmath
import numpy as np
import pytest

from gapsim import DiscreteDesign, NormalDesign, PoissonDesign
from gapsim._terms import half_line

NODE, SHARE = np.polynomial.legendre.leggauss(200)


def expectation(design, slope, noise, eps, w, of):
    """E of(Z), by quadrature over x and over the residual, on either side of 0."""
    if isinstance(design, NormalDesign):
        x = 9 * NODE
        mass = 9 * SHARE * np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)
    else:
        x = np.arange(80.0) + design.shift
        mass = design.pmf(x)
    total = 0.0
    for side in (1, -1):
        # |r| from 0 to ten standard deviations beyond where side * r is centred.
        center = side * (slope - w) * x[:, None]
        low, high = np.maximum(center - 10 * noise, 0), np.maximum(center, 0) + 10 * noise
        size = low + (high - low) * (1 + NODE) / 2
        density = np.exp(-(((size - center) / noise) ** 2) / 2) / (noise * np.sqrt(2 * np.pi))
        z = (size + eps * w) * (eps - side * x[:, None])
        total = total + mass @ (of(z) * density * (high - low) / 2) @ SHARE
    return total


SETTINGS = [
    (NormalDesign(), 1.0, 1.0, 0.5, 0.0),
    (NormalDesign(), 1.0, 0.6, 0.5, 0.7),
    (NormalDesign(), -0.4, 1.7, 1.2, 0.3),
    (PoissonDesign(5.0, 1), 1.0, 1.0, 6.0, 0.4),
    (PoissonDesign(0.5, 2), 2.0, 0.5, 2.3, 0.0),
    (PoissonDesign(2.0, 0), -1.0, 1.3, 1.5, 0.2),
]


@pytest.mark.parametrize(("design", "slope", "noise", "eps", "w"), SETTINGS)
def test_moments_and_transform_are_expectations(design, slope, noise, eps, w):
    term = design.term(slope, noise, eps, w)
    mean, variance = term.moments
    assert mean == pytest.approx(expectation(design, slope, noise, eps, w, lambda z: z), rel=1e-9)
    square = expectation(design, slope, noise, eps, w, np.square)
    assert variance == pytest.approx(square - mean**2, rel=1e-9)
    for t in (0.03, 0.4, 1.1):
        theta = (0.2j - 0.02 * np.sign(mean)) * t / np.sqrt(variance)
        expected = expectation(design, slope, noise, eps, w, lambda z: np.exp(theta * z))
        assert term.transform(np.array([theta]))[0] == pytest.approx(expected, abs=1e-9)
        assert np.ravel(term.transform(np.array(theta)))[0] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("design", "slope", "noise", "eps", "w"), SETTINGS[:3])
def test_transform_of_a_normal_term_is_finite_to_twice_the_edge(design, slope, noise, eps, w):
    term = design.term(slope, noise, eps, w)
    # For r > 0 the exponent of x, r and theta Z is a quadratic form; where is it definite?
    middle, half = (slope - w) / noise**2, np.sqrt(1 + ((slope - w) / noise) ** 2) / noise
    ends = middle - half, middle + half
    assert 2 * term.edge == pytest.approx(ends[0] if term.moments[0] > 0 else ends[1], rel=1e-12)


def test_an_input_at_the_attack_is_an_atom_in_floating_point_too():
    design = PoissonDesign(5.0, 1)
    exact, rounded = (design.term(1.0, 1.0, eps, 0.3) for eps in (3.0, 10 * (3 * 0.1)))
    assert 10 * (3 * 0.1) != 3.0
    assert rounded.atom == exact.atom > 0.05
    assert design.term(1.0, 1.0, 3.01, 0.3).atom == 0


@pytest.mark.parametrize("log_scale", [0.0, -3.0, -30.0, -1.5 + 40j])
def test_half_line_is_the_scaled_integral_on_either_side(log_scale):
    directions = np.exp(0.5j * np.pi * np.linspace(-1, 1, 13))
    z = np.outer([1e-6, 1e-3, *np.linspace(0.3, 9, 30)], np.concatenate([directions, -directions])).ravel()
    # On the left where the bell is e^2 at most, as in a transform.
    z = z[(z.real >= 0) | ((z**2).real + np.real(log_scale) < 2)]
    with mpmath.workdps(50):
        expected = [complex(mpmath.exp(log_scale + mpmath.mpc(each) ** 2) * mpmath.erfc(each)) for each in z]
    np.testing.assert_allclose(half_line(log_scale, z, z**2 + log_scale), expected, rtol=3e-14, atol=1e-30)


def test_a_scale_for_each_row_is_that_of_each_row():
    z = np.array([[0.5 + 1j, -0.5 + 2j], [-2.0, 3j]])
    scale = np.array([[-1.0], [-7.0]])
    rows = [half_line(*row, row[1] ** 2 + row[0]) for row in zip([-1.0, -7.0], z)]
    np.testing.assert_allclose(half_line(scale, z, z**2 + scale), rows, rtol=1e-15)


@pytest.mark.parametrize("noise", [1.0, 1e-3, 1e-6])
def test_inputs_far_above_the_noise_cost_no_digits(noise):
    slope, eps, w, values = 1.0, 1.5, 0.25, [1.0, 3.0]
    term = DiscreteDesign(values, [0.5, 0.5]).term(slope, noise, eps, w)
    for theta in (-0.5, -0.5 + 0.3j, -0.5 + 3j):
        with mpmath.workdps(40):
            expected = 0
            for x in (*values, *(-x for x in values)):
                # E[exp(theta k |r|); r and x of this sign], with r normal around (slope - w) x.
                scaled, center = mpmath.mpc(theta) * (eps - x) * noise, mpmath.mpf((slope - w) * x) / noise
                normal = mpmath.exp(scaled**2 / 2 + scaled * center) * mpmath.erfc(-(scaled + center) / mpmath.sqrt(2))
                expected += normal * mpmath.exp(theta * (eps - x) * eps * w) / 4
        # What is left is the rounding of theta (slope - w) x.
        assert term.transform(np.array([theta + 0j]))[0] == pytest.approx(complex(expected), rel=1e-14)
