"""``python -m gapsim``: the numbers of the library as CSV, and one line where it cannot give them."""

import csv
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from gapsim import (
    BernoulliModel, GaussianModel, LaplaceModel, PoissonDesign, RegressionModel, UniformNoiseModel, __main__, estimate_gap
)


def rows(capsys, line):
    assert __main__.main(line.split()) == 0
    names, *found = csv.reader(capsys.readouterr().out.splitlines())
    return names, np.array(found, dtype=float)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("24", [24]), ("5,10,20", [5, 10, 20]), ("1:4", [1, 2, 3, 4]), ("1:10:4", [1, 5, 9]), ("1:9:4,20", [1, 5, 9, 20]),
     ("1e3,2:4E0", [1000, 2, 3, 4])],
)
def test_sizes(text, expected):
    assert __main__.sizes(text) == expected


def test_gaps_are_those_of_the_model_for_each_n_and_eps(capsys):
    names, found = rows(capsys, "gap --mean 1,0.4 --std 2 -n 1:3 --eps 0.95,0.5 --rule published")
    model = GaussianModel([1.0, 0.4], 2.0)
    expected = [(n, eps, model.gap(n, eps, rule="published")) for n in (1, 2, 3) for eps in (0.95, 0.5)]
    assert names == ["n", "eps", "gap"] and np.array_equal(found, expected)
    _, found = rows(capsys, "gap --theta 1 --tau 0.2 -n 20 --eps 0.3")
    assert found.tolist() == [[20, 0.3, BernoulliModel(1.0, 0.2).gap(20, 0.3)]]
    _, found = rows(capsys, "gap --slope 2 -n 20 --eps 1")
    assert found.tolist() == [[20, 1, RegressionModel(__main__.gapsim.NormalDesign(), slope=2.0).gap(20, 1)]]


def test_limits_turning_points_and_estimates(capsys):
    names, found = rows(capsys, "limit --design poisson --rate 4 --shift 2 --noise 0.5 --eps 1,3")
    model = RegressionModel(PoissonDesign(4.0, 2), 1.0, 0.5)
    assert names == ["eps", "limit"] and found.tolist() == [[1, model.limit(1.0)], [3, model.limit(3.0)]]
    names, found = rows(capsys, "turning-point --mean 1,2 --std 2 --eps 0.9,1.1")
    turns = GaussianModel([1.0, 2.0], 2.0).turning_point([0.9, 1.1])
    assert names == ["eps", "coordinate", "turning_point"] and np.array_equal(found[:, 2], turns.ravel())
    assert found[:, :2].tolist() == [[0.9, 1], [0.9, 2], [1.1, 1], [1.1, 2]]
    names, found = rows(capsys, "estimate --mean 1 --std 2 -n 3,9 --eps 0.5 --trials 200 --seed 7")
    columns = estimate_gap(GaussianModel(1.0, 2.0), [3, 9], [0.5], trials=200, rng=7).columns()
    assert names == list(columns) and np.array_equal(found.T, list(columns.values()))


def test_the_loss_can_be_chosen(capsys):
    model = GaussianModel([1.0, 1.0], 2.0)
    _, found = rows(capsys, "gap --mean 1,1 --std 2 -n 3,9 --eps 0.5 --loss zero_one")
    assert found[:, 2].tolist() == model.accuracy_gap([3, 9], 0.5).tolist()
    _, found = rows(capsys, "estimate --mean 1,1 --std 2 -n 3 --eps 0.5 --trials 200 --seed 7 --loss zero_one")
    assert found[0, 2] == estimate_gap(model, 3, 0.5, trials=200, rng=7, loss="zero_one").value


