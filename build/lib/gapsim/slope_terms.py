"""One term of the derivative of the robust loss, for both designs (appendix G).

At w >= 0, with r = y - w x and c = eps w, half the derivative of the loss
sum_i (|y_i - w x_i| + eps |w|)^2 to the right of w is a sum of independent copies of

    Z = (|r| + c) (eps - sgn(r) x).

Each class here holds the law of Z: its mean and variance, and its transform
M(theta) = E exp(theta Z) in closed form.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy import special

from gapsim.designs import TIE, NormalDesign

# Cases of the Poisson design that are less likely than this are left out.
RARE = 1e-11


def one_term(design, slope, noise, eps, w):
    """Return the law of one term at w >= 0."""
    if isinstance(design, NormalDesign):
        return NormalTerm(slope, noise, eps, w)
    return PoissonTerm(design, slope, noise, eps, w)


def half_line(log_scale, z):
    """Return exp(log_scale) erfcx(z): the half-line Gaussian integral in both transforms.

    It is evaluated in the half-plane Re z >= 0, where erfcx cannot overflow, and elsewhere as the
    whole-line integral less the other half.
    """
    left = z.real < 0
    value = np.exp(log_scale) * special.wofz(1j * np.where(left, -z, z))
    whole_line = 2 * np.exp(np.broadcast_to(log_scale, z.shape)[left] + z[left] ** 2)
    value[left] = whole_line - value[left]
    return value


@dataclass(frozen=True)
class NormalTerm:
    """One term for x ~ N(0, 1).

    (x, r) and (-x, -r) have one law, so sgn(r) x may be called x and r taken positive. Given
    r = rho, x is then normal with mean lean * rho and variance spread, hence
    Z = (rho + c)(eps - x) is normal too, and one Gaussian integral over rho > 0 is left of M.
    """

    slope: float
    noise: float
    eps: float
    w: float

    # P(Z = 0), and the cases that are left out.
    atom = 0.0
    left_out = 0.0

    @cached_property
    def c(self):
        return self.eps * self.w

    @cached_property
    def variance_r(self):
        return self.noise**2 + (self.slope - self.w) ** 2

    @cached_property
    def lean(self):
        return (self.slope - self.w) / self.variance_r

    @cached_property
    def spread(self):
        return self.noise**2 / self.variance_r

    @cached_property
    def moments(self):
        """Mean and variance of Z: polynomials in rho, whose law is half-normal."""
        power = np.sqrt(self.variance_r) ** np.arange(5)
        power *= [1, np.sqrt(2 / np.pi), 1, 2 * np.sqrt(2 / np.pi), 3]
        mean = np.convolve([self.c, 1], [self.eps, -self.lean]) @ power[:3]
        squared = [self.eps**2 + self.spread, -2 * self.eps * self.lean, self.lean**2]
        square = np.convolve([self.c**2, 2 * self.c, 1], squared) @ power
        return mean, square - mean**2

    @cached_property
    def edge(self):
        """Half the theta, on the side on which M falls at first, up to which M is finite."""
        side = -np.sign(self.moments[0])
        return (self.lean + side * np.hypot(self.lean, self.spread / self.noise)) / (
            2 * self.spread
        )

    def transform(self, theta):
        """M(theta) for a complex array."""
        # The integrand is exp(constant + linear * rho - square * rho^2 / 2).
        square = 1 / self.variance_r + 2 * theta * self.lean - theta**2 * self.spread
        linear = theta * (self.eps - self.lean * self.c) + theta**2 * self.spread * self.c
        constant = theta * self.eps * self.c + theta**2 * self.spread * self.c**2 / 2
        value = half_line(constant, -linear / np.sqrt(2 * square))
        return value / np.sqrt(self.variance_r * square)


@lru_cache(maxsize=16)
def _support(design):
    x = design.support
    mass = design.pmf(x)
    return x[mass > RARE / 100], mass[mass > RARE / 100]


class PoissonTerm:
    """One term for integer x.

    A case is a value of x with a sign of r. In each case Z = k (|r| + c) with k = eps - sgn(r) x,
    and |r| is a normal variable cut off at 0: M is a sum of half-line Gaussian integrals.
    """

    def __init__(self, design, slope, noise, eps, w):
        x, mass = _support(design)
        self.noise, self.c = noise, eps * w
        # All k lie on one lattice: k = offset + whole number.
        nearest = np.rint(eps)
        self.offset = 0.0 if abs(eps - nearest) <= TIE * eps else eps - nearest
        self.whole = int(nearest) + np.concatenate([-x, x])
        self.k = self.offset + self.whole
        self.center = (slope - w) * np.concatenate([x, -x]) / noise
        mass = np.concatenate([mass, mass])
        # E[|r|^j; case] for j = 0, 1, 2.
        self.weight = mass * special.ndtr(self.center)
        density = mass * np.exp(-(self.center**2) / 2) / np.sqrt(2 * np.pi)
        first = noise * (self.center * self.weight + density)
        second = noise * (noise * self.weight + self.center * first)
        mean = self.k @ (first + self.c * self.weight)
        square = self.k**2 @ (second + 2 * self.c * first + self.c**2 * self.weight)
        self.moments = mean, square - mean**2
        keep = self.weight > RARE
        self.left_out = self.weight[~keep].sum()
        self.log_half_mass = np.log(mass[keep] / 2)
        for name in ("whole", "k", "center", "weight"):
            setattr(self, name, getattr(self, name)[keep])
        self.atom = self.weight[self.k == 0].sum()

    @property
    def edge(self):
        """A theta beyond any that is worth trying; M is finite everywhere."""
        return -1024 * self.moments[0] / self.moments[1]

    def cases(self, theta):
        """E[exp(theta k |r|); case] for a complex array (t,), as (cases, t)."""
        z = -(self.center[:, None] + np.outer(self.noise * self.k, theta)) / np.sqrt(2)
        return half_line((self.log_half_mass - self.center**2 / 2)[:, None], z)

    def transform(self, theta):
        """M(theta) for a complex array (t,)."""
        return (self.cases(theta) * np.exp(np.outer(self.c * self.k, theta))).sum(0)
