"""``python -m gapsim``: a number, or a table of them as CSV, for people who do not want to program."""

import argparse
import csv
import os
import re
import sys
from contextlib import nullcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

import gapsim
from gapsim import _arguments as arguments

# Each model's options, with the value that they have when not given; without one they are required.
MODELS: dict[str, dict[str, Any]] = {
    "gaussian": {"mean": None, "std": None, "bound": 1.0},
    "bernoulli": {"theta": None, "tau": None, "bound": 1.0},
    "laplace": {"mean": None, "scale": None, "bound": 1.0},
    "uniform": {"mean": None, "halfwidth": None, "bound": 1.0},
    "regression": {"design": "normal", "rate": 5.0, "shift": 1, "slope": 1.0, "noise": 1.0},
}
CLASSES = {
    "gaussian": gapsim.GaussianModel, "bernoulli": gapsim.BernoulliModel,
    "laplace": gapsim.LaplaceModel, "uniform": gapsim.UniformNoiseModel,
}
CHOICE = ", ".join(f"{name} ({' '.join(f'--{option}' for option in options)})" for name, options in MODELS.items())
MEANING = {
    "mean": "mean of the positive class, one number or a list",
    "std": "standard deviation, one number or a list",
    "scale": "mean size of the Laplace noise, one number or a list",
    "halfwidth": "largest size of the uniform noise, one number or a list",
    "theta": "size of the coordinates, one number or a list",
    "tau": "how much they tell of the label, in (0, 1)",
    "bound": "largest size of a weight (default: 1)",
    "design": "what inputs are drawn from: normal or poisson (default: normal)",
    "rate": "rate of the Poisson inputs (default: 5)",
    "shift": "what is added to them (default: 1)",
    "slope": "true slope (default: 1)",
    "noise": "standard deviation of the noise (default: 1)",
}


# More is a slip, and would not fit into memory.
MOST_SIZES = 10**6


class OneLine(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def __init__(self, **options):
        super().__init__(**options)
        # As from Python 3.14 on: -1,2 and -3/10 are values and no options.
        self._negative_number_matcher = re.compile(r"-\.?\d")

    def error(self, message):
        self.exit(2, f"{self.prog}: {message} (--help shows what there is)\n")


def number(text):
    """0.5 as a float, 3/10 as the fraction that it is, -0 as 0."""
    try:
        return Fraction(text) if "/" in text else float(text) + 0.0
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"must be a number such as 0.5 or 3/10, got {text!r}") from None


def numbers(text):
    """0.5 as a number, 0.5,1,2 as a list of them."""
    try:
        first, *rest = map(number, text.split(","))
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"must be numbers such as 0.5 or 3/10 or 0.5,0.9, got {text!r}") from None
    return [first, *rest] if rest else first


def whole(text):
    """1000 or 1e3 as an int."""
    try:
        # A float would lose digits of a long seed.
        value = float(text) if re.search("[.e]", text, re.IGNORECASE) else int(text)
        if value != int(value):
            raise ValueError
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(f"must be a whole number such as 1000 or 1e3, got {text!r}") from None
    return int(value)


def seed(text):
    """A whole number that is not negative."""
    if (value := whole(text)) < 0:
        raise argparse.ArgumentTypeError(f"must be a whole number >= 0, got {text!r}")
    return value


def sizes(text):
    """5,10,20 or 1:100 or 1:1000:10, both ends included, as a list of whole numbers."""
    found = []
    for part in text.split(","):
        try:
            first, *rest = map(whole, part.split(":"))
            last, step = (*rest, 1)[:2] if len(rest) == 1 else rest or (first, 1)
        except (ValueError, argparse.ArgumentTypeError):
            first, last, step = 1, 0, 1
        if last < first or step < 1 or (last - first) // step >= MOST_SIZES:
            allowed = "whole numbers such as 24 or 5,10,20 or 1:100 or 1:1000:10 (from:to:step), at most a million"
            raise argparse.ArgumentTypeError(f"must be {allowed}, got {text!r}")
        found += range(first, last + 1, step)
    return found


KINDS = {**dict.fromkeys(("mean", "std", "theta", "scale", "halfwidth"), numbers), "shift": whole, "design": str}


