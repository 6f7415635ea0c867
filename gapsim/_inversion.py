"""P(S < 0) for a sum S of independent terms, from M(theta) = E exp(theta Z) of one (appendix G).

For a path from theta - i infinity to theta + i infinity with theta != 0,

    P(S < 0) = 1{theta > 0} (1 - atom) - (1/pi) Re of the integral of (M^n - atom^n)(theta + i t) / (theta + i t)

over t > 0, where atom^n = P(S = 0). Nothing here knows where M comes from: the tests take the normal
law, the exponential and sums of coin tosses.
"""

import numpy as np
from scipy import fft, special

# Step of the trapezoidal rule. Its error is the change when the step is doubled.
STEP = 0.08
# Steps so many times as long as those that a sum needs show whether there is anything, but not what it comes to. Longer ones
# than `BLIND` times may miss a bell, which is some thirty times as wide.
COARSE, BLIND = 3, 10
# Relative error of M, and so of each factor of its power.
ROUNDING = 2.0**-46
# Gregory's coefficients of the backward differences of order 1, 2, ...
GREGORY = 1 / 12, 1 / 24, 19 / 720, 3 / 160, 863 / 60480
# How much of the decay of an integrand's Chebyshev coefficients is believed to go on: that of a power of the order, which
# slows down, up to .48.
DECAY = 0.4


def crossing(transform, edge, moments, most):
    """Choose the theta where the path crosses the real axis, for up to `most` terms.

    Any theta but the pole 0 will do. Near the minimum of M the integrand is least and hardly
    oscillates, and Chernoff bounds the probability: P(S < 0) <= M(theta)^n for theta < 0 and
    P(S >= 0) <= M(theta)^n for theta > 0.

    Parameters
    ----------
    transform : callable
        M, of a complex array.
    edge : float
        On the side where M falls at first: no theta beyond it is tried.
    moments : tuple of float
        Mean and variance of one term.

    Returns
    -------
    theta, log M(theta)
        The second is the least that was found.
    """

    def log_transform(theta):
        with np.errstate(all="ignore"):
            value = np.log(transform(theta).real)
        return np.where(np.isnan(value), np.inf, value)

    mean, variance = moments
    # For a mean of many standard deviations the minimum is that of what is rarely negative, near 1 / mean.
    trial = edge * 2.0 ** -np.arange(18 + max(0, int(np.log2(1 + mean * mean / variance))))
    value = log_transform(trial)
    best = np.argmin(value)
    theta, log_least = trial[best], min(value[best], 0.0)
    # Unless the minimum is a low one, half a standard deviation of the transform's own scale from the pole, or,
    # for a skewed law, as far as M^n does not yet grow.
    closest = 0.5 / np.sqrt(most * variance)
    if value[best] >= 0 or abs(theta) < closest and most * value[best] > -1:
        trial = np.copysign(closest * 2.0 ** -np.arange(30), theta)
        theta = trial[np.argmax(most * log_transform(trial) < np.log(2))]
    return theta, log_least


def path(theta, height, longest, most=np.inf):
    """Nodes theta + i t, 0 <= t <= height, and steps dt: geometric near the axis, then `longest` each.

    Raises ArithmeticError if they would be more than `most`.
    """
    # t(u) = even * log((1 + e^(u + shift)) / (1 + e^(shift - u))) is nearly |theta| sinh(u), and has
    # slope `even` in the end; it moves the pole to the distance pi/2 from real u.
    even = min(longest / STEP, height)
    shift = np.log(min(abs(theta), even) / (2 * even))
    last = height / even + np.log1p(-np.exp(-height / even)) - shift
    count = 2 * int(np.ceil(last / (2 * STEP))) + 1
    if count > most:
        raise ArithmeticError(f"{count} nodes are more than {most:.0f}")
    u, step = np.linspace(0, last, count, retstep=True)
    t = even * (np.logaddexp(0, u + shift) - np.logaddexp(0, shift - u))
    return theta + 1j * t, even * step * (special.expit(u + shift) + special.expit(shift - u))


def negative(values, n, nodes, dt, atom=0.0, needed=np.inf):
    """P(S < 0) but for what lies above the last node, from values = M(nodes), for an integer array n.

    Returns
    -------
    probability, error : arrays of the shape of n
    passed over : array of the shape of n
        How much lies where the steps are more than `COARSE` times those `needed`, of which there is one for each n; inf
        where some are more than `BLIND` times as long.
    """
    # exp(n log M) needs no phase unwrapped: n is whole. Of many points most factors are 0, and known to be.
    exponent = np.multiply.outer(n, np.log(values + 1e-300))
    power = np.exp(exponent, where=exponent.real > -746, out=np.zeros_like(exponent))
    integrand = (power - np.power(atom, n)[:, None]) * (dt / nodes) / np.pi
    # What the end leaves is told by a modulus: a real part can be 0 by its phase, and for a coarser rule too.
    (integral, last), (coarse, _) = trapezoid(integrand), trapezoid(integrand[:, ::2])
    error = np.abs((integral - 2 * coarse).real) + 4 * np.abs(last) + n * ROUNDING * np.abs(power[:, 0])
    long = dt > COARSE * np.min(needed)
    too_long = dt[long] > COARSE * np.reshape(needed, (-1, 1))
    passed_over = (np.abs(integrand[:, long]) * too_long).sum(axis=1)
    passed_over = np.where(dt.max() > BLIND * np.ravel(needed), np.inf, passed_over)
    # The path passes the pole, whose residue is 1 - atom, on one side or the other.
    return (nodes[0].real > 0) * (1 - np.power(atom, n)) - integral.real, error, passed_over