def test_each_model_is_there_and_in_the_help(capsys):
    for line, model in {
        "--mean 1,0.4 --std 2 --bound 3": GaussianModel([1.0, 0.4], 2.0, 3.0),
        "--theta 1 --tau 0.2 --bound 3": BernoulliModel(1.0, 0.2, 3.0),
        "--mean 1 --scale 2,3": LaplaceModel(1.0, [2.0, 3.0]), "--mean 1 --halfwidth 2": UniformNoiseModel(1.0, 2.0),
        "--slope -1": RegressionModel(__main__.gapsim.NormalDesign(), -1.0),
    }.items():
        assert rows(capsys, f"gap {line} -n 7 --eps 0.5")[1][0, 2] == model.gap(7, 0.5)
    with pytest.raises(SystemExit):
        __main__.main(["limit", "--help"])
    shown = capsys.readouterr().out
    assert all(f"{name} (--" in " ".join(shown.split()) for name in __main__.MODELS)


def test_whole_floats_are_whole_numbers_and_fractions_are_exact(capsys):
    line = "estimate --mean 1 --std 2 -n 9 --eps 0.5"
    _, found = rows(capsys, f"{line} --trials 2e2 --seed 0")
    assert found[0, 2] == estimate_gap(GaussianModel(1.0, 2.0), 9, 0.5, trials=200, rng=0).value
    seed = 2**100 + 1  # more digits than a float has
    _, found = rows(capsys, f"{line} --trials 200 --seed {seed}")
    assert found[0, 2] == estimate_gap(GaussianModel(1.0, 2.0), 9, 0.5, trials=200, rng=seed).value
    # As a float the attack would count as equal to theta.
    above = 1 + Fraction(1, 10**14)
    names, found = rows(capsys, f"gap --theta 1,3/10 --tau 1/5 -n 1 --eps 1,{above}")
    model = BernoulliModel([1, Fraction(3, 10)], Fraction(1, 5))
    assert found[:, 1].tolist() == [1, float(above)] and found[:, 2].tolist() == [model.gap(1, 1), model.gap(1, above)]
    assert found[0, 2] != found[1, 2]
    assert rows(capsys, f"limit --theta 1/5 --tau 1/5 --eps 1/25,{above / 25}")[1][:, 1].tolist() == [0.02, 0.04]


def test_minus_0_is_0(capsys):
    assert __main__.main("gap --mean 1 --std 2 -n 5 --eps=-0,-0.0".split()) == 0
    assert capsys.readouterr().out == "n,eps,gap\n5,0.0,0.0\n5,0.0,0.0\n"


