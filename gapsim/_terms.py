"""One term of the derivative of the robust loss, behind a design's `term` (appendix G).

At w >= 0, with r = y - w x and c = eps w, half the derivative of the loss
sum_i (|y_i - w x_i| + eps |w|)^2 to the right of w is a sum of independent copies of

    Z = (|r| + c) (eps - sgn(r) x).

A class here holds the law of Z, as the inversion asks for it: `moments`, mean and variance; `transform`,
M(theta) = E exp(theta Z) in closed form; `edge`, a theta beyond which none is worth trying; `atom`,
P(Z = 0); `negative` and `nonnegative`, P(Z < 0) and P(Z >= 0), or None; `size`, the number of cases;
`left_out`, the mass of neglected cases, and `whole`, M with them; `path(n, theta, digits)`, how high the integral has
to go, with which step at most for each n, and what share of M turns faster than that; `along(nodes)`, M on that path;
`tail(n, start)`, what lies above, with an estimate of its error; and `work`, how many cases at how many nodes could have
been evaluated in the time that was taken.
"""

from copy import copy
from math import gcd

import numpy as np
from scipy import fft, special

from gapsim._inversion import COARSE, interpolation, log_trapezoid
from gapsim._ties import TIE

# exp of what is below this does not reach the digits of a float, even where a case is tilted by 1 / `RARE`.
NOTHING = -80.0


def exponential(rate, theta):
    """Return exp(rate theta) for real rates and a complex array theta, as (rates, thetas): in half of NumPy's time."""
    size, angle = np.exp(np.outer(rate, theta.real)), np.outer(rate, theta.imag)
    value = np.empty(angle.shape, complex)
    np.multiply(size, np.cos(angle), out=value.real)
    np.multiply(size, np.sin(angle), out=value.imag)
    return value


def half_line(log_scale, z, log_bell):
    """Return exp(log_scale) erfcx(z): the half-line Gaussian integral in both transforms.

    It is evaluated in the half-plane Re z >= 0, where |erfcx| <= 1 and cannot overflow, and elsewhere as the
    whole-line integral, a bell, less the other half. log_bell is z^2 + log_scale, which for inputs far
    above the noise is a small difference of large numbers: who calls knows it without.
    """
    sign = np.copysign(1.0, z.real)
    # Of a scalar theta too: what NumPy makes of it cannot be added to in place.
    value = np.asarray(special.erfcx(sign * z) * (sign * np.exp(log_scale)))
    seen = (sign < 0) & (np.real(log_bell) > NOTHING)
    value[seen] += 2 * np.exp(np.asarray(log_bell)[seen])
    return value


def variance_of(mean, square):
    """The variance of a term, and at least the rounding error of this difference."""
    return max(square - mean**2, 2.0**-52 * square, np.finfo(float).tiny)


class NormalTerm:
    """One term for x ~ N(0, 1).

    (x, r) and (-x, -r) have one law, so sgn(r) x may be called x and r taken positive. Given
    r = rho, x is then normal with mean lean * rho and variance spread, hence
    Z = (rho + c)(eps - x) is normal too, and one Gaussian integral over rho > 0 is left of M.
    """

    atom = 0.0
    left_out = 0.0
    negative = nonnegative = None
    size = 1
    # Never so much that anybody waits for it.
    work = 0

    def __init__(self, slope, noise, eps, w):
        self.noise, self.eps, self.c = noise, eps, eps * w
        self.variance_r = noise**2 + (slope - w) ** 2
        self.lean = lean = (slope - w) / self.variance_r
        self.spread = noise**2 / self.variance_r
        # Polynomials in rho, whose law is half-normal.
        power = np.sqrt(self.variance_r) ** np.arange(5)
        power *= [1, np.sqrt(2 / np.pi), 1, 2 * np.sqrt(2 / np.pi), 3]
        mean = np.convolve([self.c, 1], [eps, -lean]) @ power[:3]
        square = np.convolve([self.c**2, 2 * self.c, 1], [eps**2 + self.spread, -2 * eps * lean, lean**2]) @ power
        self.moments = mean, variance_of(mean, square)
        # Half the theta, on the side on which M falls at first, up to which M is finite.
        self.edge = (lean - np.sign(mean) * np.hypot(lean, self.spread / noise)) / (2 * self.spread)

    def transform(self, theta):
        """M(theta) for a complex array."""
        # The integrand is exp(constant + linear * rho - square * rho^2 / 2).
        square = 1 / self.variance_r + 2 * theta * self.lean - theta**2 * self.spread
        linear = theta * (self.eps - self.lean * self.c) + theta**2 * self.spread * self.c
        constant = theta * self.eps * self.c + theta**2 * self.spread * self.c**2 / 2
        value = half_line(constant, -linear / np.sqrt(2 * square), linear**2 / (2 * square) + constant)
        return value / np.sqrt(self.variance_r * square)

    along = whole = transform

    def path(self, n, theta, digits):
        """|M(i t)| <= (1 + (noise t)^2)^(-1/2): what lies higher is below exp(-digits).

        What oscillates up there, exp(theta c eps), is damped before the growing steps lose it.
        """
        height = np.exp(digits / n.min()) / self.noise
        return height, np.full(n.shape, height), 0.0

    def tail(self, n, start):
        """Nothing is added; the bound of `path` bounds it."""
        return np.zeros(n.shape), np.hypot(1, self.noise * start.imag) ** (-n.astype(float)) / n


