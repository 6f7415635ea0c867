"""Checks of arguments, with messages that name the argument, its value and what is allowed.

Every public function passes what it is given through these before it computes. So all agree:

- A whole number may be a float: n = 5.0, trials = 1e5.
- Scalars give a float (one value for each coordinate where the result says so), sequences an array.
- Exact functions broadcast their arguments, as NumPy does; `estimate_gap` and the fits, which share one
  set of data among all eps, form the grid: a sequence of eps is an axis of its own.
- Options are given by name: `rule`, `tie`, `full_output`, and all of `estimate_gap` after eps.
- What is compared with eps is compared by the rule of `gapsim._ties`.
- `rng` is what `numpy.random.default_rng` takes, or a RandomState; where it stands counts.
"""

import reprlib
from decimal import Decimal
from fractions import Fraction
from typing import NoReturn

import numpy as np

from gapsim import _ties

# What is added to an attack, and taken from it: the sum is a float for attacks up to 1.7e308. What a model draws may be larger.
LARGEST, DRAWN = 1e300, 1e302

# Whole numbers up to here are exact as floats too.
LARGEST_COUNT = 2**53

# What is kept exactly (whole floats are too).
EXACT = (Fraction, Decimal)


def fail(name: str, value: object, allowed: str) -> NoReturn:
    """Raise the one kind of error that a bad argument gets."""
    if isinstance(value, np.generic) or type(value) is np.ndarray and value.ndim == 0:
        value = value.item()  # as it was given, most often
    raise ValueError(f"{name} must be {allowed}, got {reprlib.repr(value)}")


def real_array(name, value, allowed):
    """Return `value` as a float array; NaN, text, complex, ragged and masked input are refused."""
    try:
        array = _ties.read(value)
        if array.dtype.kind not in "biufO" or np.ma.is_masked(value):
            raise TypeError
        if array.dtype.kind == "O" and any(isinstance(x, (str, bytes)) for x in array.flat):
            raise TypeError  # float would read them
        with np.errstate(over="ignore"):
            array = array.astype(float)
    except (OverflowError, TypeError, ValueError):
        fail(name, value, allowed)
    if np.isnan(array).any():
        fail(name, value, allowed)
    return array


def numbers(name, value, allowed):
    """Return `value` as an array of reals; narrow floats are the decimals written for them."""
    array, given = real_array(name, value, allowed), _ties.read(value)
    return _ties.widen(given) if given.dtype.type in _ties.NARROW else array


def finite(name, value, allowed="finite"):
    """Return `value` as an array of finite reals."""
    array = numbers(name, value, allowed)
    if not np.isfinite(array).all():
        fail(name, value, allowed)
    return array


def within_reach(name, value, array, largest=LARGEST):
    """Refuse what the attack may carry beyond the largest float."""
    if not (np.abs(array) <= largest).all():
        fail(name, value, f"of a size of at most {largest:g}")


def non_negative(name, value):
    """Return `value` as an array of finite reals >= 0."""
    allowed = "finite and >= 0"
    array, given = finite(name, value, allowed), np.asarray(value)
    # By less than a float can tell.
    below = given.dtype.kind == "O" and any(isinstance(x, (*EXACT, np.floating)) and x < 0 for x in given.flat)
    if below or given.dtype.kind == "f" and (given < 0).any() or not (array >= 0).all():
        fail(name, value, allowed)
    return array


def positive(name, value):
    """Return `value` as an array of finite reals > 0."""
    allowed = "finite and > 0"
    array = finite(name, value, allowed)
    if not (array > 0).all():
        fail(name, value, allowed)
    return array


def positive_scalar(name, value):
    """Return `value` as one finite real > 0."""
    array = positive(name, value)
    if array.ndim:
        fail(name, value, "one finite number > 0")
    return float(array)


def non_negative_scalar(name, value):
    """Return `value` as one finite real >= 0."""
    array = non_negative(name, value)
    if array.ndim:
        fail(name, value, "one finite number >= 0")
    return float(array)


def unit_interval(name, value):
    """Return `value` as one number in (0, 1), the ends excluded."""
    allowed = "one number in (0, 1), as a float too"
    array = finite(name, value, allowed)
    if array.ndim or not 0 < array < 1:
        fail(name, value, allowed)
    return float(array)


def scalar(name, value, largest, smallest=0.0):
    """Return `value` as one real that is 0 or of a size in a range."""
    allowed = f"one number of size at most {largest:g}" + (f", and 0 or at least {smallest:g}" if smallest else "")
    array = finite(name, value, allowed)
    if array.ndim or not (array == 0 or smallest <= abs(array) <= largest):
        fail(name, value, allowed)
    return float(array)


def radii(name, value):
    """Return `value`, numbers >= 0, as floats that keep what they were given as."""
    floats, given = non_negative(name, value), _ties.read(value)
    return _ties.Radii(floats, given, _ties.tolerance(given))


