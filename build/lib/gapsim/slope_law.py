"""The law of the robust slope in one dimension, computed without sampling (appendix G).

The robust loss is convex in w, so its smallest minimiser on w >= 0 exceeds w exactly when the loss
still falls to the right of w. Half its derivative there is a sum of n independent terms:

    P(w_rob > w) = P(Z_1 + ... + Z_n < 0) for w >= 0.

With the closed form of M(theta) = E exp(theta Z) (`gapsim.slope_terms`) this is one Fourier
integral of M^n, and E(w_rob - slope)^2 is one more integral, over w. Negative w follow from the
mirror image (x, y) -> (x, -y). Where the minimiser is not unique, this is the law of the one of
least norm.
"""

import numpy as np
from scipy import fft, integrate, special

from gapsim import _arguments as arguments
from gapsim.fits import TIE_SHARE
from gapsim.phase import limit_slope
from gapsim.slope_terms import NormalTerm, one_term

# Probabilities below exp(NEGLIGIBLE) are set to 0.
NEGLIGIBLE = -37.0
# Steps of the trapezoidal rules. Each error is the change when the step is doubled.
STEP = 0.08
RAY_STEP = 0.75
# Gregory's coefficients of the backward differences of order 1, 2, ...
GREGORY = 1 / 12, 1 / 24, 19 / 720, 3 / 160, 863 / 60480
# One step resolves so many standard deviations of the sum of Poisson terms.
RESOLVED = 9
# Nodes of one Fourier integral that are refused.
MOST_NODES = 40_000
# From so many terms on their sum's transform may vanish early.
MANY = 30
# Most terms with x != eps for which the slow end of the Fourier integral is computed.
FEW = 12
# Its path ends so many times closer and farther than where it starts: beyond are the two tails.
FAR = 3e4
# Absolute error asked of the integral over w, in units of slope^2 + noise^2.
TOLERANCE = 3e-7
# Width of the first panels of that integral, in u: few are split again.
PANEL = 1.5
# Estimated errors above this are not passed over in silence, in the same units.
UNACCEPTABLE = 1e-3


def _crossing(term, most):
    """Choose where the Fourier integral's path crosses the real axis, for up to `most` terms.

    Any theta but the pole 0 will do. Near the minimum of M the integrand is least and hardly
    oscillates, and Chernoff bounds the probability: P(S < 0) <= M(theta)^n for theta < 0 and
    P(S >= 0) <= M(theta)^n for theta > 0.

    Returns
    -------
    theta, log M(theta)
    """

    def transform(theta):
        with np.errstate(all="ignore"):
            return np.nan_to_num(term.transform(theta + 0j).real, nan=np.inf)

    trial = term.edge * 2.0 ** -np.arange(18)
    value = transform(trial)
    best = np.argmin(value)
    with np.errstate(divide="ignore"):
        theta, log_least = trial[best], min(np.log(value[best]), 0.0)
    # Half a standard deviation of the transform's own scale from the pole, or, for a skewed law,
    # as far as M^n does not yet grow.
    closest = 0.5 / np.sqrt(most * term.moments[1])
    if abs(theta) < closest or value[best] >= 1:
        trial = np.copysign(closest * 2.0 ** -np.arange(30), theta)
        theta = trial[np.argmax(most * np.log(transform(trial)) < np.log(2))]
    return theta, log_least


