"""The law of the robust slope in one dimension, computed without sampling (appendix G).

The robust loss is convex in w, so its smallest minimiser on w >= 0 exceeds w exactly when the loss
still falls to the right of w. Half its derivative there is a sum of n independent terms:

    P(w_rob > w) = P(Z_1 + ... + Z_n < 0) for w >= 0.

That is one integral of M^n (`gapsim._inversion`) with M(theta) = E exp(theta Z) (`gapsim._terms`),
and E(w_rob - slope)^2 is one more integral, over w. Negative w follow from the mirror image
(x, y) -> (x, -y). Where the minimiser is not unique, this is the law of the one of least norm.
"""

import numpy as np

from gapsim import _arguments as arguments
from gapsim import _phase
from gapsim._inversion import clenshaw_curtis, crossing, negative, path
from gapsim._progress import watch

# Probabilities below exp(-DIGITS) are set to 0, and smaller ones where w^2 makes them count.
DIGITS = 37.0
# Absolute error asked of the integral over w, in units of slope^2 + noise^2.
TOLERANCE = 1e-7
# Estimated errors above this are not passed over in silence, in the same units.
UNACCEPTABLE = 1e-3
# Sizes of which a path for fewer points passes over more have one of their own.
PASSED_OVER = 1e-9
# Evaluations of the transform, times its cases, that are refused for one probability: up to a second's.
MOST_WORK = 2_000_000
# Given the inputs the slope has a spread by the noise alone, and inputs on a lattice leave steps as narrow in its law. So
# many intervals of the integral over w, for each time that the law is wider than that, showed such steps where they are.
FINE = 3
# With noise of less than such a share of the slope fainter ones can be missed, of up to 9.1e-7 in some thousand random laws:
# no error is told to be less than this there, in units of slope^2 + noise^2.
LITTLE, FAINT = 0.4, 2e-6
# Evaluations that one risk may take, up to a second's, where each probability takes the time of `APIECE` more. If the error
# is then still more than `ROUGH` the risk is refused.
MOST_RISK_WORK, APIECE, ROUGH = 11_000_000, 5000, 1e-4
# Of more sizes the others are not counted: each takes as long as the next, and who asks for thousands waits for them.
MANY_SIZES = 32


def probability(term, n, digits=DIGITS):
    """P(Z_1 + ... + Z_n < 0) and an estimate of its error, for a one-dimensional integer array n."""
    if term.negative is not None:
        # The probability is at most n P(Z < 0), its complement n P(Z >= 0). Where that is nothing, M may be constant.
        sure = n.max() * np.array([term.negative, term.nonnegative]) < np.exp(-digits)
        if sure.any():
            return np.full(n.shape, float(sure[1])), n * min(term.negative, term.nonnegative)
    theta, log_least = crossing(term.transform, term.edge, term.moments, n.max())
    value = np.full(n.shape, float(theta > 0))
    with np.errstate(all="ignore"):
        # Chernoff's bound with the cases that are left out, for which a lesser theta may do better, or without and
        # as a whole then.
        whole = np.fmin.reduce(term.whole(theta * 2.0 ** -np.arange(16)).real)
        error = np.fmin(whole**n, np.exp(n * log_least) + n * term.left_out)
    open_ = n * log_least > -digits
    if term.negative is not None:
        value[n == 1], error[n == 1] = term.negative, 0
        open_ &= n > 1
    if open_.any():
        n = n[open_]
        try:
            height, needed, unresolved = term.path(n, theta, digits)
            nodes, dt = path(theta, height, needed.max(), MOST_WORK / term.size)
            outer, outer_error = term.tail(n, nodes[-1])
        except ArithmeticError as error:
            raise too_much(n, error) from None
        inner, inner_error, passed_over = negative(term.along(nodes), n, nodes, dt, term.atom, needed)
        term.work += min(n.size, MANY_SIZES) * nodes.size // 2
        inner_error += passed_over + n * (term.left_out + unresolved * np.abs(dt / nodes).sum())
        value[open_], error[open_] = inner - outer, inner_error + outer_error
        # Powers that have not died down where few terms allow long steps. Those of the least n never are among them.
        again = passed_over > PASSED_OVER
        if again.any():
            apart = np.flatnonzero(open_)[again]
            value[apart], error[apart] = probability(term, n[again], digits)
    inside = value.clip(0, 1)
    return inside, error + np.abs(value - inside)


def too_much(n, why):
    """What is raised where the exact law would take longer than anybody waits."""
    return ArithmeticError(
        f"the exact law of the slope of n = {n.min()} points takes too much work ({why}): the inputs take "
        "too many values, the noise is too small, or eps is just below the size of an input. Use estimate_gap"
    )


