"""Points digitised from the published figures, and from loss plots beside them, to compare with."""

import csv
from importlib import resources

import numpy as np

# figure: (file, parameter of a curve, quantity)
FIGURES = {
    "1a": ("figure_1a_gap.csv", "eps", "gap"),
    "1b": ("figure_1b_bernoulli_robust_loss.csv", "tau", "test_loss"),
    "2c": ("figure_2c_poisson_robust_scaled_loss.csv", "eps", "scaled_test_loss"),
}


def published_points(figure):
    """Points read off a published figure at whole n.

    Parameters
    ----------
    figure : {"1a", "1b", "2c"}
        "1a" is Figure 1a, the gap of the Gaussian model (W = d = mean = 1, std = 2). The other two
        are not the published figures, which show gaps: "1b" is a plot of test losses in the setting
        of Figure 1b (W = d = theta = 1, eps = 0.2), robust classifier; "2c" is one in the setting of
        Figure 2c, robust model, over E[x^2].

    Returns
    -------
    dict of float to (n, value)
        One entry per curve, keyed by eps (by tau for "1b"); n and value are arrays of one length.
        Points that another curve or the legend hides are missing.

    Notes
    -----
    Read by colour, at whole n, off copies of the pictures in the public repository
    mwendlinger/adversarial-machine-learning, a reproduction report; good to about 0.005 in a gap
    where a curve is flat, and 0.01 in a loss. That the two loss plots are the authors' is that
    report's word: it says that it took them from the paper. The axis of the plot behind "1b" runs
    from 0 to 149; its points are entered one higher, at n = 1 to 150, the numbering that fits the
    teeth of the exact curves best (`gapbook.ledger`, "loss-plot").

    Examples
    --------
    >>> from gapbook import published_points
    >>> n, gap = published_points("1a")[0.95]
    >>> print(n[:3], gap[:3].round(2))
    [1 2 3] [0.02 0.07 0.2 ]
    """
    if figure not in FIGURES:
        raise ValueError(f"figure must be one of {', '.join(map(repr, FIGURES))}, got {figure!r}")
    name, parameter, quantity = FIGURES[figure]
    curves = {}
    with resources.files("gapbook").joinpath("data", name).open(encoding="ascii") as lines:
        for row in csv.DictReader(lines):
            curves.setdefault(float(row[parameter]), []).append(
                (int(row["n"]), float(row[quantity]))
            )
    return {
        key: (np.array([n for n, _ in points]), np.array([value for _, value in points]))
        for key, points in curves.items()
    }
