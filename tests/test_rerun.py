"""Chapters with other parameters: they execute, and what they say follows; nonsense stops them."""

import contextlib
import functools
import io
import json
import math
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from book import cache, execution, notebooks, pages, plain, rerun, site
from book.notebooks import ChapterError
from gapbook import compare
from gapbook.outcomes import VERDICTS_MIME
from gapbook.sentences import check

CHAPTERS = {path.stem: path for path in notebooks.chapters()}
DEFAULTS = {name: notebooks.parameters(path) for name, path in CHAPTERS.items()}
SIMULATIONS = [name for name, values in DEFAULTS.items() if "trials" in values]
# With these, labels still touch nothing.
OTHERS = {
    "gaussian": [{"mean": 0.5, "std": 3.0, "bound": 2.0}, {"mean": 4.0, "std": 1.0}],
    "bernoulli": [{"theta": 0.8, "eps": 0.35, "signals": [0.3]}, {"eps": 0.6, "signals": [0.2, 0.4, 0.9]}],
    "classifiers": [{"n": 5, "eps": 0.9, "bound": 3.0}],
    "discussion": [{"std": 0.7, "tau": 0.4}],
    "regression_exact": [{"slope": -1.0, "n": 1, "poisson_eps": [6.0]}],
    "regression_fit": [{"slope": -2.0, "noise": 0.3, "rate": 2.0, "n": 5, "eps": 1.0}],
    "regression_gaussian": [{"slope": 2.0, "noise": 0.5, "attacks": [0.3, 0.9]}],
    "findings": [{"seed": 1}],
    "real_data": [{"first_digit": 1, "second_digit": 7, "feature": "bp", "splits": 2}],
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
    for values in (output.metadata.get("gapbook", {}).get("values", {}) for output in found.outputs):
        assert values.get("identity-differ", "0") == "0"  # of an equivalence
    for figure in found.figures if others else ():
        assert "touching" not in figure, figure


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
            change = {**changed(DEFAULTS[name], {}), **change}
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


@functools.cache
def comparing(name):
    """The cell below a chapter's parameters."""
    [cell] = [cell for cell in plain.notebook(CHAPTERS[name]).cells if "differs" in cell.metadata.get("tags", [])]
    return compile(cell.source, name, "exec")


def compared(name, **change):
    """What it says of a change."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:  # which is where it goes without a kernel
        exec(comparing(name), {"compare": compare, **DEFAULTS[name], **change})
    return printed.getvalue()


# What chapters divide by.
POSITIVE = [("gaussian", "mean"), ("bernoulli", "theta"), ("bernoulli", "eps"), ("noise", "mean"), ("accuracy", "noise_std")]


@pytest.mark.parametrize("name", [name for name in DEFAULTS if DEFAULTS[name]])
def test_numbers_that_no_chapter_is_written_for_are_refused_at_once(name):
    conditions = plain.rules(notebooks.parameters_cell(CHAPTERS[name])[1])["conditions"]
    for key, value in DEFAULTS[name].items():
        for size in [1e300, 1e-300, -1e12, float("nan")] if type(value) in (float, list) else []:

            def put(number):
                return {key: [number] if isinstance(value, list) else number}

            said = str(refused(name, key, *put(size).values()))
            if any(said.startswith(f"{key} must be {condition} in this chapter, got ") for condition in conditions.get(key, ())):
                continue
            found = re.match(rf"{key} must be of a size of at (?:most|least) (\S+) in this chapter(, or 0 where that is allowed)?, got ", said)
            # What is printed as a bound is none too far; in the Bernoulli chapter one is beside another.
            bound = math.copysign(float(found[1]), size)
            beside = {"theta": {"eps": min(0.2, bound / 2)}, "eps": {"theta": max(1.0, 2 * bound)}}.get(key, {}) if name == "bernoulli" else {}
            compared(name, **put(bound), **beside)
        if isinstance(value, int) and value >= 10 and key != "seed":
            assert re.match(f"{key} must be a whole number from 1 to ", str(refused(name, key, 10**30)))
            few = conditions.get(key, ["a whole number from 1 to"])[0]
            for count in (0, -5):
                assert str(refused(name, key, count)).startswith(f"{key} must be {few} ")
        for strange in (None, 2.5 if isinstance(value, int) else "x", [], [[0.1]], True, Fraction(1, 3), Decimal("NaN"), 1j, float("nan")):
            if not (isinstance(value, str) and strange == "x"):
                assert re.match(f"{key} must be ", str(refused(name, key, strange))), (key, strange)


def refused(name, key, value):
    with pytest.raises(ValueError) as error:
        compared(name, **{key: value})
    return error.value


@pytest.mark.parametrize(("name", "key"), POSITIVE)
def test_what_a_chapter_divides_by_is_not_0(name, key):
    for value in (0, 0.0, -1.0):
        assert str(refused(name, key, value)) == f"{key} must be > 0 in this chapter, got {value}"


def test_what_a_comment_compares_holds_before_anything_is_computed():
    source = "trials = 100\nx = 1.0   # > 0\ny = 0.5  # share, > 0.1, < x; of nothing\nz = 1  # not > 0, or one for each\nw = 2 # > mu"
    assert plain.rules(source) == {"conditions": {"x": ["> 0"], "y": ["> 0.1", "< x"]}, "or_list": ["z"]}
    assert str(refused("bernoulli", "eps", 1.5)) == "eps must be < theta in this chapter, got 1.5 and theta = 1.0"
    assert str(refused("bernoulli", "theta", 0.2)) == "eps must be < theta in this chapter, got 0.2 and theta = 0.2"
    for name, key, value, said in (
        ("discussion", "std", 2000.0, "< 10"), ("discussion", "tau", 0.001, "> 0.005"), ("phase_transition", "slope", 0.0, "not 0"),
        ("real_data", "share", 0.0005, "> 0.12"), ("gaussian", "trials", 1, "> 1"),
    ):
        assert str(refused(name, key, value)) == f"{key} must be {said} in this chapter, got {value}"
    assert rejected("bernoulli", "theta=2 eps=3") == "bernoulli: eps must be < theta in this chapter, got 3 and theta = 2"
    assert rerun.parse("theta=4 eps=3", {CHAPTERS["bernoulli"]: DEFAULTS["bernoulli"]})


def test_computed_parameters_are_taken():
    assert compared("gaussian", mean=np.float64(1), std=np.array(2), trials=np.int64(20_000)) == ""
    assert compared("scaling_out", eps=(np.float64(0.2), 0.5, 0.95), trials=200_000.0) == "" and "[1, 0.5" in compared("dimensions", std=[1, 0.5, 1, 1, 1])
    assert "signals = [0.1, 0.5, 0.9]" in compared("bernoulli", signals=np.linspace(0.1, 0.9, 3))


def test_a_parameter_may_be_of_another_kind():
    check({"simulated": False}, {"simulated": True}, {}, [])
    with pytest.raises(ValueError, match="^simulated must be one bool such as True, got 1$"):
        check({"simulated": 1}, {"simulated": True}, {}, [])


def test_a_law_of_turning_points_is_refused_where_there_are_none(stops):
    """With 0.01 + 1 as the mean of the Poisson inputs nothing makes the gap fall below the threshold."""
    assert stops("phase_transition", {"rate": 0.01}).startswith("ValueError: rate, shift and noise must be such that b > 0")


def test_an_attack_under_which_the_first_gap_is_far_away_is_refused(stops):
    assert stops("bernoulli", {"eps": 1e-6}) == "ValueError: eps must be >= theta / 1e4 in this chapter, got 1e-06 and theta = 0.8"


def test_one_trial_is_too_few():
    with pytest.raises(ChapterError, match=r"preliminaries\.md, code cell 4 \(.compare\(.{,80}\.\.\..\): ValueError: trials must be > 1 in this chapter, got 1"):
        execution.execute(CHAPTERS["preliminaries"], {"trials": 1})


def test_a_run_gives_a_notebook_and_its_page(monkeypatch, tmp_path):
    monkeypatch.setattr(rerun, "RUNS", tmp_path)
    lines, before = [], read_when()
    [(executed, page)] = rerun.run(["classifiers", "trials=50", "eps=0.3"], report=lines.append)
    # Where there is a book, what was not run is not read again: only the gallery, and what a run before left.
    assert not before or len([name for name, when in read_when().items() if when != before[name]]) < 6
    assert lines[0] == "executing classifiers with trials=50, eps=0.3" and str(page) in lines[-1]
    assert executed.parent == tmp_path / "classifiers" / "trials=50,eps=0.3"
    text = page.read_text(encoding="utf-8")
    assert "50 training sets" in text and r"\varepsilon = 0.3" in text and "eps = 0.4" not in text
    above, below = text.partition("<h1>")[2].split("A run with other parameters:")
    said = re.sub(r"<[^>]+>", "", below.partition("</p>")[0])
    assert "<h2>" not in above.split("<h1>")[-1]
    assert said.startswith(" eps = 0.3 (the book: 0.4), trials = 50 (the book: 2000).")
    assert re.search(r"href='[^']*/chapters/classifiers.html'", below) or not site.HTML.exists()
    assert "50" in re.sub(r"<[^>]+>", "", text).partition("fresh training sets")[0][-20:]
    # The rest of the book is there too, as it was.
    other = page.with_name("gaussian.html").read_text(encoding="utf-8")
    assert "A run with other parameters" not in other
    if site.HTML.exists():
        book = (site.HTML / "chapters" / "gaussian.html").read_text(encoding="utf-8")
        # Sphinx adds checksums of the styles that are there already.
        assert re.sub(r"\?v=\w+", "", other) == re.sub(r"\?v=\w+", "", book)


def test_a_run_shows_the_texts_as_they_are_whatever_the_last_build_had(small_project):
    project = small_project("print(f'{trials} drawn')")
    chapters, contents = project / "chapters", project / "_toc.yml"
    tiny, other, page = chapters / "tiny.md", chapters / "other.md", "the page is (.*)\n"

    def book(*words):
        done = subprocess.run([sys.executable, "-m", "book", *words], cwd=project, capture_output=True, text=True)
        return done.stdout + done.stderr

    def run(trials):
        found = re.search(page, book("run", "tiny", f"trials={trials}"))
        return found and Path(found[1])

    def edit(path, old, new):
        path.write_text(path.read_text().replace(old, new))

    # A chapter that was never executed stands in no run's way, with and without a book.
    other.write_text(tiny.read_text().replace("# A chapter", "# Another"))
    contents.write_text(f"{contents.read_text()}  - file: chapters/other\n")
    made = run(6)
    assert "6 drawn" in made.read_text() and not made.with_name("other.html").exists()
    assert "the book is at" in book("build")
    edit(tiny, "With a sentence.", "With another sentence.")
    edit(chapters / "index.md", "Of two pages.", "Of three pages.")
    for path in (tiny, other):
        edit(path, "drawn", "thrown")
    made = run(7)
    assert "With another sentence." in made.read_text() and "7 thrown" in made.read_text()
    assert "Of three pages." in made.with_name("index.html").read_text() and "5 drawn" in made.with_name("other.html").read_text()
    shutil.rmtree(project / "_build" / "source")
    (chapters / "new.md").write_text(other.read_text())
    assert book("run", "new") == "error: new has no page: _toc.yml has no line `- file: chapters/new`\n"
    contents.write_text(f"{contents.read_text()}  - file: chapters/new\n")
    # One that was executed, and edited since, may be referred to: without its page there is none of a run.
    assert book("run", "new").startswith("error: chapters/other.md was edited and not executed since, ")
    # Unless the run executes it too.
    assert len(re.findall(page, book("run", "new", "other", "tiny", "trials=9"))) == 3
    book("build")
    assert "5 thrown" in Path(re.search(page, book("run", "new"))[1]).read_text()


def read_when():
    """When Sphinx last read each page of the book."""
    return {path.stem: path.stat().st_mtime_ns for path in pages.OUTPUT.glob("_build/.doctrees/chapters/*.doctree")}


def rejected(name, settings):
    with pytest.raises(ChapterError) as error:
        rerun.parse(settings, {CHAPTERS[name]: DEFAULTS[name]})
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("gaussian", "sigma=3", "gaussian has the parameters mean, std, .*, got 'sigma=3'"),
        ("gaussian", "mean", "gaussian has the parameters mean, .*, got 'mean'"),
        ("gaussian", "mean=", "gaussian: mean must be one number such as 1.0, got ''$"),
        ("gaussian", "mean=two", "gaussian: mean must be one number such as 1.0, got 'two'$"),
        ("gaussian", "mean=1/2", "gaussian: mean must be one number such as 1.0, got '1/2'$"),
        ("gaussian", "mean=True", "gaussian: mean must be one number such as 1.0, got True$"),
        ("gaussian", "mean=[1.0]", "gaussian: mean must be one number"),
        ("gaussian", "mean={1: 2}", "gaussian: mean must be one number"),
        ("gaussian", "mean=0", "gaussian: mean must be > 0 in this chapter, got 0$"),
        ("gaussian", "mean=1" + "0" * 400, "gaussian: mean must be of a size of at most 1e.06 in this chapter, got 10000"),
        ("gaussian", "mean=1e999", "gaussian: mean must be of a size of at most 1e.06 in this chapter, got inf$"),
        ("gaussian", "trials=1" + "0" * 400, "gaussian: trials must be a whole number from 1 to 2e.10 in this chapter, got 10000"),
        ("gaussian", "trials=-1e999", "gaussian: trials must be one whole number such as 20000, got -inf$"),
        ("gaussian", "seed=-1", "gaussian: seed must be a whole number >= 0, got -1$"),
        ("gaussian", "trials=0", "gaussian: trials must be > 1 in this chapter, got 0$"),
        ("bernoulli", "signals=[0.1, 1e999]", r"bernoulli: signals must be < 1 in this chapter, got \[0.1, inf\]$"),
        ("real_data", "feature=", "real_data: feature must be one word such as 'bmi', got ''$"),
        ("dimensions", "noise=[1.0, 2.0]", "dimensions: noise must be one number"),
        ("dimensions", "std=[]", "dimensions: std must be one number"),
        ("gaussian", "trials=1,000", "gaussian: trials must be one whole number such as 20000, got '1,000'$"),
        ("gaussian", "trials=1.5", "gaussian: trials must be one whole number"),
        ("gaussian", "trials=None", "gaussian: trials must be one whole number"),
        ("gaussian", "seed=None", "gaussian: seed must be one whole number"),
        ("gaussian", "mean=1 mean=2", "mean must be given once, got '1' and '2'"),
        ("bernoulli", "signals=0.3", "bernoulli: signals must be a list of numbers"),
        ("bernoulli", "signals=[]", "bernoulli: signals must be a list of numbers"),
        ("bernoulli", "signals=[0.1, 'x']", "bernoulli: signals must be a list of numbers"),
        ("scaling_out", "eps=0.3", "scaling_out: eps must be a list of numbers"),
    ],
)
def test_settings_that_are_not_of_their_kind_are_named(name, settings, message):
    assert re.match(message, rejected(name, settings))


def test_settings_have_the_kind_of_the_chapter_and_lists_need_no_quotes():
    found = rerun.parse(
        "theta=2 signals=[0.1, 0.2]  trials=1_000.0 eps=1e-3", {CHAPTERS["bernoulli"]: DEFAULTS["bernoulli"]}
    )[CHAPTERS["bernoulli"]]
    assert found == {"theta": 2.0, "signals": [0.1, 0.2], "trials": 1000, "eps": 1e-3} and [type(found[name]) for name in ("theta", "trials")] == [float, int]


@pytest.mark.parametrize(("name", "settings", "expected"), [
    ("bernoulli", "signals='[0.1, 0.2]'", {"signals": [0.1, 0.2]}),
    ("bernoulli", 'signals="[0.1, 0.2]" theta="2"', {"signals": [0.1, 0.2], "theta": 2.0}),
    ("real_data", "feature=bp trials=20", {"feature": "bp", "trials": 20}),
    ("real_data", "feature='bp'", {"feature": "bp"}),
    ("dimensions", "std=2", {"std": 2.0}),
    ("dimensions", "std=[2, 1.5]", {"std": [2.0, 1.5]}),
    ("bernoulli", "signals=(0.1, 0.2)", {"signals": [0.1, 0.2]}),
    ("gaussian", "mean = 2 trials =50", {"mean": 2.0, "trials": 50}),
])
def test_words_quoted_lists_and_a_number_for_each_coordinate_are_taken(name, settings, expected):
    assert rerun.parse(settings, {CHAPTERS[name]: DEFAULTS[name]}) == {CHAPTERS[name]: expected}


def test_each_chapter_judges_by_its_own_kinds():
    both = {CHAPTERS[name]: DEFAULTS[name] for name in ("bernoulli", "scaling_out")}
    for order in (both, dict(reversed(both.items()))):
        with pytest.raises(ChapterError, match=r"^bernoulli: eps must be one number such as 0.2, got \[0.3\]$"):
            rerun.parse("eps=[0.3] trials=50", order)
        with pytest.raises(ChapterError, match=r"^scaling_out: eps must be a list of numbers such as .*, got 0.3$"):
            rerun.parse("eps=0.3", order)


def test_settings_need_a_chapter_and_are_not_echoed_whole():
    with pytest.raises(ChapterError, match="^trials=10 needs a chapter: make run CHAPTER=name PARAMS="):
        rerun.run(["trials=10"])
    many = f"signals={[0.5] * 100_000}"
    values = rerun.parse(many, {CHAPTERS["bernoulli"]: DEFAULTS["bernoulli"]})[CHAPTERS["bernoulli"]]
    assert len(values["signals"]) == 100_000
    assert len(rerun.announcement(CHAPTERS["bernoulli"], values, DEFAULTS["bernoulli"])) < 200
    for settings in (many.replace("[0.5", "[x"), f"{many} {many}", many.replace("signals", "sigma")):
        assert len(rejected("bernoulli", settings)) < 300


def test_an_unknown_chapter_is_named_and_no_word_lists_all():
    with pytest.raises(ChapterError, match="CHAPTER must be among .*gaussian.*, got 'gauss'"):
        rerun.run(["gauss", "trials=10"])
    lines = []
    assert rerun.run([], lines.append) == []
    for name, values in DEFAULTS.items():
        for key, value in values.items():
            assert re.search(rf"^  {name} .*\b{key}={re.escape(str(value))}(?= |$)", lines[0], re.M), (name, key)


def test_several_chapters_take_what_they_have_and_a_failure_names_its_chapter(monkeypatch, tmp_path):
    monkeypatch.setattr(rerun, "RUNS", tmp_path)
    asked, lines = {}, []

    def execute(path, values, url):
        asked[path.stem] = values
        if path.stem == "bernoulli":
            raise ChapterError("a cell raised")
        return plain.notebook(path)

    monkeypatch.setattr(execution, "execute", execute)
    monkeypatch.setattr(rerun, "render", lambda path, executed: executed[path].with_suffix(".html"))
    with pytest.raises(ChapterError, match="^bernoulli can't be computed with mean=2.0 trials=10: a cell raised$"):
        rerun.run(["gaussian", "bernoulli", "mean=2.0", "trials=10"], lines.append)
    assert asked == {"gaussian": {"mean": 2.0, "trials": 10}, "bernoulli": {"trials": 10}}
    assert (tmp_path / "gaussian" / "mean=2.0,trials=10" / "gaussian.ipynb").exists()


def test_parameters_have_folders_of_their_own_and_long_runs_are_announced(monkeypatch):
    sets = [{}, {"eps": 0.1}, {"eps": 0.2}, {"eps": [0.1, 0.2]}, {"eps": list(range(60))}, {"eps": list(range(61))}]
    names = [rerun.folder_name(values) for values in sets]
    assert len(set(names)) == len(names) and all(re.fullmatch(r"[\w.,=+-]{1,80}", name) for name in names)
    monkeypatch.setattr(cache, "seconds", lambda path: 5.0)
    path, defaults = CHAPTERS["gaussian"], DEFAULTS["gaussian"]
    said = [rerun.announcement(path, {"trials": trials}, defaults) for trials in (10, 40_000, 10_000_000_000)]
    assert "times" not in said[0] + said[1] and "500,000 times the book's own work, perhaps 29 days" in said[2]
