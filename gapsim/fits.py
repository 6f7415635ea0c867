"""Fits of a linear model: least squares, and the robust fit (section 5, Observation 5).

The attack costs a point |y - w x| + eps |w| instead of |y - w x|, so the robust slope minimises
F(w) = sum_i (|y_i - w x_i| + eps |w|)^2, which is convex and quadratic between the breakpoints 0
and y_i/x_i. The chapter "The fit" derives what is used here.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from gapsim import _arguments as arguments
from gapsim import _ties
from gapsim._types import Attack, Floats, Numbers, Tie

# Where every |x_i| is eps and every x_i y_i has one sign, F is flat from 0 to the first
# breakpoint: which point of that interval a rule takes, from 0 at the near end to 1 at the far one.
TIE_SHARE = {"min_norm": 0.0, "midpoint": 0.5, "max_norm": 1.0}

# Of the scaled problem: the tightest at which Clarabel still converges on noisy data.
SOLVER_TOLERANCE = 1e-10
# So near to 0 comes a scaled weight that is 0, and few times farther.
ACCURACY, NEARLY = 1e-8, 1e-6
# Numbers of x that are fitted at a time, unless one training set has more.
BLOCK = 2**16
# Convex programmes that are solved as one: more lose accuracy, fewer lose time.
STACK = 32


def standard_slope(x: ArrayLike, y: ArrayLike) -> Any:
    """Least-squares slope, without intercept.

    Parameters
    ----------
    x, y : (..., n) array_like
        Inputs and labels; leading axes are separate training sets.

    Returns
    -------
    float or (...,) array

    Raises
    ------
    ValueError
        For shapes that differ, n = 0, NaN or infinity, or a training set whose x are all 0, which
        determines no slope.

    Examples
    --------
    >>> from gapsim import standard_slope
    >>> round(float(standard_slope([1.0, 2.0, 3.0], [1.0, 2.5, 2.5])), 3)
    0.964
    """
    x, y = _points(x, y)
    if not x.any(axis=-1).all():
        raise ValueError("x must not be 0 throughout a training set: the slope is not determined")
    (x, x_exponent), (y, y_exponent) = _scaled(x), _scaled(y)
    slope = (x * y).sum(axis=-1) / (x * x).sum(axis=-1)
    with np.errstate(over="ignore"):
        return arguments.plain(np.ldexp(slope, y_exponent - x_exponent))


def robust_slope(x: ArrayLike, y: ArrayLike, eps: Numbers, *, tie: Tie = "min_norm") -> Any:
    """Exact minimiser of sum_i (|y_i - w x_i| + eps |w|)^2.

    Parameters
    ----------
    x, y : (..., n) array_like
        Inputs and labels; leading axes are separate training sets.
    eps : float or (k,) array_like
        Radius of the attack, >= 0.
    tie : {"min_norm", "midpoint", "max_norm"}
        Which minimiser to return where there are several: the one nearest to 0, the middle or the
        far end of the interval.

    Returns
    -------
    float, or array of shape (...,), or (..., k) for a sequence of eps

    Raises
    ------
    ValueError
        For shapes that differ, n = 0, NaN or infinity, eps negative, or an unknown tie rule.

    Notes
    -----
    Observation 5; derived in the chapter "The fit". The minimiser is unique unless every |x_i| is
    eps and every x_i y_i has one sign; |x_i| and eps that differ by less than 2**-40 of eps (2**-19 if either has 32 bits) count
    as equal. If eps = 0 and every x_i = 0, all slopes are minimisers, and 0 is returned.

    Examples
    --------
    >>> from gapsim import robust_slope
    >>> print(robust_slope([1.0, 2.0, 3.0], [1.0, 2.5, 2.5], eps=[0.0, 0.5, 3.0]).round(3))
    [0.964 0.881 0.   ]
    """
    inputs, labels = _points(x, y)
    radii = arguments.sequence("eps", arguments.non_negative("eps", eps))
    share = TIE_SHARE[arguments.one_of("tie", tie, TIE_SHARE)]
    near = max(_ties.tolerance(np.asarray(each)) for each in (x, eps))
    sets, n = inputs.shape[:-1], inputs.shape[-1]
    x, y = inputs.reshape(-1, n), labels.reshape(-1, n)
    slopes = np.empty((len(x), radii.size))
    for start in range(0, len(x), max(1, BLOCK // n)):
        block = slice(start, start + max(1, BLOCK // n))
        slopes[block] = _slopes(x[block], y[block], radii, share, near)
    slopes = slopes.reshape(sets + radii.shape)
    return arguments.plain(slopes[..., 0] if np.asarray(eps).ndim == 0 else slopes)


def robust_linear_model(x: ArrayLike, y: ArrayLike, eps: Attack) -> Floats:
    """Minimiser of sum_i (|y_i - <w, x_i>| + eps ||w||_1)^2, by a convex solver.

    Parameters
    ----------
    x : (n, d) array_like
        Inputs.
    y : (n,) array_like
        Labels.
    eps : float
        Radius of the attack, >= 0.

    Returns
    -------
    (d,) array
        Where there are several minimisers, one of them; for eps = 0 the shortest, to the rounding of the largest input.

    Raises
    ------
    ImportError
        Without Clarabel, which the extra `solvers` installs.
    ValueError
        For shapes that do not fit, n = 0, NaN, inputs beyond 1e302, or eps negative.
    RuntimeError
        If the solver does not reach the solution.

    Notes
    -----
    Observation 5: the worst attack of size eps in the maximum norm moves <w, x> by eps ||w||_1. The weight of each
    coordinate j agrees with the exact one to about 1e-5 of max_i|y_i| / max_i|x_i(j)|, mostly to 1e-7; to 5e-5 where
    there are no more points than coordinates or the labels are rounded or without noise, if eps is not below 1e-8 of
    that input; and to 1e-4 just below the attack from which on all are 0. Where columns of x nearly depend on each
    other it is the loss that is near the least, and not each weight.

    All weights are 0, exactly, if |sum_i y_i x_i(j)| <= eps sum_i |y_i| for every j, but for rounding, and that of a
    coordinate with no |x_i(j)| > eps is. Else weights are 0, exactly, where the solver's are below 1e-8 of the same
    unit, or below 1e-6 if all of those together can be 0 without a larger loss: a solver that walks through the
    interior never gets to 0. With one coordinate `robust_slope` is exact, and faster.

    Examples
    --------
    >>> from gapsim import robust_linear_model
    >>> x, y = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]], [2.0, 1.0, 3.0]
    >>> for eps in (0.1, 0.8, 0.9):
    ...     print(robust_linear_model(x, y, eps).round(3))
    [2. 1.]
    [0.278 0.   ]
    [0. 0.]
    """
    x, y = arguments.data(x, y)
    if x.ndim != 2:
        raise ValueError(f"x must have shape (n, d), got {x.shape}")
    if not np.isfinite(y).all():
        arguments.fail("y", y, "finite")
    return linear_models(x[None], y[None], arguments.non_negative_scalar("eps", eps))[0]


def linear_models(x, y, eps):
    """Robust weights (sets, d) of training sets x (sets, n, d) and y (sets, n) for one radius."""
    # In units of each coordinate's inputs and of the labels, so that the tolerances mean the same for all data.
    x_unit, y_unit = np.frexp(np.abs(x).max(axis=1))[1], np.frexp(np.abs(y).max(axis=1))[1][:, None]
    y = np.ldexp(y, -y_unit)
    with np.errstate(over="ignore"):
        if eps == 0:
            return np.ldexp(least_squares(x, y), y_unit)
        x, cost = np.ldexp(x, -x_unit[:, None]), np.minimum(np.ldexp(eps, -x_unit), 1.0)
    # Where no input is larger than the attack, a weight lowers no residual by more than it costs.
    vain = np.abs(x).max(axis=1) <= cost
    x = np.where(vain[:, None], 0.0, x)
    signal = np.abs(y[:, None] @ x)[:, 0]
    w = np.zeros(signal.shape)
    heard = np.flatnonzero((signal > (1 + _ties.TIE) * cost * np.abs(y).sum(axis=1)[:, None]).any(axis=1))
    for start in range(0, heard.size, STACK):
        some = heard[start : start + STACK]
        w[some] = _programme(x[some], y[some], cost[some])
    with np.errstate(over="ignore"):
        return np.ldexp(np.where(vain, 0.0, w), y_unit - x_unit)


def least_squares(x, y):
    """The shortest of the least-squares weights of each training set."""
    return np.array([_shortest(inputs, labels) for inputs, labels in zip(x, y)])


def _shortest(x, y):
    w, there = np.zeros(x.shape[1]), x.any(axis=0)
    exponents = np.frexp(np.abs(x[:, there]).max(axis=0))[1]
    # In units of each coordinate, or a small one would be taken for the rounding of a large one. If there are several least
    # squares, that would change which is the shortest: then in one unit.
    for exponent in (exponents, exponents.max(initial=0)):
        part, _, rank, _ = np.linalg.lstsq(np.ldexp(x[:, there], -exponent), y)
        if rank == there.sum():
            break
    with np.errstate(over="ignore"):
        w[there] = np.ldexp(part, -exponent)
    return w


def _programme(x, y, eps):
    """The minimisers by Clarabel: for each set the least c_1^2 + ... + c_n^2 over the columns w, u, t, r and c with

    r = y - x w,  |w| <= u,  eps_1 u_1 + ... + eps_d u_d <= t,  |r_i| + t <= c_i.

    With r of its own x enters once, and with t the norm of w once, not n times. One programme serves
    all sets: what the solver takes to start is most of what a small one takes.
    """
    try:
        import clarabel
    except ImportError as error:
        raise ImportError("robust_linear_model needs Clarabel: pip install 'gapsim[solvers]'") from error

    sets, n, d = x.shape
    point, coordinate, each = sparse.eye_array(sets * n), sparse.eye_array(sets * d), sparse.eye_array(sets)
    inputs, cost = (sparse.bsr_array((blocks, np.arange(sets), np.arange(sets + 1))) for blocks in (x, eps[:, None]))
    every = sparse.kron(each, np.ones((n, 1)))
    constraints = sparse.block_array([
        [inputs, None, None, point, None],
        [coordinate, -coordinate, None, None, None],
        [-coordinate, -coordinate, None, None, None],
        [None, cost, -each, None, None],
        [None, None, every, point, -point],
        [None, None, every, -point, -point],
    ], format="csc")  # fmt: skip
    rows, columns = constraints.shape
    right = np.concatenate([y.ravel(), np.zeros(rows - sets * n)])
    cones = [clarabel.ZeroConeT(sets * n), clarabel.NonnegativeConeT(rows - sets * n)]
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = SOLVER_TOLERANCE

    # A loss near the least is the unit of the loss, lest a small one pass the tolerances from the
    # start; where that asks too much of the solver, larger ones are. Of several least squares the shortest is near the
    # least in the units in which all weights cost the same.
    largest = (y * y).sum(axis=1)
    price = np.maximum(eps, 1e-150)  # which may have underflown
    fits = least_squares(x, y), least_squares(x / price[:, None], y) / price
    near = np.min([*(_loss(x, y, eps, fit) for fit in fits), largest], axis=0)
    near = np.where(near > 0, near, largest)
    for unit in (near, np.sqrt(near * largest), largest):
        weight = np.concatenate([np.zeros(columns - sets * n), np.repeat(1 / unit, n)])
        square = sparse.diags_array(weight, format="csc")
        solution = clarabel.DefaultSolver(square, np.zeros(columns), constraints, right, cones, settings).solve()
        if solution.status == clarabel.SolverStatus.Solved:
            w = np.reshape(solution.x[: sets * d], (sets, d))
            zeroed = np.where(np.abs(w) <= NEARLY, 0.0, w)
            better = _loss(x, y, eps, zeroed) <= _loss(x, y, eps, w)
            return np.where(better[:, None] | (np.abs(w) <= ACCURACY), zeroed, w)
        if sets > 1:  # one that is hard must not cost the others their accuracy
            half = sets // 2
            parts = (_programme(x[part], y[part], eps[part]) for part in (slice(half), slice(half, None)))
            return np.concatenate(list(parts))
    raise RuntimeError(f"the convex solver stopped with the status {solution.status}")


def _loss(x, y, eps, w):
    """The robust loss of each set's weights (sets, d)."""
    attacked = np.abs(y - (x @ w[..., None])[..., 0]) + (eps * np.abs(w)).sum(axis=1)[:, None]
    return (attacked**2).sum(axis=1)


