"""Data that scikit-learn's wheel holds, parted and brought to one unit, and means over random subsets of them.

Nothing is downloaded. scikit-learn is asked for the data alone, and only when they are needed.
"""

import numpy as np

from gapsim import EmpiricalModel, GapEstimate
from gapsim import _arguments as arguments

# Numbers of x that are measured at a time, unless one subset has more.
BLOCK = 2**21


def breast_cancer():
    """Wisconsin breast cancer: features of cell nuclei, shape (569, 30), and +1 for benign, -1 for malignant.

    Raises
    ------
    ImportError
        Without scikit-learn.
    """
    found = _loaded("load_breast_cancer")
    return found.data, 2.0 * found.target - 1


def digits(first, second):
    """Handwritten digits of two classes: 64 pixels with grey levels 0 to 16, and +1 for the first, -1 for the second.

    Parameters
    ----------
    first, second : int
        Two different digits, 0 to 9.

    Raises
    ------
    ImportError
        Without scikit-learn.
    ValueError
        For anything else.
    """
    for name, value in (("first", first), ("second", second)):
        if value not in range(10):
            arguments.fail(name, value, "a digit from 0 to 9")
    if first == second:
        arguments.fail("second", second, "another digit than the first")
    found = _loaded("load_digits")
    kept = np.isin(found.target, (first, second))
    return found.data[kept], np.where(found.target[kept] == first, 1.0, -1.0)


def diabetes(feature):
    """Diabetes patients: one feature in its own unit, and the progression of the disease a year later, both (442,).

    Parameters
    ----------
    feature : str
        Such as "bmi", the body mass index, or "bp", the mean blood pressure.

    Raises
    ------
    ImportError
        Without scikit-learn.
    ValueError
        For a feature that there is not.

    Notes
    -----
    As they were measured: by default scikit-learn gives features that were centred and scaled on all rows,
    those that one wants to hold out included.
    """
    found = _loaded("load_diabetes", scaled=False)
    names = found.feature_names
    if feature not in names:
        arguments.fail("feature", feature, f"one of {', '.join(names)}")
    return found.data[:, names.index(feature)], found.target


def _loaded(name, **options):
    try:
        from sklearn import datasets
    except ImportError as error:
        raise ImportError(
            "the data sets of this chapter come with scikit-learn, which is not here: pip install scikit-learn"
        ) from error
    return getattr(datasets, name)(**options)


def parts(rows, share, rng):
    """Part row numbers at random.

    Parameters
    ----------
    rows : int
        How many there are, >= 4.
    share : float
        Of the training part, in (0, 1); each part has at least two rows.
    rng : seed or numpy.random.Generator

    Returns
    -------
    train, held_out : int arrays
        No row is in both.

    Raises
    ------
    ValueError
        For values outside these ranges.
    """
    rows, share = arguments.count("rows", rows, minimum=4), arguments.unit_interval("share", share)
    order = arguments.generator(rng).permutation(rows)
    size = min(max(2, round(share * rows)), rows - 2)
    return order[:size], order[size:]


def standardised(x, train, together=False):
    """Columns of x minus their means and over their standard deviations, both of the training rows alone.

    Parameters
    ----------
    x : (m, d) array
    train : int array
        Row numbers.
    together : bool
        One unit for all columns, the root of their mean variance, where all are measured in one.

    Returns
    -------
    (m, k) array
        Without the columns that are constant on the training rows.
    """
    mean, std = x[train].mean(axis=0), x[train].std(axis=0)
    varies = np.ptp(x[train], axis=0) > 0
    unit = np.sqrt(np.mean(std[varies] ** 2)) if together else std[varies]
    return (x - mean)[:, varies] / unit


def models(x, y, share, rng, together=False):
    """Two classes as a model of the training part and one of the held-out part, in the unit of the first.

    Parameters
    ----------
    x : (m, d) array
    y : (m,) array of -1 and +1
    share, rng
        As in `parts`.
    together : bool
        As in `standardised`.

    Returns
    -------
    train, held_out : EmpiricalModel

    Raises
    ------
    ValueError
        As `parts`.
    """
    train, held_out = parts(len(y), share, rng)
    x = standardised(x, train, together)
    return EmpiricalModel(x[train], y[train]), EmpiricalModel(x[held_out], y[held_out])


def over_subsets(measure, x, y, n, *, trials, rng):
    """Means of what is measured on random subsets of the rows, drawn without replacement.

    Parameters
    ----------
    measure : callable
        Of x (k, n, ...) and y (k, n), k subsets of n rows, gives k rows of m numbers.
    x : (rows, ...) array
    y : (rows,) array
    n : int or sequence of int
        Rows in a subset, >= 1 and at most all; the smaller subset is the beginning of the larger.
    trials : int
        Number of independent subsets, >= 2.
    rng : seed or numpy.random.Generator

    Returns
    -------
    GapEstimate
        Values and standard errors of shape (len(n), m), over the subsets of these rows and of no others.

    Raises
    ------
    ValueError
        For values outside these ranges.
    """
    sizes = arguments.sequence("n", arguments.whole("n", n))
    if sizes.max() > len(y):
        arguments.fail("n", n, f"at most {len(y)}, the number of rows")
    trials, stream = arguments.count("trials", trials, minimum=2), arguments.generator(rng)
    rows = np.array([stream.permutation(len(y))[: sizes.max()] for _ in range(trials)])
    blocks = np.array_split(rows, -(-rows.size * x[0].size // BLOCK))
    measured = np.array([
        np.concatenate([measure(x[block[:, :size]], y[block[:, :size]]) for block in blocks]) for size in sizes
    ])
    return GapEstimate(measured.mean(axis=1), measured.std(axis=1, ddof=1) / np.sqrt(trials), trials)