def _nodes(term, n, theta):
    """Nodes theta + i t and steps dt for n terms: geometric near the axis, then even."""
    if isinstance(term, NormalTerm):
        # |M(i t)| <= (1 + (noise t)^2)^(-1/2): what lies higher is below exp(NEGLIGIBLE). What
        # oscillates up there, exp(theta c eps), is damped before the growing steps lose it.
        height = np.exp(-NEGLIGIBLE / n.min()) / term.noise
        longest = height
    else:
        # So high, every case with |k| >= 1 has lost its bell and decays as 1/(noise |k| t).
        height = 5 / term.noise
        if n.min() >= MANY:
            # Lower, if from there on the moduli of the cases alone make M^n negligible.
            trial = height * 2.0 ** (-np.arange(40) / 2)
            tilt = np.exp(term.c * theta * term.k)
            modulus = np.maximum.accumulate(tilt @ np.abs(term.cases(theta + 1j * trial)))
            height = trial[n.min() * np.log(modulus) < NEGLIGIBLE].min(initial=height)
        below, at, above = np.log(term.transform(theta * np.array([0.95, 1, 1.05]) + 0j).real)
        variance = max((below - 2 * at + above) / (0.05 * theta) ** 2, 0)
        with np.errstate(divide="ignore"):
            longest = np.pi / (RESOLVED * np.sqrt(n.min() * variance)) / STEP
        longest = min(longest, height)
    # t(u) = longest * log((1 + e^(u + shift)) / (1 + e^(shift - u))) is nearly |theta| sinh(u), and
    # has slope `longest` in the end; it moves the pole to the distance pi/2 from real u.
    shift = np.log(min(abs(theta), longest) / (2 * longest))
    last = height / longest + np.log1p(-np.exp(-height / longest)) - shift
    half = int(np.ceil(last / (2 * STEP)))
    if 2 * half > MOST_NODES:
        raise ArithmeticError(
            f"the law of the slope needs {2 * half} nodes for one probability, more than "
            f"{MOST_NODES}: n = {n.min()} is too large, or the noise too small, for this slope and eps"
        )
    u, step = np.linspace(0, last, 2 * half + 1, retstep=True)
    t = longest * (np.logaddexp(0, u + shift) - np.logaddexp(0, shift - u))
    dt = longest * step * (special.expit(u + shift) + special.expit(shift - u))
    return theta + 1j * t, dt


def _slow_end(term, n, start):
    """The rest of the Poisson design's Fourier integral of M^n - atom^n, above `start`.

    M - atom decays only like 1/t there. With m of the n terms off the atom the sum is
    R + c K with K = k_1 + ... + k_m and R = k_1 |r_1| + ... + k_m |r_m|, and all that oscillates is
    exp(theta c K). The m-th power is therefore split by K, as a polynomial in exp(theta c), and
    the path of each part is turned to the side on which its exponential decays.

    Returns
    -------
    integral, error : arrays of the shape of n
    """
    off = term.k != 0
    whole, k = term.whole[off], term.k[off]
    tilt = np.exp(term.c * start * k)[:, None]
    slowest = term.noise * np.abs(k).min()
    # The parts with more than `few` terms off the atom are left out. Their sum is at most the
    # integral of the envelope's powers, which fall like 1/t once slowest * t > 1.
    envelope = np.abs(tilt * term.cases(start[None])[off]).sum()
    on = term.atom ** (n - np.arange(FEW + 1)[:, None]).clip(0) * special.binom(
        n, np.arange(FEW + 1)[:, None]
    )
    left_out = (term.atom + envelope) ** n - np.cumsum(
        on * envelope ** np.arange(FEW + 1.0)[:, None], axis=0
    )
    left_out *= (1 + max(0, -np.log(slowest * start.imag))) / np.pi
    few = int(np.argmax(np.append(left_out.max(1), 0) < TOLERANCE))
    few = min(few, FEW, int(n.max()))
    integral, error = np.zeros(n.shape), left_out[few].clip(0)
    if few == 0:
        return integral, error

    # On a path turned by `angle` no bell may grow beyond e^3 ...
    width = term.noise * np.abs(k) * start.imag
    angle = min(0.39, np.arctan2(width + 2, np.abs(term.center[off])).min())
    step = RAY_STEP * angle / (1 if slowest * start.imag > 2 else 3)
    # ... and bells that are still seen there oscillate by `center` radians over their width.
    step = min(step, 2 / (np.abs(term.center[off]) * width)[width < 4.5].max(initial=1))
    far = FAR * (start.imag + 1 / slowest)
    distance = np.exp(np.arange(np.log(start.imag / FAR), np.log(far), step))
    length = fft.next_fast_len(few * int(np.ptp(whole)) + 1)
    for side in (1, -1):
        ray = 1j * np.exp(side * 1j * angle) * distance
        measure = step * ray / (start + ray) / np.pi
        lowest = (side * whole).min()
        polynomial = np.zeros((length, ray.size), complex)
        np.add.at(polynomial, side * whole - lowest, tilt * term.cases(start + ray)[off])
        spectrum = fft.fft(polynomial, axis=0)
        power = np.ones_like(spectrum)
        decay = side * term.c * ray
        geometric = np.exp(np.outer(np.arange(length), decay))
        for m in range(1, few + 1):
            # side * K of each coefficient; K = 0 is on the first side.
            height = m * (lowest + side * term.offset) + np.arange(length)
            first = np.searchsorted(height, 0, "left" if side == 1 else "right")
            power *= spectrum
            if first == length:
                continue
            coefficient = fft.ifft(power, axis=0)[first:]
            part = np.einsum("jr,jr->r", coefficient, geometric[: length - first])
            values = (part * np.exp(decay * height[first]) * measure).imag
            fine = _log_trapezoid(values, step, m)
            # Where c is small but not 0, the last nodes still fall faster than their power.
            last = abs(values[-1]) / -np.expm1(-m * step)
            integral += on[m] * fine
            error += on[m] * (abs(fine - 2 * _log_trapezoid(values[::2], 2 * step, m)) + last)
    return integral, error