def parameter(name, value, check=non_negative):
    """Return a parameter of a model as floats, or with Fractions for what is given as one or as a Decimal."""
    floats, given = np.asarray(check(name, value)), np.asarray(value)
    within_reach(name, value, floats)
    if given.dtype.kind != "O" or not any(isinstance(x, EXACT) for x in given.flat):
        return floats
    pairs = zip(given.flat, floats.ravel().tolist())
    numbers = [Fraction(x) if isinstance(x, EXACT) else number for x, number in pairs]
    return np.array(numbers, dtype=object).reshape(given.shape)


def floats(name, value, check=non_negative):
    """Return a parameter of a model as a float array."""
    return parameter(name, value, check).astype(float)


def whole(name, value, minimum=1):
    """Return `value` as an array of whole numbers >= `minimum`, as int64."""
    allowed = f"whole and >= {minimum}"
    array = real_array(name, value, allowed)
    if not (np.isfinite(array) & (array >= minimum) & (array == np.floor(array))).all():
        fail(name, value, allowed)
    given = np.asarray(value)
    # Integers keep digits that a float of their size has not.
    counts = given if given.dtype.kind in "iu" else array
    if (counts > np.iinfo(np.int64).max if counts.dtype.kind in "iu" else array >= 2.0**63).any():
        fail(name, value, f"{allowed} and below 2**63")
    return counts.astype(np.int64)


def sequence(name, array):
    """Return a scalar or a non-empty one-dimensional array as a one-dimensional array."""
    if array.ndim > 1 or array.size == 0:
        raise ValueError(f"{name} must be a scalar or a non-empty sequence, got shape {array.shape}")
    return np.atleast_1d(array)


def count(name, value, minimum=1):
    """Return `value` as one whole number >= `minimum`."""
    allowed = f"one whole number >= {minimum}"
    array = real_array(name, value, allowed)
    if array.ndim or not array >= minimum or array != np.floor(array):
        fail(name, value, allowed)
    if array > LARGEST_COUNT:
        fail(name, value, f"{allowed} and at most 2**53")
    return int(array)


def generator(rng):
    """Return the random generator that numpy.random.default_rng makes of `rng`."""
    if isinstance(rng, np.random.RandomState):  # default_rng takes it from NumPy 2.2 on
        return np.random.Generator(rng._bit_generator)
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        fail("rng", rng, "what numpy.random.default_rng takes (a whole number >= 0, a sequence of them, or a generator)")


def flag(name, value):
    """Return `value` if it is True or False."""
    if not isinstance(value, (bool, np.bool_)):
        fail(name, value, "True or False")
    return value


def one_of(name, value, options):
    """Return `value` if it is one of `options`."""
    if not (isinstance(value, str) and value in options):
        fail(name, value, " or ".join(repr(option) for option in options))
    return value


def broadcast(**arrays):
    """Broadcast the named arrays against each other, or say which shapes do not fit."""
    try:
        return np.broadcast_arrays(*arrays.values())
    except ValueError:
        shapes = ", ".join(f"{name} {np.shape(array)}" for name, array in arrays.items())
        raise ValueError(
            f"{' and '.join(arrays)} must have shapes that broadcast, got {shapes}"
        ) from None


def coordinates(**parameters):
    """Return the named parameters, each a scalar or (d,), as read-only arrays of one shape (d,)."""
    for name, value in parameters.items():
        if value.ndim > 1 or value.size == 0:
            raise ValueError(f"{name} must be a scalar or have shape (d,) with d >= 1, got {value.shape}")
    arrays = [np.array(np.atleast_1d(array)) for array in broadcast(**parameters)]
    for array in arrays:
        array.setflags(write=False)
    return arrays


def data(x, y, narrow=False):
    """Return inputs (..., n, d) and labels (..., n) as float arrays with n >= 1; if `narrow`, inputs stay so."""
    given, x = x, real_array("x", x, "finite, with shape (..., n, d)")
    y = real_array("y", y, "finite, with shape (..., n)")
    if x.ndim < 2 or 0 in x.shape[-2:]:
        raise ValueError(f"x must have shape (..., n, d) with n, d >= 1, got shape {x.shape}")
    if y.shape != x.shape[:-1]:
        raise ValueError(
            f"y must have the shape of x without its last axis, {x.shape[:-1]}, got {y.shape}"
        )
    within_reach("x", x, finite("x", x), DRAWN)
    if narrow and (given := np.asarray(given)).dtype.type in _ties.NARROW:
        x = given
    return x, y


def training_set(drawn, n, d, **giver):
    """Return what was drawn if it is x of shape (n, d) and y of -1 and +1; if not, the error names who gave it."""
    [(name, value)] = giver.items()
    allowed = f"one that gives x of shape {(n, d)} and y of -1 and +1"
    if not (isinstance(drawn, tuple) and len(drawn) == 2):
        fail(name, value, allowed)
    x, y = data(*drawn, narrow=True)
    if x.shape != (n, d) or not (np.abs(y) == 1).all():
        fail(name, value, allowed)
    return x, y


def plain(array):
    """Return a float for a 0-dimensional result, the array otherwise."""
    return float(array) if np.ndim(array) == 0 else array