def test_a_file_holds_what_the_screen_would_show(capsys, tmp_path):
    line = "gap --mean 1 --std 2 -n 1:5 --eps 0.95"
    assert __main__.main(line.split()) == 0
    shown, path = capsys.readouterr().out, tmp_path / "gap.csv"
    assert __main__.main([*line.split(), "--output", str(path)]) == 0
    assert path.read_text(encoding="utf-8") == shown and capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("gap --mean 1 --std 2 -n 0 --eps 1", "n must be whole and >= 1"),
        ("gap --mean 1 --std 2 -n 5:1 --eps 1", "-n: must be whole numbers such as"),
        ("gap --mean 1 --std 2 -n 1:9:0 --eps 1", "-n: must be whole numbers such as"),
        ("gap --mean 1 --std 2 -n 1:2:3:4 --eps 1", "-n: must be whole numbers such as"),
        ("gap --mean 1 --std 2 -n 3 --eps one", "--eps: must be numbers such as"),
        ("gap --mean 1 --std 2 -n 3 --eps -1", "eps must be finite and >= 0"),
        ("gap --mean 1 --std 2 --eps 1", "required: -n"),
        ("gap --mean 1 -n 3 --eps 1", "--std must be given for the gaussian model"),
        ("gap --mean 1 --tau 1 -n 3 --eps 1", "options must be of one model"),
        ("gap -n 3 --eps 1", "options must be of one model"),
        ("gap --model bernoulli --mean 1 -n 3 --eps 1", "--mean is no option of the bernoulli model"),
        ("gap --design cauchy -n 3 --eps 1", "design must be normal or poisson"),
        ("limit --rate 5 --eps 1", "--rate is an option of --design poisson"),
        ("limit --slope 1 --rule published --eps 1", "rule must be 'minimizer' for a regression"),
        ("limit --mean 1 --std 2 --rule best --eps 1", "rule must be 'minimizer' or 'published'"),
        ("turning-point --slope 1 --eps 1", "turning-point must be asked of"),
        ("estimate --mean 1 --std 2 -n 3 --eps 1 --trials 1", "trials must be one whole number >= 2"),
        ("gap --mean 1 --std 2 -n 3 --eps 1 --output /nowhere/gap.csv", "No such file"),
        ("gap --slope 1 -n 3 --eps 1 --loss zero_one", "loss must be 'squared', got 'zero_one'"),
        ("gap --mean 1 --std 2 -n 3 --eps 1 --loss best", "loss must be 'linear' or 'zero_one', got 'best'"),
        ("turning-point --mean 1 --std 2 --eps 1 --rule published", "unrecognized arguments: --rule published"),
        ("turning-point --mean 1 --scale 1 --eps 1", "got LaplaceModel(mean=1.0, scale=1.0, bound=1.0)"),
        ("estimate --mean 1 --std 2 -n 3 --eps 1 --trials 2.5", "--trials: must be a whole number such as 1000 or 1e3, got '2.5'"),
        ("estimate --mean 1 --std 2 -n 3 --eps 1 --seed inf", "--seed: must be a whole number such as"),
        ("estimate --mean 1 --std 2 -n 3 --eps 1 --seed -1", "--seed: must be a whole number >= 0, got '-1'"),
        ("estimate --mean 1 --std 2 -n 3 --eps -0.3", "eps must be finite and >= 0, got -0.3\n"),
        ("gap --mean 1 --std 2 -n 3 --eps -3/10,1", "eps must be finite and >= 0, got [Fraction(-3, 10), 1.0]\n"),
        ("gap --mean 1 --std 2 -n 99999999999999999999 --eps 1", "and below 2**63, got 99999999999999999999\n"),
        ("gap --mean 1 --std 2 -n 3,0 --eps 1", "n must be whole and >= 1, got [3, 0]\n"),
        ("gap --mean -1,2 --std 2 -n 3 --eps 1", "mean must be finite and >= 0, got [-1.0, 2.0]\n"),
        ("limit --mean 1/0 --std 2 --eps 1", "--mean: must be numbers such as 0.5 or 3/10 or 0.5,0.9, got '1/0'"),
        ("limit --theta 1 --tau half --eps 1", "--tau: must be a number such as 0.5 or 3/10, got 'half'"),
        ("gap --mean 1 --std 2 --bound 0 -n 3 --eps 1", "bound must be finite and > 0, got 0.0\n"),
        ("shrink", "invalid choice"),
        ("", "required: COMMAND"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(capsys, line, message):
    try:
        code = __main__.main(line.split())
    except SystemExit as stop:
        code = stop.code
    shown = capsys.readouterr()
    assert code == 2 and shown.out == "" and message in shown.err and shown.err.count("\n") == 1


def test_as_a_command():
    python = [sys.executable, "-m", "gapsim"]
    line = "gap --mean 1 --std 2 -n 24 --eps 0.95".split()
    done = subprocess.run([*python, *line], capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.startswith("n,eps,gap\n24,0.95,0.43695") and done.stderr == ""
    assert subprocess.run([*python, "gap", "--tau", "2"], capture_output=True).returncode == 2
    for words in ((), ("gap",), ("estimate",), ("limit",), ("turning-point",)):
        shown = subprocess.run([*python, *words, "--help"], capture_output=True, text=True)
        assert shown.returncode == 0 and "--help" in shown.stdout
    # Who reads has read enough.
    long = f"{sys.executable} -m gapsim gap --mean 1 --std 2 -n 1:20000 --eps 0.95 | head -1"
    piped = subprocess.run(long, shell=True, capture_output=True, text=True)
    assert piped.stdout == "n,eps,gap\n" and piped.stderr == ""
