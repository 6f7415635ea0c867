"""Slopes of the first n points of many training sets, for many n and eps at once.

What makes the simulation of Figure 2 fast: no training set is sorted, and nothing is computed twice
for two sizes or two radii. That is why `gapsim.fits.robust_slope`, one size at a time, is not the only
minimiser: for 20 sizes and 6 radii it takes some 11 times as long (`make bench`).
"""

import numpy as np
from scipy.optimize import elementwise

from gapsim._ties import TIE
from gapsim.fits import robust_slope

# Cost of sorting a point of a training set, in entries of the table of `_fit_prefixes`.
SORT_COST = 48

# Numbers that the fit of a block of training sets works on at a time: 3 MB, to stay in the cache.
BLOCK_NUMBERS = 3 * 2**17

# Relative error of a slope of `slopes_in_passes`.
NARROW = 2.0**-32

# Of the sum of squares: a curvature below this is a rounding error.
ROUNDING = 2.0**-44

# Takes the place of an input or label 0, so that no breakpoint is 0 or infinite; the largest are from 2^-100 to 2^100.
TINY = 1e-100


def nested_slopes(x, y, sizes, eps):
    """Slopes of the first n points of every training set, for several n at once.

    Parameters
    ----------
    x, y : (max(sizes), trials) arrays
        One training set per column.
    sizes : (k,) int array
    eps : (m,) float array

    Returns
    -------
    standard : (k, trials) array
    robust : (k, m, trials) array
        Ties are broken to the smallest slope.
    """
    trials = x.shape[1]
    a, b = _exponents(x, y)
    if a or b:
        parts = nested_slopes(np.ldexp(x, -a), np.ldexp(y, -b), sizes, np.ldexp(eps, -a))
        return tuple(np.ldexp(part, b - a) for part in parts)
    eps = np.minimum(eps, 2.0**102)  # above all inputs one is as good as another
    standard, robust = np.empty((len(sizes), trials)), np.empty((len(sizes), len(eps), trials))
    # A table up to n has n^2 entries to update, whether or not the sizes below n are asked for.
    distinct = np.unique(sizes)
    largest = distinct[distinct**2 <= SORT_COST * np.cumsum(distinct)].max(initial=0)
    if largest:
        step = max(1, BLOCK_NUMBERS // int(largest * (len(eps) + 10)))
        for start in range(0, trials, step):
            block = slice(start, start + step)
            _fit_prefixes(
                x[:largest, block],
                y[:largest, block],
                sizes,
                eps,
                standard[:, block],
                robust[:, :, block],
            )
    for i in np.flatnonzero(sizes > largest):
        first_x, first_y = x[: sizes[i]], y[: sizes[i]]
        energy = np.maximum((first_x * first_x).sum(axis=0), TINY)
        standard[i] = (first_x * first_y).sum(axis=0) / energy
        robust[i] = robust_slope(first_x.T, first_y.T, eps).T
    return standard, robust


def _exponents(*arrays):
    """The power of two that is the unit of each array: 0 if its largest number is of an ordinary size."""
    exponents = (int(np.frexp(np.abs(array).max())[1]) for array in arrays)
    return tuple(exponent if abs(exponent) > 100 else 0 for exponent in exponents)


def _fit_prefixes(x, y, sizes, eps, standard, robust):
    """Fill standard[i] and robust[i, j] for sizes[i] <= len(x) and eps[j], one trial per column.

    Mirror every point to an input a = |x| >= 0 and a label b = sgn(x) y, with breakpoint t = b/a.
    Half of F'(t_i)/t_i, taken from the side of 0, is

        sum a^2 + n eps^2 - (sum a b)/t_i + eps sgn(t_i) T_i,
        T_i = -sgn(t_i) a_i + sum over k != i of sgn(t_k - t_i) (b_k/t_i - 2 a_k),

    and F is convex, so the slope has passed t_i, on its way from 0, where this is negative. T_i
    does not depend on eps and gains one term with each point: all sizes and all eps come from one
    table, without a sort. Sums over the passed points then give the slope in closed form.
    """
    a = np.maximum(np.abs(x), TINY)
    b = np.copysign(np.maximum(np.abs(y), TINY), x * y)
    t, inverse, side = b / a, a / b, np.copysign(1.0, b)
    distance, twice_a, twice_height = np.abs(t), 2 * a, 2 * np.abs(b)
    table = -side * a
    scratch, other = np.empty((2, *a.shape))
    values, flags = np.empty(len(eps) * a.size), np.empty(len(eps) * a.size, dtype=bool)
    eps = eps[:, None]
    slope, curvature, last = np.empty((3, len(eps), a.shape[1]))
    sum_aa, sum_ab, sum_height, sum_side_a = np.zeros((4, a.shape[1]))
    # Where every a is eps, the sign of the curvature is that of a rounding error; 0 minimises.
    flat = np.abs(a[0] - eps) <= TIE * eps
    for k in range(len(a)):
        n = k + 1
        sum_aa += a[k] * a[k]
        sum_ab += a[k] * b[k]
        sum_height += np.abs(b[k])
        sum_side_a += side[k] * a[k]
        if flat.any():
            flat &= np.abs(a[k] - eps) <= TIE * eps

        order = np.subtract(t[k], t[:k], out=scratch[:k])
        np.copysign(1.0, order, out=order)
        term = np.multiply(b[k], inverse[:k], out=other[:k])
        term -= twice_a[k]
        term *= order
        table[:k] += term
        table[k] += np.einsum("kt,kt->t", order, twice_a[:k])
        table[k] -= inverse[k] * np.einsum("kt,kt->t", order, b[:k])

        if n not in sizes:
            continue
        with_eps = np.multiply(table[:n], side[:n], out=scratch[:n])
        without = np.multiply(inverse[:n], sum_ab, out=other[:n])
        without -= sum_aa
        shape, size = (len(eps), *without.shape), len(eps) * without.size
        passed, beyond = values[:size].reshape(shape), flags[:size].reshape(shape)
        np.multiply(eps[:, None], with_eps, out=passed)
        passed -= without
        np.copyto(passed, np.less(passed, -n * eps[:, None] ** 2, out=beyond))

        # The root on the piece beyond the passed breakpoints, but not before the last of them:
        # (|sum ab| - eps (sum |b| - 2 sum_passed |b|))
        # / (sum a^2 + n eps^2 - 2 eps (sgn(sum ab) sum sgn(b) a - 2 sum_passed a)).
        np.einsum("ekt,kt->et", passed, twice_height[:n], out=slope)
        slope -= sum_height
        slope *= eps
        slope += np.abs(sum_ab)
        np.einsum("ekt,kt->et", passed, twice_a[:n], out=curvature)
        curvature -= np.copysign(1.0, sum_ab) * sum_side_a
        curvature *= 2 * eps
        curvature += sum_aa
        curvature += n * eps**2
        # Positive but where `flat`: no rounding error may make it 0.
        slope /= np.maximum(curvature, ROUNDING * sum_aa, out=curvature)
        passed *= distance[:n]
        np.maximum(slope, np.max(passed, axis=1, out=last), out=slope)
        if flat.any():
            slope[flat] = 0
        for i in np.flatnonzero(sizes == n):
            np.divide(sum_ab, sum_aa, out=standard[i])
            np.copysign(slope, sum_ab, out=robust[i])


def slopes_in_passes(draw, sizes, eps):
    """Slopes of the first n points of one training set that is too large to be held, for several n and eps.

    Parameters
    ----------
    draw : callable
        Yields x and y of the training set in blocks, the same at each call.
    sizes : (k,) int array
    eps : (m,) float array

    Returns
    -------
    standard : (k,) array
    robust : (k, m) array
        Ties are broken to the smallest slope.

    Notes
    -----
    F is convex, so a slope is where its derivative changes sign; each pass tells the derivatives at one w for each.
    """

    a, b = _exponents(*next(iter(draw())))
    if a or b:
        def draw_in_units():
            return ((np.ldexp(x, -a), np.ldexp(y, -b)) for x, y in draw())

        return tuple(np.ldexp(part, b - a) for part in slopes_in_passes(draw_in_units, sizes, np.ldexp(eps, -a)))

    def derivative(w, which, radius):
        """Half of F' at each w >= 0, or to the right of 0, for the first sizes[which] points."""
        total, first = np.zeros(w.shape), 0
        for x, y in draw():
            for k, (i, attack) in enumerate(zip(which, radius)):
                count = max(0, sizes[i] - first)
                a, residual = x[:count], side[i] * y[:count] - w[k] * x[:count]
                total[k] += (np.abs(residual) + attack * w[k]) @ (attack - np.sign(residual) * a)
            first += len(x)
        return total

    (energy, signal, height), first = np.zeros((3, len(sizes))), 0
    for x, y in draw():
        for i, n in enumerate(sizes):
            a, b = x[: max(0, n - first)], y[: max(0, n - first)]
            energy[i] += a @ a
            signal[i] += a @ b
            height[i] += np.abs(b).sum()
        first += len(x)
    side, standard = np.copysign(1.0, signal), signal / np.maximum(energy, TINY)

    which, attack = (part.ravel() for part in np.broadcast_arrays(np.arange(len(sizes))[:, None], eps))
    robust = np.zeros(which.size)
    # F falls from 0; where every input is as large as the attack both sides are equal, but for rounding.
    falls = np.abs(signal)[which] > (1 + TIE) * attack * height[which]
    if falls.any():
        arguments = which[falls], attack[falls]
        found = elementwise.bracket_root(derivative, 0.0, np.abs(standard[which[falls]]), args=arguments)
        tolerances = {"xatol": 0, "xrtol": NARROW, "fatol": 0, "frtol": 0}
        robust[falls] = elementwise.find_root(derivative, found.bracket, args=arguments, tolerances=tolerances).x
    return standard, side[:, None] * robust.reshape(len(sizes), -1)