class AtomsTerm:
    """One term for inputs of finitely many values.

    A case is a value of x with a sign of r. In each case Z = k (|r| + c) with k = eps - sgn(r) x,
    and |r| is a normal variable cut off at 0: M is a sum of half-line Gaussian integrals.
    """

    # What there is of each case.
    CASES = "sx", "k", "center", "weight", "log_half_mass"
    # Cases that are less likely than this are left out.
    RARE = 1e-11
    # Cases at nodes of a path that are evaluated at a time. On one of more than `LONG` nodes more than `MANY` cases may be
    # interpolated from `POINTS` in pieces of up to `LONG`: fewer, or in pieces of less than a third, are as soon evaluated.
    BLOCK, LONG, MANY, POINTS = 8192, 600, 4, 64
    # From so many bells' widths on the transform may be left to `tail`, on a turned path.
    START = 5.0
    # What may be left out of one probability without more ado.
    NEGLIGIBLE = 1e-7
    # One step of the even part of the path resolves so many standard deviations of the sum.
    RESOLVED = 9
    # A case that is likelier than this among all terms is to be resolved too.
    COUNTS = 1e-8
    # Most terms with x != eps for which `tail` is computed.
    FEW = 12
    # Its path ends so many times closer and farther than where it starts: beyond are two tails.
    FAR = 3e4
    # Its step, and the widest lattice of k for which it is computed.
    RAY_STEP = 0.75
    WIDEST = 4000
    # What its table may hold.
    MOST_TAIL = 2_000_000
    # How many cases at a node could be evaluated while it is set up.
    OVERHEAD = 5000

    def __init__(self, x, mass, slope, noise, eps, w):
        self.noise, self.eps, self.c = noise, eps, eps * w
        self.work = 0
        self.sx = np.concatenate([x, -x])
        self.k = np.where(np.abs(eps - self.sx) <= TIE * eps, 0.0, eps - self.sx)
        self.center = (slope - w) * self.sx / noise
        mass = np.concatenate([mass, mass])
        self.weight = mass * special.ndtr(self.center)
        self.moments = self._moments(self.center, self.weight)
        self.atom = self.weight[self.k == 0].sum()
        self.negative, self.nonnegative = self.weight[self.k < 0].sum(), self.weight[self.k >= 0].sum()
        keep = self.weight > self.RARE
        self.left_out = self.weight[~keep].sum()
        with np.errstate(divide="ignore"):
            self.log_half_mass = np.log(mass / 2)
        self._rare = self._of(~keep)
        for name in self.CASES:
            setattr(self, name, getattr(self, name)[keep])

    @property
    def size(self):
        """Number of cases."""
        return self.k.size

    @property
    def edge(self):
        """A theta beyond any that is worth trying; M is finite everywhere."""
        return -1024 * self.moments[0] / self.moments[1]

    def _moments(self, center, weight):
        """Mean and variance of Z, from the weight of each case: |r| / noise is normal around `center`, cut off at 0."""
        # phi / Phi, which erfcx gives without the difference of two large exponents.
        first = self.noise * (center + np.sqrt(2 / np.pi) / special.erfcx(center / -np.sqrt(2)))
        second = self.noise * (self.noise + center * first)
        mean = weight @ (self.k * (first + self.c))
        return mean, variance_of(mean, weight @ (self.k**2 * (second + 2 * self.c * first + self.c**2)))

    def cases(self, theta, log_scale=0.0):
        """E[exp(theta k |r|); case] exp(log_scale) for a complex array (t,), as (cases, t)."""
        scaled, center = np.outer(self.noise * self.k, theta), self.center[:, None]
        log_scale = self.log_half_mass[:, None] + log_scale
        log_bell = scaled * (scaled / 2 + center) + log_scale
        return half_line(log_scale - center**2 / 2, (scaled + center) / -np.sqrt(2), log_bell)

    def moduli(self, start):
        """About the largest moduli of `cases` from one start upwards.

        A case is the sum of a bell and a tail whose moduli fall with the height. Where erfc is 0 they cancel, but only
        there.
        """
        return np.abs(self.cases(np.array([start, start + 0.25j * start.imag]))).max(axis=1)

    def transform(self, theta):
        """M(theta) for a complex array (t,)."""
        return (self.cases(theta) * exponential(self.c * self.k, theta)).sum(0)

    def whole(self, theta):
        """M(theta), of a real array, with the cases that are left out: tilted so far, their bells do not tell."""
        rare, center = self._rare, self._rare.center[:, None]
        scaled = np.outer(rare.noise * rare.k, theta)
        log_tail = special.log_ndtr(scaled + center) + np.log(2) + rare.log_half_mass[:, None]
        log_case = scaled * (scaled / 2 + center) + log_tail
        return self.transform(theta) + np.exp(log_case + np.outer(self.c * rare.k, theta)).sum(0)

    def along(self, nodes):
        """M at the nodes of a path upwards.

        On a long path what turns fastest is exp(theta k (c + |r|)) with the typical |r|: where the nodes lie much
        closer than the rest needs, the rest is interpolated.
        """
        value, steps, reach = np.empty(nodes.size, complex), np.empty(0), 0
        typical = self._typical(nodes[0].real)
        if nodes.size > self.LONG and self.size > self.MANY:
            reach = min(int(self._reach(nodes[0].real, typical) / (nodes[-1] - nodes[-2]).imag), self.LONG)
        interpolated = reach > self.LONG // 3
        size = reach if interpolated else max(1, self.BLOCK // self.size)
        for piece in np.split(np.arange(nodes.size), range(size, nodes.size, size)):
            if not interpolated:
                value[piece] = self.transform(nodes[piece])
                self.work += self.size * piece.size
                continue
            first, rise = nodes[piece[:1]], (nodes[piece] - nodes[piece[0]]).imag
            # Most pieces have the same steps.
            if rise.size > steps.size or np.abs(rise - steps[: rise.size]).max() > 4 * np.spacing(nodes[-1].imag):
                steps, (points, matrix) = rise, interpolation(rise, self.POINTS)
                still = exponential(-self.k * typical, 1j * points)
                turn = exponential(self.k * (self.c + typical), 1j * rise)
            smooth = self.cases(first + 1j * points) * still * exponential(self.c * self.k, first)
            # Real and imaginary parts apart: for one product the matrix would be made complex each time.
            known = matrix[:, : rise.size]
            value[piece] = ((smooth.real @ known + 1j * (smooth.imag @ known)) * turn[:, : rise.size]).sum(0)
            self.work += self.size * (self.POINTS + piece.size // 4) + self.POINTS * piece.size // 25
        return value

    def _typical(self, theta):
        """|r| of each case on the law that is tilted by theta, as if it were not cut off at 0."""
        return self.noise * np.maximum(self.center + self.noise * self.k * theta, 0)

    def _reach(self, start, typical):
        """A length of pieces of a vertical line on which interpolated cases are in error by 1e-15 M(start) at most.

        But for rounding. The error is at most 4 bound rho^(1 - POINTS) / (rho - 1), where bound holds on an ellipse
        around the piece whose half axes are rho + 1 / rho and rho - 1 / rho quarters of it. On a vertical line a case
        is largest on the real axis, where it is convex, and so is its quotient by a wave.
        """
        tilt = np.exp(self.c * start * self.k)
        with np.errstate(all="ignore"):
            aside = 2.0 ** (np.arange(-12, 12) / 2) / (self.noise * np.abs(self.k).max())
            bound = sum(tilt @ self.cases(start + far, np.outer(-self.k * typical, far)) for far in (-aside, aside))
            bound = bound / (tilt @ self.cases(np.array([start])))
            rho = (12 * bound / 1e-15) ** (1 / self.POINTS)
            longest = 4 * aside / (rho - 1 / rho)
        return longest[np.isfinite(longest)].max(initial=0)

    def _of(self, seen):
        """The same term with some of its cases alone."""
        part = copy(self)
        for name in self.CASES:
            setattr(part, name, getattr(self, name)[seen])
        return part

    def path(self, n, theta, digits):
        """To where nothing is left, or to where `tail` can take over."""
        height = self.START / self.noise * 2.0 ** (np.arange(10, -24, -1) / 2)
        start = theta + 1j * height
        negligible = (self._beyond(n, start, np.abs(self.cases(start))) < self.NEGLIGIBLE).all(axis=-1)
        enough = negligible[0] | (negligible[self.FEW] & (height >= self.START / self.noise))
        # The law that is tilted by theta.
        weight = self.cases(np.array([theta]))[:, 0] * np.exp(self.c * theta * self.k)
        weight = weight / weight.sum()
        mean, variance = self._moments(self.center + self.noise * self.k * theta, weight)
        spread = self.RESOLVED * np.sqrt(n * variance)
        # How far from 0 a case is there that is rare and yet counts: no variance tells of it.
        distance = np.abs(self.k * (self.c + self._typical(theta)))[:, None]
        farthest = (distance * (np.outer(weight, n) > self.COUNTS)).max(axis=0)
        resolved = np.maximum(spread, farthest + spread / 2)
        # What all cases share turns the whole sum, and none of it may be passed over for `COARSE` steps.
        needed = np.pi / (resolved + COARSE * n * abs(mean))
        return height[enough].min(initial=height[0]), needed, weight @ (distance > resolved)

    def _beyond(self, n, start, moduli):
        """Bounds on the parts with more than 0, 1, ..., FEW terms off the atom above each start, of the cases' moduli.

        They are at most the integral of the envelope's powers, which fall like 1/t once
        slowest * t > 1.
        """
        off = self.k != 0
        tilt = np.exp(self.c * start[0].real * self.k[off])
        envelope = tilt @ moduli[off]
        m = np.arange(self.FEW + 1)[:, None]
        on = self.atom ** (n - m).clip(0) * special.binom(n, m)
        parts = on[:, None] * envelope[:, None] ** m[..., None]
        rest = (self.atom + envelope[:, None]) ** n - np.cumsum(parts, axis=0)
        slowest = self.noise * np.abs(self.k[off]).min(initial=np.inf)
        return rest.clip(0) * (1 + np.maximum(0, -np.log(slowest * start.imag)))[:, None] / np.pi

    def _lattice(self, k):
        """Write k as offset + unit * whole numbers, as (offset, unit, whole)."""
        decimals = 10**9
        counts = np.rint(np.abs(self.sx) * decimals)
        unit = gcd(*(int(count) for count in counts)) / decimals
        if not unit or np.ptp(k) > self.WIDEST * unit or (np.abs(counts - np.abs(self.sx) * decimals) > 1e-4).any():
            raise ArithmeticError(
                f"a slow tail of inputs that are on no lattice of decimals of at most {self.WIDEST} points"
            )
        offset = self.eps - unit * np.rint(self.eps / unit)
        offset = 0.0 if abs(offset) <= TIE * self.eps else offset
        return offset, unit, np.rint((k - offset) / unit).astype(int)

    def tail(self, n, start):
        """The rest of the integral of M^n - atom^n, above `start`.

        M - atom decays only like 1/t there. With m of the n terms off the atom the sum is
        R + c K with K = k_1 + ... + k_m and R = k_1 |r_1| + ... + k_m |r_m|, and all that oscillates is
        exp(theta c K). The m-th power is therefore split by K, as a polynomial in exp(theta c), and
        the path of each part is turned to the side on which its exponential decays.
        """
        moduli = self.moduli(start)
        left_out = self._beyond(n, np.array([start]), moduli[:, None])[:, 0]
        few = int(np.argmax(np.append(left_out.max(1), 0) < self.NEGLIGIBLE))
        few = min(few, self.FEW, int(n.max()))
        integral, error = np.zeros(n.shape), left_out[few]
        if few == 0:
            return integral, error

        height = np.exp(self.c * start.real * self.k) * moduli
        off = (self.k != 0) & (height > self.NEGLIGIBLE / 1e3)
        rare = (self.k != 0) & ~off
        # Each falls like 1/t once noise |k| t > 1.
        until = 1 + np.maximum(0, -np.log(self.noise * np.abs(self.k[rare]) * start.imag))
        error += n * (height[rare] * until).sum() / np.pi
        if not off.any():
            return integral, error
        seen = self._of(off)
        k, center = seen.k, seen.center
        offset, unit, whole = self._lattice(k)
        c = self.c * unit
        tilt = np.exp(self.c * start * k)[:, None]
        on = self.atom ** (n - np.arange(few + 1)[:, None]).clip(0) * special.binom(n, np.arange(few + 1)[:, None])
        slowest = self.noise * np.abs(k).min()
        # On a path turned by `angle` no product of `few` bells may grow beyond e^3: how far a path may yet be turned is
        # what the steps in log distance are measured by.
        width = self.noise * np.abs(k) * start.imag
        angle = min(0.39, np.arctan2(width + 2 / np.sqrt(few), np.abs(center)).min())
        step = self.RAY_STEP * angle / (1 if slowest * start.imag > 2 else 3)
        # Bells that are still seen at the start oscillate by `center` radians over their width.
        turns = (np.abs(center) * width)[width < 4.5].max(initial=1)
        step = min(step, 2 / turns)
        far = self.FAR * (start.imag + 1 / slowest)
        length = fft.next_fast_len(few * int(np.ptp(whole)) + 1)
        # Closer to the start than `near` nothing changes: neither bells, nor what decays with c K.
        near = 1 / max(self.FAR / start.imag, few * 1e3 * turns / start.imag, few * 30 * self.c * np.abs(k).max())
        count = np.log(far / near) / step
        if length * count > self.MOST_TAIL:
            raise ArithmeticError(f"a slow tail of {length} x {count:.0f} terms")
        distance = np.exp(np.arange(np.log(near), np.log(far), step))
        # The cases of two rays, their powers by Fourier transforms, and what is there to do for one node alone.
        self.work += distance.size * (2 * seen.size + length * (few + 2) // 5) + self.OVERHEAD
        for side in (1, -1):
            ray = 1j * np.exp(side * 1j * angle) * distance
            measure = step * ray / (start + ray) / np.pi
            lowest = (side * whole).min()
            polynomial = np.zeros((length, ray.size), complex)
            np.add.at(polynomial, side * whole - lowest, tilt * seen.cases(start + ray))
            spectrum = fft.fft(polynomial, axis=0)
            power = np.ones_like(spectrum)
            decay = side * c * ray
            geometric = exponential(np.arange(length), decay)
            for m in range(1, few + 1):
                # side * K of each coefficient; K = 0 is on the first side, and by the rule of ties on it alone.
                beside = m * side * offset / unit
                beside = np.rint(beside) if np.abs(beside - np.rint(beside)) <= m * TIE * self.eps / unit else beside
                height = m * lowest + beside + np.arange(length)
                first = np.searchsorted(height, 0, "left" if side == 1 else "right")
                power *= spectrum
                if first == length:
                    continue
                coefficient = fft.ifft(power, axis=0)[first:]
                part = np.einsum("jr,jr->r", coefficient, geometric[: length - first])
                values = part * np.exp(decay * height[first]) * measure
                fine = log_trapezoid(values, step, m)
                # Where c is small but not 0, the last nodes still fall faster than their power.
                last = abs(values[-1]) / -np.expm1(-m * step)
                integral += on[m] * fine.imag
                # By a modulus: the imaginary parts alone can agree by accident.
                error += on[m] * (abs(fine - 2 * log_trapezoid(values[::2], 2 * step, m)) + last)
        return integral, error