def _slopes(x, y, radii, share, near):
    """Robust slopes (sets, k) of training sets (sets, n) for k radii."""
    (x, x_exponent), (y, y_exponent) = _scaled(x), _scaled(y)
    # Mirrored so that the slope is >= 0 and no input is negative: the breakpoints that matter are
    # those of the points with y > 0. What was before is let go of.
    side = np.where((x * y).sum(axis=-1) < 0, -1.0, 1.0)
    y = np.where(x == 0, -np.abs(y), side[:, None] * np.sign(x) * y)
    x = np.abs(x)
    with np.errstate(over="ignore"):
        breaks = np.divide(y, x, out=np.full(x.shape, np.inf), where=(x > 0) & (y > 0))
    order = np.argsort(breaks, axis=-1)
    x, y, breaks = (np.take_along_axis(array, order, axis=-1) for array in (x, y, breaks))
    del order

    slopes = np.empty((side.size, radii.size))
    for i, radius in enumerate(radii):
        # Above all inputs every radius is as good as any other: the slope is 0.
        with np.errstate(over="ignore"):
            radius = np.minimum(np.ldexp(radius, -x_exponent), 2)
        slopes[:, i] = side * _walk(x, y, breaks, radius[:, None], share, near)
    with np.errstate(over="ignore"):
        return np.ldexp(slopes, (y_exponent - x_exponent)[:, None]) + 0.0  # no -0.0


