"""The standard and the robust classifier of the linear loss (section 4, equation (2)).

With the loss -y<w, x> and the weights in the box ||w||_inf <= W, training splits into
coordinates: what counts is the signal u = (1/n) sum_i y_i x_i alone, and the attack costs
eps ||w||_1. The chapter "The linear-loss classifiers" derives both.
"""

from abc import ABC, abstractmethod

import numpy as np

from gapsim import _arguments as arguments

# Sums of decimals such as 0.3 and 0.06 do not meet in floating point where the decimals do.
# A signal this close to 0 or to eps, relative to the mean of |x|, counts as equal to it.
TIE = 2.0**-40


class ClassificationModel(ABC):
    """A distribution of (x, y), y = +-1 equally likely, with the linear loss on ||w||_inf <= bound.

    A model provides `bound`, `class_mean` and `sample`; whatever can be simulated follows from them.

    Examples
    --------
    >>> from gapsim import ClassificationModel, GaussianModel
    >>> isinstance(GaussianModel(mean=1.0, std=2.0), ClassificationModel)
    True
    """

    bound: float

    @property
    @abstractmethod
    def class_mean(self):
        """Mean of the positive class, E[y x], shape (d,)."""

    @property
    def d(self):
        """Number of coordinates."""
        return len(self.class_mean)

    @abstractmethod
    def sample(self, n, rng):
        """Draw n points: x of shape (n, d) and y of shape (n,) in {-1, +1}."""

    def test_loss(self, w):
        """Expected loss -E[y<w, x>] of weights w, shape (..., d), on unperturbed test data."""
        w = arguments.real_array("w", w, f"numbers, with shape (..., {self.d})")
        if w.shape[-1:] != (self.d,):
            raise ValueError(f"w must have shape (..., {self.d}), got {w.shape}")
        return -w @ self.class_mean

    def dataset_gaps(self, n, eps, trials, rng, rule):
        """Test-loss gaps of simulated training sets, for `gapsim.estimate_gap`.

        One training set of max(n) points is drawn per trial; its first n points are the training
        set of size n, and every eps sees the same draws.

        Parameters
        ----------
        n : (k,) int array
        eps : (m,) float array
        trials : int
        rng : numpy.random.Generator
        rule : {"minimizer", "published"}

        Returns
        -------
        (trials, k, m) array
        """
        x, y = self.sample(trials * int(n.max()), rng)
        votes = (y[:, None] * x).reshape(trials, -1, self.d)
        size = n[:, None]
        signal = np.cumsum(votes, axis=1)[:, n - 1] / size
        scale = np.cumsum(np.abs(votes), axis=1)[:, n - 1] / size
        standard = self.test_loss(_standard_weights(signal, scale, self.bound))
        robust = [
            self.test_loss(_robust_weights(signal, scale, e, self.bound, rule)) for e in eps
        ]
        return np.stack(robust, axis=-1) - standard[..., None]


def standard_classifier(x, y, bound=1.0):
    """Weights that minimise the training loss: `bound` times the sign of the signal.

    Parameters
    ----------
    x : (..., n, d) array_like
        Inputs; leading axes are separate training sets.
    y : (..., n) array_like
        Labels -1 or +1.
    bound : float
        W > 0; the weights satisfy ||w||_inf <= W.

    Returns
    -------
    (..., d) array
        0 where the signal is 0, where any weight is optimal.

    Raises
    ------
    ValueError
        For labels other than -1 and +1, NaN, shapes that do not fit, or a bound that is not > 0.

    Notes
    -----
    Equation (2), first line.

    Examples
    --------
    >>> from gapsim import standard_classifier
    >>> print(standard_classifier([[0.4, 2.0], [-0.2, -1.0]], [1, -1]))
    [1. 1.]
    """
    x, y = _labelled(x, y)
    bound = arguments.positive_scalar("bound", bound)
    return _standard_weights(*_signal(x, y), bound)


def robust_classifier(x, y, eps, bound=1.0, rule="minimizer"):
    """Weights that minimise the training loss under l_inf attacks of size `eps`.

    Parameters
    ----------
    x : (..., n, d) array_like
        Inputs; leading axes are separate training sets.
    y : (..., n) array_like
        Labels -1 or +1.
    eps : float
        Radius of the attack, >= 0.
    bound : float
        W > 0; the weights satisfy ||w||_inf <= W.
    rule : {"minimizer", "published"}
        "minimizer" is the solution of equation (2): W sgn(u) where the signal |u| exceeds eps, 0
        where it is smaller, and W sgn(u)/2, the middle of the solutions, where |u| = eps.
        "published" is W sgn(u - eps sgn(u)), from which the paper's theorems follow; it turns the
        weight against the signal where |u| < eps, which does not minimise equation (2).

    Returns
    -------
    (..., d) array

    Raises
    ------
    ValueError
        As for `standard_classifier`, for a negative eps, or for an unknown rule.

    Notes
    -----
    Equation (2), second line. A signal and eps that differ by less than 2**-40 of the mean of |x|
    count as equal, since the decimals 0.3 and 5 * 0.06 do not meet in floating point.

    Examples
    --------
    >>> from gapsim import robust_classifier
    >>> x, y = [[0.4, 2.0], [-0.2, -1.0]], [1, -1]
    >>> print(robust_classifier(x, y, eps=0.5))
    [0. 1.]
    >>> print(robust_classifier(x, y, eps=0.5, rule="published"))
    [-1.  1.]
    """
    x, y = _labelled(x, y)
    eps = arguments.non_negative_scalar("eps", eps)
    bound = arguments.positive_scalar("bound", bound)
    arguments.one_of("rule", rule, arguments.RULE_FACTOR)
    return _robust_weights(*_signal(x, y), eps, bound, rule)


def _labelled(x, y):
    x, y = arguments.data(x, y)
    if not (np.abs(y) == 1).all():
        arguments.fail("y", y, "-1 or +1")
    return x, y


def _signal(x, y):
    """The signal u and the mean of |x|, both (..., d)."""
    return (y[..., None] * x).mean(axis=-2), np.abs(x).mean(axis=-2)


def _sign(value, scale):
    return np.where(np.abs(value) <= TIE * scale, 0.0, np.sign(value))


def _standard_weights(signal, scale, bound):
    return bound * _sign(signal, scale)


def _robust_weights(signal, scale, eps, bound, rule):
    direction = _sign(signal, scale)
    margin = _sign(np.abs(signal) - eps, scale)
    if rule == "published":
        return bound * direction * margin
    return bound * direction * (1 + margin) / 2