def _trapezoid(values):
    """Trapezoidal rule along the last axis for an even integrand that need not vanish at the end.

    There Gregory's correction replaces the derivatives of Euler and Maclaurin's by differences.
    """
    end = np.zeros(values.shape[:-1])
    difference = values[..., -len(GREGORY) - 1 :]
    for weight in GREGORY:
        difference = np.diff(difference)
        end += weight * difference[..., -1]
    return values.sum(-1) - values[..., 0] / 2 - values[..., -1] / 2 - end


def _log_trapezoid(values, step, power):
    """Sum of a trapezoidal rule on a whole logarithmic axis, of which the middle is given.

    Below the first node the summands grow as exp(u); beyond the last they fall as exp(-power u),
    or are 0: both tails are geometric series.
    """
    below = values[0] / np.expm1(step)
    above = values[-1] / np.expm1(power * step)
    return below + values.sum() + above


def _probability(term, n):
    """P(Z_1 + ... + Z_n < 0) and a bound on its error, for a one-dimensional integer array n."""
    theta, log_least = _crossing(term, n.max())
    value = np.full(n.shape, float(theta > 0))
    error = np.exp(n * log_least)
    open_ = n * log_least > NEGLIGIBLE
    if not isinstance(term, NormalTerm):
        value[n == 1], error[n == 1] = term.weight[term.k < 0].sum(), 0
        open_ &= n > 1
    if not open_.any():
        return value, error
    n = n[open_]
    nodes, dt = _nodes(term, n, theta)
    atom = term.atom**n
    # exp(n log M) needs no phase unwrapped: n is whole.
    power = np.exp(np.multiply.outer(n, np.log(term.transform(nodes) + 1e-300)))
    integrand = ((power - atom[:, None]) * (dt / nodes)).real / np.pi
    integral = _trapezoid(integrand)
    error[open_] = np.abs(integral - 2 * _trapezoid(integrand[:, ::2])) + n * term.left_out
    if not isinstance(term, NormalTerm):
        rest, rest_error = _slow_end(term, n, nodes[-1])
        integral += rest
        error[open_] += rest_error
    # The path passes the pole, whose residue is 1 - atom, on one side or the other.
    value[open_] = (theta > 0) * (1 - atom) - integral
    return value, error


