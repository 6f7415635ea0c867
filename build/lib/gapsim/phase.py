"""Infinitely many points: the limit of the regression's gap and its threshold (appendix G)."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import erf

from gapsim import _arguments as arguments
from gapsim.designs import NormalDesign


def _absolute_residual(design, difference, noise):
    """E|r| and E[x sgn(r)] for r = difference * x + N(0, noise^2)."""
    if isinstance(design, NormalDesign):
        std = np.hypot(difference, noise)
        return np.sqrt(2 / np.pi) * std, np.sqrt(2 / np.pi) * difference / std
    x = design.support
    mass = design.pmf(x)
    mean = difference * x
    sign = erf(mean / (np.sqrt(2) * noise))
    density = np.sqrt(2 / np.pi) * noise * np.exp(-((mean / noise) ** 2) / 2)
    return mass @ (mean * sign + density), mass @ (x * sign)


def threshold(design, slope, noise):
    """The eps_c from which on infinitely many points give the robust slope 0.

    Parameters
    ----------
    design : NormalDesign or PoissonDesign
    slope : float
    noise : float
        Standard deviation of the noise, > 0.

    Returns
    -------
    float
        |slope| E[x^2] / E|y|: w = 0 is best exactly if |E[xy]| <= eps E|y|.
    """
    absolute, _ = _absolute_residual(design, slope, noise)
    return float(abs(slope) * design.second_moment / absolute)


def limit_slope(design, slope, noise, eps):
    """The w that minimises E(|y - w x| + eps |w|)^2: the robust slope of infinitely many points.

    Parameters
    ----------
    design : NormalDesign or PoissonDesign
    slope : float
    noise : float
        Standard deviation of the noise, > 0.
    eps : float or array_like
        Radius of the attack, >= 0.

    Returns
    -------
    float, or array of the shape of eps
        Between 0 and `slope`; 0 from `threshold` on.
    """
    eps = arguments.non_negative("eps", eps)
    size = abs(slope)

    def derivative(w, eps):
        absolute, signed = _absolute_residual(design, size - w, noise)
        return eps * absolute - (size - w) * design.second_moment + eps * w * (eps - signed)

    def one(eps):
        # The derivative increases with w and is eps E|noise| + eps^2 size >= 0 at w = size.
        if derivative(0.0, eps) >= 0:
            return 0.0
        return brentq(derivative, 0.0, size, args=(eps,), xtol=1e-300, rtol=1e-15)

    return arguments.plain(np.sign(slope) * np.vectorize(one, otypes=[float])(eps))


def limit(design, slope, noise, eps):
    """Limit of the scaled gap for n to infinity, (limit_slope - slope)^2.

    Parameters and shape of the result as for `limit_slope`.
    """
    return (limit_slope(design, slope, noise, eps) - slope) ** 2
