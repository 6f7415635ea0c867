"""Simulate the regression gaps that the exact curves are tested against, into data/slope_gaps.csv.

`python tests/simulate_slopes.py` takes half an hour. It is run by hand, when `SETTINGS` changes:
nothing in it depends on the exact curves. The fits it simulates are tested by linear programmes.
"""

import csv
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from gapsim import NormalDesign, PoissonDesign, RegressionModel, estimate_gap

PATH = Path(__file__).parent / "data" / "slope_gaps.csv"
SIZES = [2, 3, 5, 10, 20]
TRIALS = 20_000_000
# design, its arguments, slope, noise, attacks
SETTINGS = [
    ("normal", (), 1.0, 1.0, [0.05, 0.2, 1.0]),
    ("normal", (), -0.5, 2.0, [0.1, 0.3]),
    ("normal", (), 3.0, 0.5, [0.5, 1.3]),
    ("poisson", (5.0, 1), 1.0, 1.0, [1.0, 6.0, 6.5, 8.0]),
    ("poisson", (2.0, 1), -1.5, 0.7, [2.0, 2.5]),
    ("poisson", (0.5, 1), 1.0, 2.0, [0.3, 1.0]),
    ("poisson", (0.5, 2), 3.0, 0.3, [2.0, 3.5]),
    ("poisson", (10.0, 2), 0.3, 1.0, [3.0, 4.25]),
]


def model(design, arguments, slope, noise):
    """The regression model of a setting."""
    designs = {"normal": NormalDesign, "poisson": PoissonDesign}
    return RegressionModel(designs[design](*arguments), slope, noise)


def main():
    fields = "design", "rate", "shift", "slope", "noise", "eps", "n", "trials", "seed", "gap", "stderr"
    with ProcessPoolExecutor() as pool, PATH.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(fields)
        for seed, (design, arguments, slope, noise, attacks) in enumerate(SETTINGS, 2020):
            # With Gaussian inputs the gap of two points is minus infinity.
            sizes = SIZES[design == "normal" :]
            estimate = estimate_gap(
                model(design, arguments, slope, noise), sizes, attacks, trials=TRIALS, rng=seed, executor=pool
            )
            for i, n in enumerate(sizes):
                for j, eps in enumerate(attacks):
                    result = f"{estimate.value[i, j]:.10g}", f"{estimate.stderr[i, j]:.3g}"
                    setting = *(arguments or ("", "")), slope, noise, eps, n, TRIALS, seed
                    table.writerow([design, *setting, *result])
            file.flush()


if __name__ == "__main__":
    main()
