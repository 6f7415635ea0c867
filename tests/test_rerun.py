"""Chapters with other parameters: they execute, and what they say follows; nonsense stops them."""

import json
import re
import subprocess
import sys

import pytest

from book import execution, notebooks, rerun, site
from book.notebooks import ChapterError
from gapbook.ledger import VERDICTS_MIME

CHAPTERS = {path.stem: path for path in notebooks.chapters()}
DEFAULTS = {name: notebooks.parameters(path) for name, path in CHAPTERS.items()}
SIMULATIONS = [name for name, values in DEFAULTS.items() if "trials" in values]
# With these, labels still touch nothing.
OTHERS = {
    "gaussian": [{"mean": 0.5, "std": 3.0, "bound": 2.0}, {"mean": 4.0, "std": 1.0}],
    "bernoulli": [{"theta": 0.8, "eps": 0.35, "signals": [0.3]}, {"eps": 0.6, "signals": [0.2, 0.4, 0.9]}],
    "classifiers": [{"n": 5, "eps": 0.9, "bound": 3.0}],
    "discussion": [{"std": 0.7, "tau": 0.4}],
    "regression_fit": [{"slope": -2.0, "noise": 0.3, "rate": 2.0, "n": 5, "eps": 1.0}],
    "regression_gaussian": [{"slope": 2.0, "noise": 0.5, "attacks": [0.3, 0.9]}],
    "findings": [{"seed": 1}],
}
# The rest of what is random, which is few.
QUICK = {"solver_trials": 2, "test_points": 2000, "runs": 20, "run_trials": 50, "trials_per_run": 50}


def changed(values, others):
    """Other parameters for any chapter: few trials, another seed, real numbers a fifth smaller, half of each list."""
    other = {name: 0.8 * value for name, value in values.items() if type(value) is float}
    other |= {name: value[::2] for name, value in values.items() if type(value) is list}
    return {**other, **QUICK, **others, "trials": 321, "seed": values["seed"] + 1}


def said(outputs):
    """All that a reader of an executed chapter reads of its run: captions, alt texts, tables, prose with numbers."""
    for output in outputs:
        about = output.metadata.get("gapsim", {})
        yield from (about[part] for part in ("caption", "alt") if part in about)
        # The line about the parameters names the book's; a verdict is about the paper's.
        if "differs" not in output.metadata.get("gapbook", {}) and VERDICTS_MIME not in output.data:
            yield output.data.get("text/markdown", "")


def test_every_chapter_that_simulates_has_its_parameters():
    for name, path in CHAPTERS.items():
        if "estimate_gap(" in path.read_text(encoding="utf-8"):
            assert {"trials", "seed"} <= set(DEFAULTS[name]), name


@pytest.mark.parametrize(
    ("name", "others"), [(name, others) for name in SIMULATIONS for others in OTHERS.get(name, [{}])], ids=str
)
def test_chapter_follows_other_parameters(name, others, execute):
    defaults = DEFAULTS[name]
    found = execute(CHAPTERS[name], **changed(defaults, others))
    texts = list(said(found.outputs))
    assert len("".join(texts)) > 200
    for text in texts:
        assert f"{defaults['trials']:,} " not in text and f"seed {defaults['seed']}" not in text, text
        assert not re.search(r"\b(nan|inf)\b", text), text
    for figure, _, touching, _, _ in found.figures if others else ():
        assert touching == [], figure


NONSENSE = {
    "trials": 1, "std": -1, "mean": -1, "eps": -0.5, "theta": -1.0, "tau": 2.0, "bound": 0, "n": 0, "level": 2.0,
    "noise": 0.0, "rate": -1.0, "shift": 0.5, "slope": float("inf"), "attacks": [-0.1], "weak_eps": [-1.0],
    "normal_eps": [-1.0], "poisson_eps": [-1.0],
}

# The code cells of a chapter, with a parameter changed: the error that stops them. All in one process.
STOPS = """
import io, json, sys, warnings
from contextlib import redirect_stdout
warnings.simplefilter("ignore")
for line in sys.stdin:
    cells, where, change = json.loads(line)
    names = {}
    with redirect_stdout(io.StringIO()):
        try:
            for number, cell in enumerate(cells):
                exec(cell, names)
                if number == where:
                    names.update(change)
            said = "nothing"
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
    print(json.dumps(said), flush=True)
"""


@pytest.fixture(scope="module")
def stops():
    """What stops a chapter when one parameter is changed."""
    with subprocess.Popen(
        [sys.executable, "-c", STOPS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=notebooks.CHAPTERS
    ) as process:

        def ask(name, change):
            cells = [cell for cell in notebooks.notebook(CHAPTERS[name]).cells if cell.cell_type == "code"]
            where = next(i for i, cell in enumerate(cells) if "parameters" in cell.metadata.get("tags", []))
            print(json.dumps([[cell.source for cell in cells], where, change]), file=process.stdin, flush=True)
            return json.loads(process.stdout.readline())

        yield ask
        process.stdin.close()


@pytest.mark.parametrize("name", SIMULATIONS)
def test_nonsense_stops_with_the_message_of_the_library(name, stops):
    wrong = [key for key in NONSENSE if key in DEFAULTS[name]]
    if "estimate_gap(" not in CHAPTERS[name].read_text(encoding="utf-8"):
        wrong.remove("trials")  # a mean over one training set is a mean
    for key in wrong:
        assert re.match(rf"ValueError: ({key}|n|eps) must ", stops(name, {key: NONSENSE[key]})), key


def test_one_trial_is_too_few():
    with pytest.raises(ChapterError, match=r"preliminaries\.md, code cell .*: ValueError: trials must be one whole number >= 2, got 1"):
        execution.execute(CHAPTERS["preliminaries"], {"trials": 1})


def test_a_run_gives_a_notebook_and_its_page(monkeypatch, tmp_path):
    monkeypatch.setattr(rerun, "RUNS", tmp_path)
    executed, page = rerun.run("classifiers", ["trials=50", "eps=0.3"], report=lambda line: None)
    assert executed.parent == tmp_path / "classifiers"
    text = page.read_text(encoding="utf-8")
    assert "50 training sets" in text and r"\varepsilon = 0.3" in text and "eps = 0.4" not in text
    above, below = text.split("A run with other parameters:")
    said = re.sub(r"<[^>]+>", "", below.partition("</p>")[0])
    assert "<h2>" not in above.split("<h1>")[-1]
    assert said.startswith(" eps = 0.3 (the book: 0.4), trials = 50 (the book: 2000).")
    assert re.search(r"href='[^']*/chapters/classifiers.html'", below) or not site.HTML.exists()
    assert "50" in re.sub(r"<[^>]+>", "", text).partition("fresh training sets")[0][-20:]


@pytest.mark.parametrize(
    ("name", "setting", "message"),
    [
        ("gauss", "trials=10", "CHAPTER must be one of .*gaussian.*, got 'gauss'"),
        ("gaussian", "sigma=3", "gaussian has the parameters mean, std, .*, got 'sigma=3'"),
        ("gaussian", "mean", "mean must be a number or a list of them, got ''"),
        ("gaussian", "mean=two", "mean must be a number or a list of them, got 'two'"),
    ],
)
def test_settings_that_mean_nothing_are_named(name, setting, message):
    with pytest.raises(ChapterError, match=message):
        rerun.run(name, [setting])