def _risk(design, slope, noise, n, eps):
    """E(w_rob - slope)^2 and its error for one eps > 0 and a one-dimensional n.

    w^2 - 2 slope w is integrated by parts over w > 0, and over w < 0 in the mirror image.
    """
    unit = np.hypot(slope, noise)
    noise = noise / unit
    width = 2 * noise / np.sqrt(n.max() * design.second_moment)
    value, error = (slope / unit) ** 2, 0.0
    for side in (abs(slope) / unit, -abs(slope) / unit):
        middle = max(limit_slope(design, side, noise, eps), 0.0)
        # P(w_rob > w) falls from near 1 to near 0 around the limit at the scale `width` for the
        # largest n, and slower for others: all are smooth in u, where w = middle + width sinh(u).
        end = noise
        while True:
            _, log_least = _crossing(one_term(design, side, noise, eps, middle + end), n.max())
            if n.min() * log_least < NEGLIGIBLE:
                break
            end *= 1.3

        def integrand(u):
            w = max(middle + width * np.sinh(u), 0.0)
            probability, bound = _probability(one_term(design, side, noise, eps, w), n)
            dw = width * np.cosh(u)
            # Rough as they are, the bounds must not steer the refinement: hence the factor.
            return dw * np.concatenate([2 * (w - side) * probability, 1e-3 * abs(w - side) * bound])

        first, last = -np.arcsinh(middle / width), np.arcsinh(end / width)
        total, quadrature_error = integrate.quad_vec(
            integrand,
            first,
            last,
            epsabs=TOLERANCE,
            epsrel=0,
            norm="max",
            limit=100,
            quadrature="gk15",
            points=np.arange(first, last, PANEL)[1:],
        )
        value = value + total[: n.size]
        error = error + quadrature_error + 2e3 * total[n.size :]
    return unit**2 * value, unit**2 * error


def first_risk(design, slope, noise, eps, tie="min_norm"):
    """E(w_rob - slope)^2 at n = 1: see `gapsim.RegressionModel.first_risk`."""
    eps = arguments.non_negative("eps", eps)
    share = TIE_SHARE[arguments.one_of("tie", tie, TIE_SHARE)]
    below, at, _ = design.masses(eps)
    _, inverse_at, inverse_above = design.inverse_squares(eps)
    bias = below + (1 - share) ** 2 * at
    variance = inverse_above + share**2 * inverse_at
    return slope**2 * bias + noise**2 * variance


def _by_eps(compute, n, eps):
    """Call compute(n, eps) once for each eps, with all its n in increasing order."""
    value, error = np.zeros(n.shape), np.zeros(n.shape)
    for radius in np.unique(eps):
        here = eps == radius
        sizes, back = np.unique(n[here], return_inverse=True)
        of_sizes, error_of_sizes = compute(sizes, float(radius))
        value[here], error[here] = of_sizes[back], error_of_sizes[back]
    return value, error


def _attack(eps):
    """eps, if it is small enough for the lattice of a term to be exact in floating point."""
    if (eps > 2.0**50).any():
        arguments.fail("eps", eps, "at most 2**50")
    return eps


def _deliver(value, error, scale, full_output):
    if full_output:
        return arguments.plain(value), arguments.plain(error)
    worst = np.max(error, initial=0.0)
    if not worst <= UNACCEPTABLE * scale:
        raise ArithmeticError(
            f"the estimated error is {worst:.1e}: ask for it with full_output=True, or simulate"
        )
    return arguments.plain(value)


