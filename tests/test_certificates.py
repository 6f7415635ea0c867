"""The inequalities behind the turning point's sharp bounds (appendix A), certified in ball arithmetic.

Every inequality is f > 0 on an interval of rho = eps/mu or of q = 1 - rho. Balls cover the inside.
Where f vanishes at an end, exact rational Taylor coefficients give its order there, and a ball
for the next coefficient its sign beside it. Where f has a logarithm at an end, it is bounded by hand.
"""

import numpy as np
import pytest
from flint import arb, arb_series, ctx, fmpq, fmpq_series

from gapsim import turning_time


class NotCertifiedError(Exception):
    pass


def positive_inside(f, low, high, depth=24):
    """Certify f > 0 on [low, high]; the ends are floats and stand for themselves."""
    ball = arb(low).union(arb(high))
    if f(ball) > 0:
        return
    middle = (low + high) / 2
    if depth == 0 or not f(arb(middle)) > 0:
        raise NotCertifiedError(f"not certified near {middle}")
    positive_inside(f, low, middle, depth - 1)
    positive_inside(f, middle, high, depth - 1)


def positive_beside_zero(f, order, high):
    """Certify f > 0 on (0, high] for an f that vanishes at 0 to the given order.

    By Taylor's theorem f(x) = c x**order with c the coefficient of that order at a point of [0, x].
    """
    exact = f(fmpq_series([0, 1]))
    if any(exact[k] != 0 for k in range(order)):
        raise NotCertifiedError(f"the Taylor coefficients below {order} are not all 0")
    positive_inside(lambda ball: f(arb_series([ball, 1]))[order], 0.0, high)


def slope_sign(rho, s):
    """h_rho(s): the sign of the gap's slope at t^2 = 2 s."""
    rise = ((2 * rho - rho * rho) * s).exp()
    return 2 - (1 - rho) * rise - (1 + rho) * (-(2 * rho + rho * rho) * s).exp()


def excess(rho):
    """b(rho) = 2 rho + rho^2."""
    return 2 * rho + rho * rho


def rises_at_three(rho, time=3):
    return slope_sign(rho, (0 * rho + time) / 2)


def falls_at_upper_bound(rho, constant=3):
    return -slope_sign(rho, (0 * rho + constant) / 2 - (1 - rho).log())


def rises_at_lower_bound(q, factor=2):
    return slope_sign(1 - q, (factor / q).log())


def steep_if_strong(q):
    """q^2 (2/q)^b - (3 - q^2)/2 of the lemma 'An inequality'."""
    return q * q * ((2 / q).log() * excess(1 - q)).exp() - (3 - q * q) / 2


def steep_if_weak(rho):
    """q^2 exp(3 b/2) - (3 - q^2)/2."""
    q = 1 - rho
    return q * q * (3 * excess(rho) / 2).exp() - (3 - q * q) / 2


def test_gap_rises_until_three():
    positive_beside_zero(rises_at_three, 4, 1 / 16)
    positive_inside(rises_at_three, 1 / 16, 1.0)


def test_gap_falls_after_three_plus_twice_the_logarithm():
    positive_beside_zero(falls_at_upper_bound, 3, 1 / 16)
    positive_inside(falls_at_upper_bound, 1 / 16, 15 / 16)
    # q = 1 - rho in (0, 1/16]: q^2 log q falls in q there, so the rising exponential alone is
    # at least its value at 1/16.
    q = arb(1) / 16
    assert (3 * (1 - q * q) / 2 + q * q * q.log()).exp() - 2 > 0


def test_gap_rises_until_twice_the_logarithm_plus_log_four():
    positive_inside(rises_at_lower_bound, 1 / 16, 1 / 2)
    # q in (0, 1/16], with y = log(2/q): 1 - exp(-q^2 y) >= q^2 y (1 - q^2 y/2), y and the bracket are
    # smallest at 1/16, and (q/2)^(b - 2) is largest there.
    q = arb(1) / 16
    y = (2 / q).log()
    assert 2 * y * (1 - q * q * y / 2) - 2 * ((2 - excess(1 - q)) * y).exp() / 4 > 0
    # q in [1/2, 1]: the bound 3 is the larger one.
    assert 4 * arb(2).log() < 3


def test_turning_time_less_twice_the_logarithm_falls():
    positive_inside(steep_if_strong, 1 / 4, 1 / 2)
    # q in (0, 1/4]: b >= 2, so q^2 (2/q)^b >= 4.
    q = arb(1) / 4
    assert excess(1 - q) > 2
    positive_beside_zero(steep_if_weak, 2, 1 / 16)
    positive_inside(steep_if_weak, 1 / 16, 1 / 2)


@pytest.mark.parametrize(
    "false_claim",
    [
        lambda: positive_beside_zero(lambda rho: rises_at_three(rho, time=fmpq(301, 100)), 2, 2.0**-10),
        lambda: positive_beside_zero(rises_at_three, 5, 1 / 16),
        lambda: positive_beside_zero(lambda rho: falls_at_upper_bound(rho, fmpq(299, 100)), 2, 2.0**-10),
        lambda: positive_inside(lambda q: rises_at_lower_bound(q, arb(2.001)), 2.0**-16, 1 / 2),
        lambda: positive_inside(lambda rho: falls_at_upper_bound(rho, arb(2.9)), 2.0**-10, 1 / 2),
        lambda: positive_inside(steep_if_weak, 1 / 16, 3 / 4),
    ],
)
def test_a_constant_a_little_better_is_not_certified(false_claim):
    with pytest.raises(NotCertifiedError):
        false_claim()


@pytest.mark.parametrize("rho", [1e-6, 1e-3, 0.1, 0.37, 0.5, 0.75, 0.95, 1 - 2.0**-20, 1 - 2.0**-39])
def test_turning_time_is_a_certified_root(rho):
    time = turning_time(rho, 1.0)
    assert sign_of_slope(rho, time * (1 - 1e-13)) > 0 > sign_of_slope(rho, time * (1 + 1e-13))


def sign_of_slope(rho, time):
    """h_rho(time/2) with enough bits for its cancellation at small rho."""
    with ctx.workprec(400):
        return slope_sign(arb(rho), arb(time) / 2)


def test_turning_time_rises_and_its_distance_from_the_logarithm_falls():
    rho = np.concatenate([np.geomspace(1e-3, 0.5, 200), 1 - np.geomspace(0.499, 1e-6, 200)])
    time = turning_time(rho, np.ones_like(rho))
    assert (np.diff(time) > 0).all()
    distance = time + 2 * np.log1p(-rho)
    assert (np.diff(distance) < 0).all()
    assert 2 * np.log(2) < distance[-1] < distance[0] < 3
