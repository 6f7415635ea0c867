"""``python -m gapsim``: a number, or a table of them as CSV, for people who do not want to program."""

import argparse
import csv
import os
import sys
from contextlib import nullcontext
from pathlib import Path

import numpy as np

import gapsim

# Each model's options, with the value that they have when not given; without one they are required.
MODELS = {
    "gaussian": {"mean": None, "std": None},
    "bernoulli": {"theta": None, "tau": None},
    "regression": {"design": "normal", "rate": 5.0, "shift": 1, "slope": 1.0, "noise": 1.0},
}
MEANING = {
    "mean": "mean of the positive class, one number or a list",
    "std": "standard deviation, one number or a list",
    "theta": "size of the coordinates, one number or a list",
    "tau": "how much they tell of the label, in (0, 1]",
    "design": "what inputs are drawn from: normal or poisson (default: normal)",
    "rate": "rate of the Poisson inputs (default: 5)",
    "shift": "what is added to them (default: 1)",
    "slope": "true slope (default: 1)",
    "noise": "standard deviation of the noise (default: 1)",
}


class OneLine(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message):
        self.exit(2, f"{self.prog}: {message} (--help shows what there is)\n")


def numbers(text):
    """0.5,1,2 as a list of floats."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be numbers such as 0.5 or 0.5,0.9, got {text!r}") from None


def sizes(text):
    """5,10,20 or 1:100 or 1:1000:10, both ends included, as a list of whole numbers."""
    found = []
    for part in text.split(","):
        try:
            first, *rest = map(int, part.split(":"))
            last, step = (*rest, 1)[:2] if len(rest) == 1 else rest or (first, 1)
        except ValueError:
            first, last, step = 1, 0, 1
        if last < first or step < 1:
            allowed = "whole numbers such as 24 or 5,10,20 or 1:100 or 1:1000:10 (from:to:step)"
            raise argparse.ArgumentTypeError(f"must be {allowed}, got {text!r}")
        found += range(first, last + 1, step)
    return found


KINDS = {"mean": numbers, "std": numbers, "theta": numbers, "shift": int, "design": str}


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
        "estimate": "the gap from simulated training sets, with standard error and 95%% interval",
        "limit": "the gap of infinitely many points, at each eps",
        "turning-point": "the n at which each coordinate's gap stops growing, at each eps",
    }.items():
        command = commands.add_parser(name, help=help, description=help[0].upper() + help[1:] + ".", allow_abbrev=False)
        if name in ("gap", "estimate"):
            many = "sizes of the training set: 24 or 5,10,20 or 1:100 or 1:1000:10 (from:to:step)"
            command.add_argument("-n", type=sizes, required=True, help=many)
        command.add_argument("--eps", type=numbers, required=True, help="radii of the attack, such as 0.95 or 0.5,0.9")
        if name == "estimate":
            command.add_argument("--trials", type=int, default=10_000, help="number of training sets (default: 10000)")
            command.add_argument("--seed", type=int, default=1, help="what the numbers come from (default: 1)")
        if name in ("gap", "estimate"):
            losses = "what is compared on test data: linear or zero_one for classification (default: the model's own)"
            command.add_argument("--loss", help=losses)
        rules = "robust classifier: minimizer or published (default: minimizer)"
        command.add_argument("--rule", default="minimizer", help=rules)
        command.add_argument("--output", type=Path, metavar="FILE", help="write to this file instead of the screen")
        command.add_argument("--model", choices=MODELS, help="if not given, it follows from its options")
        for model, options in MODELS.items():
            group = command.add_argument_group(f"{model} model")
            for option in options:
                group.add_argument(f"--{option}", type=KINDS.get(option, float), help=MEANING[option])
    return top


def make_model(options):
    """The model that the options describe: the named one, or the one that has all of them."""
    given = {name for model in MODELS.values() for name in model if getattr(options, name) is not None}
    fitting = [name for name, own in MODELS.items() if given and given <= set(own)]
    name = options.model or (fitting[0] if fitting else None)
    if name is None:
        raise ValueError("options must be of one model: --mean --std, --theta --tau, or --design --slope --noise")
    if stray := sorted(given - set(MODELS[name])):
        raise ValueError(f"--{stray[0]} is no option of the {name} model")
    values = {**MODELS[name], **{key: getattr(options, key) for key in given}}
    if missing := [f"--{key}" for key, value in values.items() if value is None]:
        raise ValueError(f"{' and '.join(missing)} must be given for the {name} model")
    if name == "gaussian":
        return gapsim.GaussianModel(**values)
    if name == "bernoulli":
        return gapsim.BernoulliModel(**values)
    if values["design"] not in ("normal", "poisson"):
        raise ValueError(f"design must be normal or poisson, got {values['design']!r}")
    if values["design"] == "normal" and (stray := sorted(given & {"rate", "shift"})):
        raise ValueError(f"--{stray[0]} is an option of --design poisson")
    normal = values["design"] == "normal"
    design = gapsim.NormalDesign() if normal else gapsim.PoissonDesign(values["rate"], values["shift"])
    return gapsim.RegressionModel(design, values["slope"], values["noise"])


def table(options):
    """The columns that a command asks for."""
    model, eps = make_model(options), np.array(options.eps)
    classifies = isinstance(model, gapsim.ClassificationModel)
    if not classifies and options.rule != "minimizer":
        raise ValueError(f"rule must be 'minimizer' for a regression, got {options.rule!r}")
    rule = {"rule": options.rule} if classifies else {}
    if options.command == "estimate":
        sampled = gapsim.estimate_gap(
            model, options.n, eps, trials=options.trials, rng=options.seed, rule=options.rule, loss=options.loss
        )
        return sampled.columns()
    if options.command == "gap":
        n, radii = (part.ravel() for part in np.meshgrid(options.n, eps, indexing="ij"))
        if options.loss not in (None, *model.losses):
            raise ValueError(f"loss must be {' or '.join(map(repr, model.losses))}, got {options.loss!r}")
        gap = model.accuracy_gap if options.loss == "zero_one" else model.gap
        return {"n": n, "eps": radii, "gap": np.ravel(gap(n, radii, **rule))}
    if options.command == "limit":
        return {"eps": eps, "limit": model.limit(eps, **rule)}
    if not classifies:
        raise ValueError("turning-point must be asked of a gaussian or a bernoulli model, got regression")
    turns = model.turning_point(eps)
    coordinates = np.tile(np.arange(1, model.d + 1), len(eps))
    return {"eps": np.repeat(eps, model.d), "coordinate": coordinates, "turning_point": turns.ravel()}


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
