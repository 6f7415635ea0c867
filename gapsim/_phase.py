"""Infinitely many points: limit and threshold of the regression's gap (appendix G), and the term in 1/n (appendix H).

With r = a x + N(0, noise^2) and a = slope - w, the term of the loss's derivative at w > 0 is
Z = (|r| + eps w)(eps - sgn(r) x). Given x, with z = a x / noise, r has

    E sgn(r) = 2 Phi(z) - 1,
    E|r| = a x E sgn(r) + 2 noise phi(z),
    E[r|r|] = (a^2 x^2 + noise^2) E sgn(r) + 2 a x noise phi(z),

and the derivatives in a are 2 phi(z) x / noise, x E sgn(r) and 2 x E|r|. All laws here are seen from
the side on which the slope is positive: (x, y) and (x, -y) differ in the sign of the slope alone.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.special import erf

from gapsim._ties import TIE


# So many points that 1 / sum x_i^2 has four moments unless P(x = 0) > 0.
MANY = 2**40


class _Residual:
    """Expectations, over x and the noise, of what the module's formulas have."""

    def __init__(self, design, a, noise):
        self.x, mass = map(np.asarray, design.nodes(noise / abs(a) if a else np.inf))
        self.mean = mass.__matmul__
        z = a * self.x / noise
        self.sign = erf(z / np.sqrt(2))
        self.bell = np.sqrt(2 / np.pi) * np.exp(-(z**2) / 2)
        self.absolute = a * self.x * self.sign + noise * self.bell
        self.signed_square = (a**2 * self.x**2 + noise**2) * self.sign + a * self.x * noise * self.bell


def threshold(design, slope, noise):
    """|slope| E[x^2] / E|y|: w = 0 is best for infinitely many points iff |E[xy]| <= eps E|y|."""
    residual = _Residual(design, slope, noise)
    return float(abs(slope) * design.second_moment / residual.mean(residual.absolute))


def limit_slope(design, slope, noise, eps):
    """The w that minimises E(|y - w x| + eps |w|)^2; eps a float."""
    if eps == 0:
        return float(slope)
    # In a unit of the labels in which squares are floats.
    unit = int(np.frexp(np.hypot(slope, noise))[1])
    slope, noise = float(np.ldexp(slope, -unit)), float(np.ldexp(noise, -unit))
    size, square = abs(slope), design.second_moment

    def mean_term(w):
        residual = _Residual(design, size - w, noise)
        absolute, signed = residual.mean(residual.absolute), residual.mean(residual.x * residual.sign)
        return eps * absolute - (size - w) * square + eps * w * (eps - signed)

    # The mean increases with w and is eps E|noise| + eps^2 size >= 0 at w = size.
    if size == 0 or mean_term(0.0) >= 0:
        return 0.0
    return float(np.ldexp(np.copysign(brentq(mean_term, 0.0, size, xtol=1e-300, rtol=1e-15), slope), unit))


def correction(design, slope, noise, eps):
    """The coefficient of 1/n in the scaled gap; eps a float. See `RegressionModel.correction`."""
    unit = int(np.frexp(np.hypot(slope, noise))[1])
    slope, noise = float(np.ldexp(slope, -unit)), float(np.ldexp(noise, -unit))
    standard = noise**2 / design.second_moment
    edge = threshold(design, slope, noise)
    if eps == 0:
        return 0.0
    # However many points, all may be 0.
    if not np.all(design.light_tailed(MANY)):
        return -np.inf
    if abs(eps - edge) <= TIE * edge:
        return np.nan
    if eps > edge:
        return float(np.ldexp(-standard, 2 * unit))
    w = abs(limit_slope(design, slope, noise, eps))
    a, c = abs(slope) - w, eps * w
    residual = _Residual(design, a, noise)
    x, mean, sign, bell = residual.x, residual.mean, residual.sign, residual.bell / noise
    absolute, signed_square = residual.absolute, residual.signed_square
    second, fourth = mean(x**2), mean(x**4)

    # H = d E Z / dw, and its derivative in w; a falls as w grows.
    H = second + eps**2 - 2 * eps * mean(x * sign) + c * mean(x**2 * bell)
    dH = 3 * eps * mean(x**2 * bell) + c * a * mean(x**4 * bell) / noise**2
    # v = E Z^2, as E Z = 0, and its derivative.
    v = (
        eps**2 * (a**2 * second + noise**2 + 2 * c * mean(absolute) + c**2)
        - 2 * eps * (mean(x * signed_square) + 2 * c * a * second + c**2 * mean(x * sign))
        + (a**2 * fourth + noise**2 * second + 2 * c * mean(x**2 * absolute) + c**2 * second)
    )
    dv = (
        2 * eps**2 * (-a * second + eps * mean(absolute) - c * mean(x * sign) + c * eps)
        - 2 * eps * (-2 * mean(x**2 * absolute) + 2 * (eps * a - c) * second)
        - 2 * eps * (2 * c * eps * mean(x * sign) - c**2 * mean(x**2 * bell))
        + 2 * (-a * fourth + eps * mean(x**2 * absolute) - c * mean(x**3 * sign) + c * eps * second)
    )
    return float(np.ldexp(v / H**2 - a / H * (dv - v / H * dH) / H - standard, 2 * unit))
