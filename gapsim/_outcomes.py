"""Every outcome of training with the linear loss, with its probability.

A coordinate's weights depend on its signal u by which of seven places u is in: below -eps, at -eps, between -eps
and 0, at 0, between 0 and eps, at eps, above eps. Coordinates are independent, so places are all that is needed.
"""

from functools import reduce
from math import prod

import numpy as np
from scipy.special import gammaln, ndtr, xlogy

# Weights at the seven places, in units of W/2.
WEIGHTS = {
    "standard": (-2, -2, -2, 0, 2, 2, 2),
    "minimizer": (-2, -1, 0, 0, 0, 1, 2),
    "published": (-2, 0, 2, 0, -2, 0, 2),
}
# Outcomes that may be held at a time; a table of 12 different Gaussian coordinates has 3**12.
LARGEST_TABLE = 2**20


def law(places, values):
    """Probabilities of -2..2, shape (5, ...), of what has these values at the seven places, (7, ...)."""
    found = np.zeros((5, *places.shape[1:]))
    for value, chance in zip(values, places):
        found[value + 2] += chance
    return found


def copies(law, count):
    """Law of the sum of so many independent copies: probabilities of -2 count..2 count, shape (4 count + 1, ...)."""
    total = np.ones((1, *law.shape[1:]))
    for _ in range(count):
        longer = np.zeros((len(total) + 4, *law.shape[1:]))
        for shift, chance in enumerate(law):
            longer[shift : shift + len(total)] += chance * total
        total = longer
    return total


def halves(sizes):
    """Indices of variables with so many values each, in two halves with nearly equally many outcomes."""
    parts, outcomes = ([], []), [1, 1]
    for index in sorted(range(len(sizes)), key=lambda index: -sizes[index]):
        side = outcomes.index(min(outcomes))
        parts[side].append(index)
        outcomes[side] *= sizes[index]
    return parts, max(outcomes)


def positive(values, laws):
    """P(sum > 0) for independent variables with values (s,) and probabilities (s, m) each; shape (m,)."""
    parts, largest = halves([len(each) for each in values])
    sums = [reduce(lambda a, b: np.add.outer(a, b).ravel(), (values[k] for k in part), 0 * values[0][:1]) for part in parts]
    order = np.argsort(sums[1])
    first = np.searchsorted(sums[1][order], -sums[0], side="right")
    found = np.empty(laws[0].shape[1])
    step = max(1, LARGEST_TABLE // largest)
    for start in range(0, len(found), step):
        block = slice(start, start + step)
        left, right = (_product([laws[k][:, block] for k in part], found[block].shape) for part in parts)
        tail = np.zeros((len(right) + 1, right.shape[1]))
        tail[:-1] = np.cumsum(right[order][::-1], axis=0)[::-1]
        found[block] = (left * tail[first]).sum(axis=0)
    return found


def _product(laws, shape):
    return reduce(lambda a, b: (a[:, None] * b).reshape(-1, *shape), laws, np.ones((1, *shape)))


def normal_accuracy(groups, laws):
    """Expected accuracy in the Gaussian model, shape (m,).

    Parameters
    ----------
    groups : list of (mean, std, count)
    laws : list of (5, m) arrays
        Of one weight of each group; none is W/2, as no signal is at eps.
    """
    parts = [_counts(count) for _, _, count in groups]
    margin, spread = np.zeros(()), np.zeros(())
    for (mean, std, _), (plus, minus) in zip(groups, parts):
        margin = np.add.outer(margin, (plus - minus) * mean)
        spread = np.hypot.outer(spread, np.sqrt(plus + minus) * std)
    with np.errstate(over="ignore"):
        right = ndtr(np.divide(margin, spread, out=np.zeros(margin.shape), where=spread > 0))
    found = np.empty(laws[0].shape[1])
    step = max(1, LARGEST_TABLE // right[0].size)
    for start in range(0, len(found), step):
        block = slice(start, start + step)
        chances = (_multinomial(*part, count, law[:, block]) for part, (_, _, count), law in zip(parts, groups, laws))
        total = np.tensordot(next(chances), right, axes=(0, 0))
        for chance in chances:
            total = np.einsum("ms...,sm->m...", total, chance)
        found[block] = total
    return found


def table_size(counts):
    """Number of outcomes of weights -W, 0, W of groups of so many equal coordinates."""
    return prod((count + 1) * (count + 2) // 2 for count in counts)


def _counts(count):
    """How many of so many weights are W and -W: every outcome."""
    plus, minus = np.divmod(np.arange((count + 1) ** 2), count + 1)
    return plus[plus + minus <= count], minus[plus + minus <= count]


def _multinomial(plus, minus, count, law):
    zero = count - plus - minus
    ways = gammaln(count + 1) - gammaln(plus + 1) - gammaln(minus + 1) - gammaln(zero + 1)
    pairs = ((plus, law[4]), (minus, law[0]), (zero, law[2]))
    return np.exp(ways[:, None] + sum(xlogy(number[:, None], chance) for number, chance in pairs))


def sum_law(values, laws, width):
    """Values and probabilities of a sum of independent variables; what is within `width` is one value."""
    support, chance = np.zeros(1), np.ones(1)
    for more, law in zip(values, laws):
        support, chance = np.add.outer(support, more).ravel(), np.outer(chance, law).ravel()
        order = np.argsort(support, kind="stable")
        support, chance = support[order], chance[order]
        new = np.append(0, np.flatnonzero(np.diff(support) > width) + 1)
        support, chance = support[new], np.add.reduceat(chance, new)
        support, chance = support[chance > 0], chance[chance > 0]
    return support, chance
