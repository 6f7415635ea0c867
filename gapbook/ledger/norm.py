"""The standard normal law. `scipy.stats` has it with a hundred others, which take a quarter of a second to import."""

import numpy as np
from scipy.special import ndtr as cdf

__all__ = ["cdf", "pdf"]


def pdf(x):
    """The density."""
    return np.exp(-np.square(x, dtype=float) / 2) / np.sqrt(2 * np.pi)
