"""The binomial cdf, at a cost per value that does not grow with n."""

import numpy as np
from scipy.special import betainc, ndtr

# Where the expansion is used: errors below 1e-14 from this variance on, to this many standard
# deviations from the mean. Elsewhere SciPy's incomplete beta function is as fast, and exact to 1e-13.
VARIANCE = 1000
REACH = 8
ORDER = 8
# But not for fewer failures than these among more than so many: there it is off by up to 3e-17 n.
FEW, MANY = 64, 1000
# Values that a table may hold.
LARGEST_TABLE = 2**20


class SymmetricCdf:
    """S(k) = P(B <= k) + P(B < n - k) for B ~ Binomial(n, 1 - miss), from a table where that is less work.

    Parameters
    ----------
    n : array of int, of at least one axis
    miss : float
        Probability of a failure, in (0, 1).
    queries : int
        For how many values, about, it will be asked.
    """

    def __init__(self, n, miss, queries):
        self.n, self.miss, self.table = n, miss, None
        sizes, which = np.unique(n, return_inverse=True)
        if (sizes + 1.0).sum() <= min(queries, LARGEST_TABLE):
            each = np.repeat(sizes, sizes + 1)
            starts = np.cumsum(sizes + 1) - sizes - 1
            self.table = self._compute(np.arange(len(each)) - np.repeat(starts, sizes + 1), each)
            self.start = starts[which].reshape(n.shape)

    def __call__(self, k):
        """S(k) for k from 0 to n, which broadcasts with n."""
        if self.table is not None:
            return self.table[self.start + k]
        return self._compute(*np.broadcast_arrays(k, self.n))

    def middle(self, below, upto):
        """The mean of S(below) and S(upto), which is one value where they are one."""
        value = self(upto)
        tie = below < upto
        if tie.any():
            if self.table is not None:
                other = self.table[np.broadcast_to(self.start, tie.shape)[tie] + below[tie]]
            else:
                other = self._compute(below[tie], np.broadcast_to(self.n, tie.shape)[tie])
            value[tie] = (value[tie] + other) / 2
        return value

    def _compute(self, k, n):
        return binomial_cdf(k, n, self.miss) + binomial_cdf(n - 1 - k, n, self.miss)


def binomial_cdf(count, n, miss):
    """P(B <= count) for B ~ Binomial(n, 1 - miss).

    Parameters
    ----------
    count, n : arrays of whole numbers, of one shape
        Any count, also below 0 or above n; n >= 1.
    miss : float
        Probability of a failure, in (0, 1).

    Returns
    -------
    array
        Absolute error below 1e-12 for n <= 10**7, growing as sqrt(n).

    Notes
    -----
    An incomplete beta function. `scipy.special.bdtr` is off by 2e-3 at n = 10**7, and
    `scipy.special.betainc` is right but ten times as slow there as at n = 1000.
    """
    cdf = np.where(count < n, 0.0, 1.0)
    inside = (0 <= count) & (count < n)
    # A difference of two single objects is no array.
    a = np.asarray(n - count)[inside].astype(float)
    b = count[inside].astype(float) + 1
    variance = a * b / (a + b)
    central = (variance > VARIANCE) & (np.abs(miss * (a + b) - a) < REACH * np.sqrt(variance))
    value = np.empty(a.shape)
    value[central] = _uniform_expansion(a[central], b[central], miss)
    few = (a < FEW) & (a + b > MANY)
    value[few] = _term_by_term(a[few], b[few], miss)
    rest = ~(central | few)
    value[rest] = betainc(a[rest], b[rest], miss)
    cdf[inside] = value
    return cdf


def _term_by_term(a, b, x):
    """I_x(a, b) for a small whole a: what is left of 1 by fewer than a failures among a + b - 1."""
    n = a + b - 1
    term, fewer = np.exp(n * np.log1p(-x)), np.zeros(a.shape)
    for count in range(int(a.max(initial=0))):
        fewer += np.where(count < a, term, 0)
        term = term * ((n - count) / (count + 1) * (x / (1 - x)))
    return 1 - fewer


def _uniform_expansion(a, b, x):
    """Regularised incomplete beta function I_x(a, b) for large a and b.

    With N = a + b and m = a/N, the integrand t^(a-1) (1-t)^(b-1) is, up to a constant,
    exp(-N s^2/2) g(s) ds on the scale s^2/2 = m log(m/t) + (1-m) log((1-m)/(1-t)), and g is smooth:
    from dt/ds = s t (1-t)/(t-m), g = sqrt(m (1-m)) s/(t-m) solves g - s g' = g^3 + skew s g^2 - s^2 g.
    Its power series leaves moments of a normal law cut off where t = x. After N. M. Temme, "The
    uniform asymptotic expansion of a class of integrals related to cumulative distribution
    functions", SIAM J. Math. Anal. 13 (1982).
    """
    size = a + b
    mean, rest = a / size, b / size
    skew = (rest - mean) / np.sqrt(mean * rest)
    entropy = -a * np.log1p((x - mean) / mean) - b * np.log1p((mean - x) / rest)
    end = np.sign(x - mean) * np.sqrt(2 * np.maximum(entropy, 0))

    density = np.exp(-end * end / 2) / np.sqrt(2 * np.pi)
    moments, all_moments = [ndtr(end), -density], [1, 0]
    g, square = [1.0, -skew / 3], [1.0, -2 * skew / 3]
    for j in range(2, ORDER + 1):
        moments.append((j - 1) * moments[j - 2] - end ** (j - 1) * density)
        all_moments.append((j - 1) * all_moments[j - 2])
        mixed = sum(g[i] * g[j - i] for i in range(1, j))
        cube = mixed + sum(g[i] * square[j - i] for i in range(1, j))
        g.append((g[j - 2] - skew * square[j - 1] - cube) / (j + 2))
        square.append(mixed + 2 * g[j])
    scales = [g[j] / size ** (j / 2) for j in range(ORDER + 1)]
    part = sum(scale * moment for scale, moment in zip(scales, moments))
    return part / sum(scale * moment for scale, moment in zip(scales, all_moments))