def interpolation(steps, count):
    """Chebyshev points between steps[0] = 0 and steps[-1], and the matrix from values there to values at the steps."""
    angle = np.pi * (np.arange(count) + 0.5) / count
    points = steps[-1] * (1 + np.cos(angle)) / 2
    # The barycentric formula. A step that is a point has its value.
    share = ((-1.0) ** np.arange(count) * np.sin(angle))[:, None] / (steps - points[:, None] + np.finfo(float).tiny)
    share /= share.sum(0)
    return points, share


def clenshaw_curtis(function, first, last, tolerance, trusted=64, enough=None, most=2049):
    """Integral of a vector-valued smooth function on [first, last], and an estimate of its error.

    The points are nested, and doubled until the error is at most `tolerance`, or there are `most`: for the risk a third to
    two thirds of those that `scipy.integrate.quad_vec` takes. With fewer than `trusted` intervals a narrow feature may yet
    be unseen: no decay of the coefficients is believed, and the points are doubled unless all coefficients are that
    small. Before each doubling `enough(error)` is told what the error is if a decay is believed, and may raise, or say
    that it is enough.

    Returns
    -------
    integral, error : arrays of the shape of function(first)
    """

    def values(index, intervals):
        x = (first + last + (first - last) * np.cos(np.pi * index / intervals)) / 2
        return np.array([function(each) for each in x])

    intervals = 16
    table = values(np.arange(intervals + 1), intervals)
    while True:
        order = np.arange(0, intervals + 1, 2)
        chebyshev = fft.dct(table, type=1, axis=0)[order] * (last - first) / (2 * intervals)
        chebyshev[[0, -1]] /= 2
        sizes, resolved = np.abs(chebyshev), intervals >= trusted
        error = unseen(sizes, DECAY * resolved)
        done = (error <= tolerance).all() and (resolved or (sizes <= tolerance).all())
        if done or intervals >= most - 1 or enough and enough(unseen(sizes, DECAY)):
            # The integral of T_k over [-1, 1], for even k, is 2 / (1 - k^2).
            return 2 / (1.0 - order**2) @ chebyshev, error
        finer = np.empty((2 * intervals + 1, *table.shape[1:]))
        finer[::2] = table
        finer[1::2] = values(np.arange(1, 2 * intervals, 2), 2 * intervals)
        intervals, table = 2 * intervals, finer


def unseen(sizes, decay):
    """Estimate what an integral lacks by the Chebyshev coefficients beyond those seen, whose even ones have these sizes.

    Those of order 2N - j are taken for that of j < N. They are not known: they are to fall on at a share `decay` of the
    rate at which the last quarter of the known ones has fallen from the one before, or that one if it fell more slowly.
    Twice what this gives is told: those of order 2N + j are taken for the same, and the known ones may be somewhat too
    small by accident.
    """
    count = len(sizes) - 1
    order = 2.0 * np.arange(count + 1, 2 * count + 1)
    largest = np.array([part.max(axis=0) for part in np.split(sizes[-(count // 4) * 3 :], 3)])
    end = largest[-1]
    fallen = np.divide(largest[1:], largest[:-1], out=np.ones((2, *end.shape)), where=largest[1:] < largest[:-1]).max(axis=0)
    beyond = end * np.power.outer(fallen, decay * (2 * order / count - 3)).T
    return 4 * (1 / np.abs(1 - (4 * count - order) ** 2) + 1 / (order**2 - 1)) @ beyond


def trapezoid(values):
    """Trapezoidal rule along the last axis for an even integrand that need not vanish at the end.

    There Gregory's correction replaces the derivatives of Euler and Maclaurin's by differences. Its last term is
    returned too: a wave exp(i phi j), with phi up to pi, leaves an error of about three times its modulus at most, of
    which a coarser rule knows nothing.
    """
    end, difference = 0.0, values[..., -len(GREGORY) - 1 :]
    for weight in GREGORY:
        difference = np.diff(difference)
        last = weight * difference[..., -1]
        end = end + last
    return values.sum(-1) - values[..., 0] / 2 - values[..., -1] / 2 - end, last


def log_trapezoid(values, step, power):
    """Sum of a trapezoidal rule on a whole logarithmic axis, of which the middle is given.

    Below the first node the summands are a exp(u) + b exp(2u), as the first two tell; beyond the last they fall
    as exp(-power u), or are 0: the tails are geometric series.
    """
    growth = np.exp(step)
    b = (values[1] / growth - values[0]) / (growth - 1)
    below = (values[0] - b) / (growth - 1) + b / (growth**2 - 1)
    return below + values.sum() + values[-1] / np.expm1(power * step)