def _walk(x, y, breaks, eps, share, tolerance):
    """Minimiser over w >= 0, (...), of points (..., n) with x >= 0 in the order of their breakpoints."""
    # Half of F' is w curvature - pull, both sums over the points: (x - eps)^2 and y (x - eps) for
    # those whose breakpoint is ahead, (x + eps)^2 and y (x + eps) for all others.
    far = x + eps
    near = np.where(np.isfinite(breaks), x - eps, far)
    curvature = _sums_behind(far * far)
    curvature[..., :-1] += _sums_ahead(near * near)
    pull = _sums_behind(y * far)
    pull[..., :-1] += _sums_ahead(y * near)
    with np.errstate(invalid="ignore", over="ignore"):
        falling = breaks * curvature[..., :-1] < pull[..., :-1]
        piece = falling.sum(axis=-1, keepdims=True)
        curvature, pull = (np.take_along_axis(array, piece, axis=-1) for array in (curvature, pull))
        root = np.divide(pull, curvature, out=np.zeros(piece.shape), where=curvature > 0)
    edge = np.zeros(breaks.shape[:-1] + (1,))
    edges = np.concatenate([edge, breaks, edge + np.inf], axis=-1)
    low, high = (np.take_along_axis(edges, piece + end, axis=-1) for end in (0, 1))
    slope = np.clip(root, low, high)[..., 0]

    tied = ((np.abs(x - eps) <= tolerance * eps) & (y > 0)).all(axis=-1)
    with np.errstate(invalid="ignore"):
        return np.where(tied, share * breaks[..., 0], slope)


def _sums_behind(values):
    """On each of the n + 1 pieces between n breakpoints the sum over the points behind it."""
    sums = np.zeros(values.shape[:-1] + (values.shape[-1] + 1,))
    np.cumsum(values, axis=-1, out=sums[..., 1:])
    return sums


def _sums_ahead(values):
    """On each piece but the last the sum over the points ahead of it."""
    return np.cumsum(values[..., ::-1], axis=-1)[..., ::-1]


def _points(x, y):
    x = arguments.real_array("x", x, "finite")
    y = arguments.real_array("y", y, "finite")
    if x.ndim == 0 or x.shape[-1] == 0:
        raise ValueError(f"x must have shape (..., n) with n >= 1, got shape {x.shape}")
    if y.shape != x.shape:
        raise ValueError(f"y must have the shape of x, {x.shape}, got {y.shape}")
    for name, array in (("x", x), ("y", y)):
        if not np.isfinite(array).all():
            arguments.fail(name, array, "finite")
    return x, y


def _scaled(array):
    """The array with its largest entry brought into [1/2, 1) by a power of two; the exponent."""
    exponent = np.frexp(np.abs(array).max(axis=-1))[1]
    return np.ldexp(array, -exponent[..., None]), exponent
