"""The sign of b, by which the regression's gap ends (appendix H), certified in rational and ball arithmetic."""

from math import comb

import numpy as np
import pytest
from flint import Ordering, arb, arb_series, fmpq_mpoly_ctx
from test_certificates import NotCertifiedError, positive_inside

from gapsim import DiscreteDesign, NormalDesign, RegressionModel

NAMES = fmpq_mpoly_ctx.get(("P", "q", "c"), Ordering.lex)
# sqrt(2/pi), whose powers the coefficients are made of.
ROOT = (2 / arb.pi()).sqrt()
AT_P_0, AT_THE_END = [(0, 0), (0, 1)], [(4, 9)]


def normal_moments(P, q, c, k, n):
    """v k^2, H k^2, v' k^3 / rho and H' k / rho of appendix H, with e = n/k."""
    v = (1 + 2 * c * q + q * q) * k**2 + P * (
        n * n * (1 + 2 * c * q + q * q) + (2 + 2 * c * q) * k**2 - (4 * c + 4 * q + 2 * c * q * q) * n * k
    )
    H = (1 + c * q) * k**2 + P * (n * n - 2 * c * n * k - c * q * k**2)
    v_slope = (
        6 * (c * n - c * q * k + q * n - k) * k**2
        + 2 * c * q * q * n * k**2
        + P
        * (
            2 * n**3 * (c + q)
            - 6 * n * n * k * (1 + c * q)
            + 6 * c * n * k**2
            + 2 * c * q * k**3
            - 2 * c * q * q * n * k**2
        )
    )
    return v, H, v_slope, 3 * c * (1 - P) * (n + q * k)


def numerator(P, q, c, penalty=1):
    """(c + q)^6 H^3 b, for normal inputs in units in which the residual's variance is 1."""
    k, n = c + q, 1 + c * q
    v, H, v_slope, H_slope = normal_moments(P, q, c, k, n)
    return v * H * k**2 - P * v_slope * H * k + P * v * H_slope * k**3 - penalty * (1 - P) * H**3


def bernstein(polynomial):
    """Coefficients of q^j times the Bernstein polynomials in P, each a polynomial in c, by (i, j)."""
    P, q, c = NAMES.gens()
    powers = {}
    for (i, j, k), coefficient in polynomial.to_dict().items():
        powers[i, j] = powers.get((i, j), 0) + coefficient * c**k
    degree, length, _ = polynomial.degrees()
    return {
        (i, j): sum((powers.get((l, j), 0 * c) * comb(i, l) / comb(degree, l) for l in range(i + 1)), 0 * c)
        for i in range(degree + 1)
        for j in range(length + 1)
    }


def certify_positive(polynomial):
    """Certify that all coefficients of `bernstein` but the three that vanish are positive."""
    coefficients = bernstein(polynomial)
    for place, coefficient in coefficients.items():
        if place in AT_P_0 + AT_THE_END:
            if coefficient != 0:
                raise NotCertifiedError(f"the coefficient at {place} is not 0")
        elif not sum((arb(a) * ROOT**k for (_, _, k), a in coefficient.to_dict().items()), arb(0)) > 0:
            raise NotCertifiedError(f"the coefficient at {place} is not certified")
    return coefficients


def test_normal_inputs_meet_their_limit_from_above():
    assert len(certify_positive(numerator(*NAMES.gens()))) == 50


def test_a_larger_standard_risk_is_not_certified():
    with pytest.raises(NotCertifiedError):
        certify_positive(numerator(*NAMES.gens(), penalty=2))


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 0.999])
@pytest.mark.parametrize("noise", [0.05, 1.0, 30.0])
def test_the_certified_polynomial_is_the_correction(share, noise):
    model = RegressionModel(NormalDesign(), 1.0, noise)
    eps = share * model.threshold()
    w = model.limit_slope(eps)
    R, c = np.hypot(1 - w, noise), np.sqrt(2 / np.pi)
    P, q = ((1 - w) / R) ** 2, eps * w / R
    _, H, _, _ = normal_moments(P, q, c, c + q, 1 + c * q)
    # The terms of b cancel down to eps^2.
    assert R**2 * numerator(P, q, c) / H**3 == pytest.approx(model.correction(eps), rel=1e-6, abs=1e-11 * noise**2)


def two_points(a, noise_share=1):
    """H^3 b for |x| = 1, w* = sigma = 1 and the limit slope w = 1 - a, with the third term times `noise_share`."""
    w, bell = 1 - a, ROOT * (-a * a / 2).exp()
    sign = (a / arb(2).sqrt()).erf()
    absolute = a * sign + bell
    B = absolute - w * sign
    eps = 2 * a / (B + (B * B + 4 * w * a).sqrt())
    H = 1 - 2 * eps * sign + eps * eps + eps * w * bell
    H_slope = (3 + a * w) * eps * bell
    squared = (a * a + 1) * sign + a * bell
    v = (1 + eps * eps) * (a * a + 1 + 2 * eps * w * absolute + eps * eps * w * w) - 2 * eps * (
        squared + 2 * eps * w * a + eps * eps * w * w * sign
    )
    v_slope = (1 + eps * eps) * (-2 * a + 2 * eps * absolute - 2 * eps * w * sign + 2 * eps * eps * w) - 2 * eps * (
        -2 * absolute + 2 * eps * (a - w) + 2 * eps * eps * w * sign - eps * eps * w * w * bell
    )
    return eps, H, v * H - a * v_slope * H + a * v * H_slope - noise_share * H**3


def second_coefficient(ball):
    """Minus half the second derivative of H^3 b."""
    return -two_points(arb_series([ball, 1, 0], 3))[2][2]


def test_inputs_at_two_places_meet_their_limit_from_below():
    # b = O(eps^2), so that H^3 b is half its second derivative at a point between 0 and a, times a^2.
    positive_inside(second_coefficient, 0.0, 1 / 8)
    positive_inside(lambda a: -two_points(a)[2], 1 / 8, 1.0)


def test_a_smaller_standard_risk_is_not_certified():
    with pytest.raises(NotCertifiedError):
        positive_inside(lambda a: -two_points(a, arb(1) / 2)[2], 1 / 8, 1.0)


@pytest.mark.parametrize("a", [1 / 64, 0.3, 0.9])
def test_the_certified_function_is_the_correction(a):
    model = RegressionModel(DiscreteDesign([-1.0, 1.0], [0.5, 0.5]))
    eps, H, value = (float(part.mid()) for part in two_points(arb(a)))
    assert model.limit_slope(eps) == pytest.approx(1 - a, rel=1e-12)
    assert value / H**3 == pytest.approx(model.correction(eps), rel=1e-6)