def parser():
    """The command line."""
    top = OneLine(
        prog="python -m gapsim", allow_abbrev=False,
        description="The gap between adversarially robust and standard models, as CSV.",
        epilog="example: python -m gapsim gap --mean 1 --std 2 -n 1:100 --eps 0.95",
    )
    top.add_argument("--version", action="version", version=gapsim.__version__)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, help in {
        "gap": "the exact gap at each n and eps",
        "estimate": "the gap from simulated training sets, with its standard error and interval",
        "limit": "the gap of infinitely many points, at each eps",
        "turning-point": "the n at which each coordinate's gap stops growing, at each eps",
    }.items():
        command = commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".", allow_abbrev=False)
        if name in ("gap", "estimate"):
            many = "sizes of the training set: 24 or 5,10,20 or 1:100 or 1:1000:10 (from:to:step)"
            command.add_argument("-n", type=sizes, required=True, help=many)
        command.add_argument("--eps", type=numbers, required=True, help="radii of the attack: 0.95 or 3/10 or 0.5,0.9")
        if name == "estimate":
            command.add_argument("--trials", type=whole, default=10_000, help="number of training sets (default: 1e4)")
            command.add_argument("--seed", type=seed, default=1, help="what the numbers come from (default: 1)")
        if name in ("gap", "estimate"):
            losses = "what is compared on test data: linear or zero_one for classification (default: the model's own)"
            command.add_argument("--loss", help=losses)
        if name != "turning-point":  # which is the same for both
            rules = "robust classifier: minimizer or published (default: minimizer)"
            command.add_argument("--rule", default="minimizer", help=rules)
        command.add_argument("--output", type=Path, metavar="FILE", help="write to this file instead of the screen")
        command.add_argument("--model", choices=MODELS, help="if not given, it follows from its options")
        group = command.add_argument_group("models", CHOICE)
        for option, meaning in MEANING.items():
            group.add_argument(f"--{option}", type=KINDS.get(option, number), help=meaning)
    return top


def make_model(options):
    """The model that the options describe: the named one, or the one that has all of them."""
    given = {name for model in MODELS.values() for name in model if getattr(options, name) is not None}
    fitting = [name for name, own in MODELS.items() if given and given <= set(own)]
    name = options.model or (fitting[0] if fitting else None)
    if name is None:
        raise ValueError(f"options must be of one model: {CHOICE}")
    if stray := sorted(given - set(MODELS[name])):
        raise ValueError(f"--{stray[0]} is no option of the {name} model")
    values = {**MODELS[name], **{key: getattr(options, key) for key in given}}
    if missing := [f"--{key}" for key, value in values.items() if value is None]:
        raise ValueError(f"{' and '.join(missing)} must be given for the {name} model")
    if name in CLASSES:
        return CLASSES[name](**values)
    if values["design"] not in ("normal", "poisson"):
        raise ValueError(f"design must be normal or poisson, got {values['design']!r}")
    if values["design"] == "normal" and (stray := sorted(given & {"rate", "shift"})):
        raise ValueError(f"--{stray[0]} is an option of --design poisson")
    normal = values["design"] == "normal"
    design = gapsim.NormalDesign() if normal else gapsim.PoissonDesign(values["rate"], values["shift"])
    return gapsim.RegressionModel(design, values["slope"], values["noise"])


def table(options):
    """The columns that a command asks for."""
    model, radii = make_model(options), arguments.radii("eps", options.eps).array()
    if options.command == "turning-point":
        if not hasattr(model, "turning_point"):
            raise ValueError(f"turning-point must be asked of a gaussian or a bernoulli model, got {model!r}")
        turns = model.turning_point(radii.given)
        coordinates = np.tile(np.arange(1, model.d + 1), len(turns))
        return {"eps": np.repeat(radii.value, model.d), "coordinate": coordinates, "turning_point": turns.ravel()}
    classifies = isinstance(model, gapsim.ClassificationModel)
    if not classifies and options.rule != "minimizer":
        raise ValueError(f"rule must be 'minimizer' for a regression, got {options.rule!r}")
    rule = {"rule": options.rule} if classifies else {}
    if options.command == "limit":
        return {"eps": radii.value, "limit": model.limit(radii.given, **rule)}
    arguments.whole("n", options.n if len(options.n) > 1 else options.n[0])  # as it was typed
    if options.command == "estimate":
        sampled = gapsim.estimate_gap(
            model, options.n, radii.given, trials=options.trials, rng=options.seed, rule=options.rule, loss=options.loss
        )
        return sampled.columns()
    if options.loss not in (None, *model.losses):
        raise ValueError(f"loss must be {' or '.join(map(repr, model.losses))}, got {options.loss!r}")
    gap = model.accuracy_gap if options.loss == "zero_one" else model.gap
    n, eps = (part.ravel() for part in np.meshgrid(options.n, radii.given, indexing="ij"))
    return {"n": n, "eps": eps.astype(float), "gap": gap(n, eps, **rule)}


def main(arguments=None):
    """Print the table; return 0, or 2 with one line of what is wrong."""
    command_line = parser()
    options = command_line.parse_args(arguments)
    try:
        columns = table(options)
        to_file = options.output is not None
        with options.output.open("w", encoding="utf-8", newline="") if to_file else nullcontext(sys.stdout) as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(zip(*(column.tolist() for column in columns.values())))
        sys.stdout.flush()
    except BrokenPipeError:  # who reads has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (ValueError, ArithmeticError, OSError) as error:
        print(f"python -m gapsim {options.command}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