def slope_cdf(design, slope, noise, w, n, eps, full_output=False):
    """P(w_rob <= w), the law of the robust slope, exact to the stated error.

    Parameters
    ----------
    design : NormalDesign or PoissonDesign
    slope : float
    noise : float
        Standard deviation of the noise, > 0.
    w : float or array_like
        At most 2**50 hypot(slope, noise) in size.
    n : int or array_like of int
        Size of the training set, >= 1.
    eps : float or array_like
        Radius of the attack, >= 0. `w`, `n` and `eps` broadcast against each other.
    full_output : bool
        Whether to return the error too.

    Returns
    -------
    float, or array of the broadcast shape
        Continuous but for an atom at w = 0, where it includes the atom.
    error : float or array, if `full_output`
        Estimate of the error, from the trapezoidal rules with the double step and what is left out.

    Raises
    ------
    ArithmeticError
        If the error exceeds 1e-3, unless it is returned; or if n is so large or the noise so small
        that one Fourier integral takes more than 40,000 nodes (Poisson design).
    """
    w = arguments.real_array("w", w, "finite")
    unit = np.hypot(slope, noise)
    if not (np.abs(w) <= 2.0**50 * unit).all():
        arguments.fail("w", w, "at most 2**50 hypot(slope, noise) in size")
    n, eps = arguments.whole("n", n), _attack(arguments.non_negative("eps", eps))
    arguments.flag("full_output", full_output)
    w, n, eps = (np.array(array) for array in arguments.broadcast(w=w, n=n, eps=eps))
    value, error = np.zeros(w.shape), np.zeros(w.shape)
    for point in np.unique(w):
        # Left of 0 look from the other side; there is no atom there.
        side = 1 if point >= 0 else -1

        def above(n, eps):
            term = one_term(design, side * slope / unit, noise / unit, eps, abs(point) / unit)
            return _probability(term, n)

        here = w == point
        value[here], error[here] = _by_eps(above, n[here], eps[here])
        if side == 1:
            value[here] = 1 - value[here]
    return _deliver(value, error, 1.0, full_output)


def robust_risk(design, slope, noise, n, eps, full_output=False):
    """E(w_rob - slope)^2, exact to the stated error.

    Parameters
    ----------
    design : NormalDesign or PoissonDesign
    slope : float
    noise : float
        Standard deviation of the noise, > 0.
    n : int or array_like of int
        Size of the training set, >= 1.
    eps : float or array_like
        Radius of the attack, > 0. `n` and `eps` broadcast against each other.
    full_output : bool
        Whether to return the error too.

    Returns
    -------
    float, or array of the broadcast shape
        A closed form for n = 1.
    error : float or array, if `full_output`
        Estimate of the error: that of the adaptive quadrature over w plus the integral of the
        bounds on the probabilities' errors. 0 for n = 1.

    Raises
    ------
    ArithmeticError
        If the error exceeds 1e-3 (slope^2 + noise^2), unless it is returned; or if n is so large
        or the noise so small that one Fourier integral takes more than 40,000 nodes (Poisson
        design).
    """
    n, eps = arguments.whole("n", n), _attack(arguments.positive("eps", eps))
    arguments.flag("full_output", full_output)
    n, eps = (np.array(array) for array in arguments.broadcast(n=n, eps=eps))

    def risk(n, eps):
        return _risk(design, slope, noise, n, eps)

    value, error = first_risk(design, slope, noise, eps), np.zeros(n.shape)
    more = n > 1
    value[more], error[more] = _by_eps(risk, n[more], eps[more])
    return _deliver(value, error, slope**2 + noise**2, full_output)


def gap(design, slope, noise, n, eps, full_output=False):
    """Scaled gap E(w_rob - slope)^2 - E(w_std - slope)^2, exact to the stated error.

    Parameters, errors and the second result are those of `robust_risk`, but eps may be 0.

    Returns
    -------
    float, or array of the broadcast shape
        0 for eps = 0, where the two models are one. For eps > 0, -inf where the standard model's
        risk is infinite: Gaussian inputs with n <= 2, Poisson inputs with shift 0.
    error : float or array, if `full_output`
    """
    n, eps = arguments.whole("n", n), _attack(arguments.non_negative("eps", eps))
    arguments.flag("full_output", full_output)
    n, eps = (np.array(array) for array in arguments.broadcast(n=n, eps=eps))
    standard = np.asarray(noise**2 * design.inverse_moment(n))
    value, error = np.where(eps > 0, -np.inf, 0.0), np.zeros(n.shape)
    here = (eps > 0) & np.isfinite(standard)
    if here.any():
        risk, error[here] = robust_risk(design, slope, noise, n[here], eps[here], full_output=True)
        value[here] = risk - standard[here]
    return _deliver(value, error, slope**2 + noise**2, full_output)