def risk(model, n, eps):
    """E(w_rob - slope)^2 and its error for one eps > 0 and a one-dimensional n.

    w^2 - 2 slope w is integrated by parts over w > 0, and over w < 0 in the mirror image.
    """
    design, unit = model.design, np.hypot(model.slope, model.noise)
    noise = model.noise / unit
    width = 6 * noise / np.sqrt(n.max() * design.second_moment)
    value, error, work = (model.slope / unit) ** 2, 0.0, 0
    for side in (abs(model.slope) / unit, -abs(model.slope) / unit):
        middle = max(_phase.limit_slope(design, side, noise, eps), 0.0)
        # The second side has a part of its own: it is little most often, and would spoil what the first has found.
        spent, room, known = work, max(MOST_RISK_WORK - work, MOST_RISK_WORK // 4), False
        low = max(middle - width, 0.0)
        end, beyond = last_slope(design, side, noise, eps, middle, n)
        # The farther from the true slope the less a term rises with w, and the wider is the law.
        (mean, variance), (above, _) = (design.term(side, noise, eps, w).moments for w in (low, low + width))
        wider = width * np.sqrt(variance * design.second_moment) / ((above - mean) * noise) if above > mean else np.inf

        # P(w_rob > w) falls from near 1 to near 0 around the limit at the scale `width` for the
        # largest n, and slower for others: all are smooth in u, where w = middle + width sinh(u).
        def integrand(u):
            nonlocal work
            w = max(middle + width * np.sinh(u), 0.0)
            term = design.term(side, noise, eps, w)
            above, bound = probability(term, n, DIGITS + 2 * np.log1p(w**2))
            work += term.work + APIECE
            if not known and work - spent > room:
                raise too_much(n, f"{work:.0e} evaluations for a part of one risk")
            dw = width * np.cosh(u)
            return dw * np.concatenate([2 * (w - side) * above, 2 * abs(w - side) * bound])

        def enough(error):
            nonlocal known
            known, needed = True, 2 * (work - spent)
            if needed > room and error[: n.size].max() > ROUGH:
                raise too_much(n, f"{spent + needed:.0e} evaluations for one risk")
            return needed > room

        first, last = -np.arcsinh(middle / width), np.arcsinh((end - middle) / width)
        tolerance = np.repeat([TOLERANCE, np.inf], n.size)
        total, quadrature_error = clenshaw_curtis(integrand, first, last, tolerance, max(64, FINE * wider), enough)
        value = value + total[: n.size]
        error = error + quadrature_error[: n.size] + np.abs(total[n.size :]) + beyond
    if noise < LITTLE * abs(side) and design.term(side, noise, eps, middle).negative is not None:
        error = np.maximum(error, FAINT)
    return unit**2 * value, unit**2 * error


def last_slope(design, side, noise, eps, middle, n):
    """Where the integral over w may end, and a bound on what lies beyond, for each n.

    For few normal inputs P(w_rob > w) falls like w^-n until w is about 1/eps, and only then like the
    Gaussian of the labels, for n eps^2 w_rob^2 <= y_1^2 + ... + y_n^2. Chernoff's bounds, or n P(Z < 0) where
    that is less, on a geometric grid hold up to its next point, over which 2|w - side| adds no more than
    (w + |side|)^2 there; the grid ends where they fall faster than geometrically.
    """
    # A first step that a float of this size can take, and 1.3 times that.
    w, parts = [middle + max(noise, 1e-14 * middle)], []
    while True:
        term = design.term(side, noise, eps, w[-1])
        _, log_least = crossing(term.transform, term.edge, term.moments, n.max())
        w.append(middle + (w[-1] - middle) * 1.3)
        with np.errstate(under="ignore"):
            above = np.exp(n * log_least)
            if term.negative is not None:
                above = np.minimum(above, n * term.negative)
            parts.append((w[-1] + abs(side)) ** 2 * above)
        if parts[-1].max() < 1e-30 and (len(parts) < 2 or (parts[-1] <= 0.5 * parts[-2]).all()):
            break
    beyond = np.cumsum(parts[::-1], axis=0)[::-1]
    enough = int(np.argmax(beyond.max(axis=1) < TOLERANCE / 100))
    return w[enough], beyond[enough]


def by_eps(compute, n, eps):
    """Call compute(n, eps) once for each eps, with all its n in increasing order."""
    value, error = np.zeros(n.shape), np.zeros(n.shape)
    radii = np.unique(eps)
    for radius in watch(radii, len(radii), None):
        here = eps == radius
        sizes, back = np.unique(n[here], return_inverse=True)
        of_sizes, error_of_sizes = compute(sizes, float(radius))
        value[here], error[here] = of_sizes[back], error_of_sizes[back]
    return value, error


def deliver(value, error, scale, full_output):
    """The value, with its error or once that is acceptable."""
    if full_output:
        return arguments.plain(value), arguments.plain(error)
    worst = np.max(error, initial=0.0)
    if not worst <= UNACCEPTABLE * scale:
        raise ArithmeticError(
            f"the estimated error is {worst:.1e}, as where the noise is too small or eps just below the size of an input: "
            "ask for it with full_output=True, or use estimate_gap"
        )
    return arguments.plain(value)
