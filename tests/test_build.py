"""Executing chapters and building the site: what is done again, and what a failure leaves behind."""

import shutil
import subprocess
import zipfile

import nbformat
import pytest

from book import __main__, cache, downloads, execution, notebooks, pages, plain, site
from book.notebooks import ROOT

CHAPTER = """---
jupytext:
  text_representation: {{extension: .md, format_name: myst}}
kernelspec: {{display_name: Python 3, language: python, name: python3}}
---

# A chapter

```{{code-cell}} ipython3
print("the first cell", end=" ")
print("is fine")
```

```{{code-cell}} ipython3
{last}
```
"""


@pytest.fixture
def chapter(tmp_path):
    def write(last):
        path = tmp_path / "tiny.md"
        path.write_text(CHAPTER.format(last=last))
        return path

    return write


def test_execution_is_the_same_twice_and_keeps_no_trace_of_the_run(chapter):
    path = chapter("1 + 1")
    first, second = execution.execute(path), execution.execute(path)
    assert first == second
    code = [cell for cell in first.cells if cell.cell_type == "code"]
    assert code[0].outputs[0].text == "the first cell is fine\n"
    assert code[1].outputs[0].data["text/plain"] == "2"
    assert set(first.metadata) == {"kernelspec", "language_info"}
    assert all("papermill" not in cell.metadata for cell in first.cells)


def test_a_chapter_that_raises_is_named_with_its_cell_and_error(chapter):
    with pytest.raises(notebooks.ChapterError) as error:
        execution.execute(chapter("limit = 1 / 0"))
    assert "tiny.md, code cell 2 ('limit = 1 / 0'): ZeroDivisionError" in str(error.value)


@pytest.mark.parametrize("last", ["1 +", "if True:\nlimit = 1"])
def test_a_cell_that_is_no_python_is_named_as_one_that_raises(chapter, last):
    for attempt in (plain.notebook, cache.key, lambda path: execution.execute(path)):
        with pytest.raises(notebooks.ChapterError, match=r"tiny\.md, code cell 2 \('(1 \+|if True:)'\): (Syntax|Indentation)Error: \w"):
            attempt(chapter(last))


def test_parameters_that_are_no_python_are_named(chapter):
    with pytest.raises(notebooks.ChapterError, match=r"tiny\.md, code cell 2 \('trials = 1 /'\): SyntaxError: "):
        notebooks.parameters(chapter(":tags: [parameters]\n\ntrials = 1 /"))


def test_what_only_ipython_knows_is_code_too(chapter):
    path = chapter("%matplotlib inline\nif True:\n    %pwd\nfiles = !echo here\nimport gapsim\n```\n\n```{code-cell} ipython3\n%%bash\nls -l")
    assert cache.key(path) != cache.key(chapter("%matplotlib inline"))
    assert ROOT / "gapsim" / "__init__.py" in cache.modules(["%pwd\nimport gapsim", "%%bash\nls -l"])
    executed = execution.execute(chapter("files = !echo here\nprint(files[0])"))
    assert executed.cells[-1].outputs[0].text == "here\n"


def test_cells_keep_their_ids_when_another_is_added(chapter):
    before = [cell.id for cell in notebooks.notebook(chapter("1")).cells]
    after = [cell.id for cell in notebooks.notebook(chapter("0\n```\n\n```{code-cell} ipython3\n1")).cells]
    assert [id for id in after if id in before] == before and len(after) == len(before) + 1


def work_in(copy, patch):
    """Let the tooling take a copy of the project for the project."""
    for module, name, value in (
        (notebooks, "ROOT", copy), (notebooks, "CHAPTERS", copy / "chapters"),
        (notebooks, "EXECUTED", copy / "_build" / "notebooks"),
        (site, "HTML", copy / "_build" / "html"),
        (site, "KEY", copy / "_build" / "site.key"),
        (pages, "ROOT", copy), (pages, "BUILD", copy / "_build"),
        (pages, "SOURCE", copy / "_build" / "source"), (pages, "OUTPUT", copy / "_build" / "output"),
    ):
        patch.setattr(module, name, value)


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A copy of the project whose chapters are kept as if they had been executed."""
    copy = tmp_path_factory.mktemp("kept") / "project"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".venv", "_build", ".git", "__pycache__"))
    with pytest.MonkeyPatch.context() as patch:
        work_in(copy, patch)
        for path in notebooks.chapters():
            cache.keep(path, notebooks.read(path.with_suffix(".ipynb")), cache.key(path))
    return copy


@pytest.fixture
def project(tmp_path, monkeypatch, kept):
    """One more copy, in which files can be changed."""
    copy = tmp_path / "project"
    shutil.copytree(kept, copy)
    work_in(copy, monkeypatch)
    return copy


def stale():
    return [path.stem for path in notebooks.chapters() if cache.stale(path)]


def keep(name):
    path = notebooks.CHAPTERS / f"{name}.md"
    cache.keep(path, plain.notebook(path), cache.key(path))


def append(path, text):
    path.write_text(path.read_text() + text)


def test_only_what_changed_is_executed_again(project):
    everything = [path.stem for path in notebooks.chapters()]
    assert stale() == []
    (project / "chapters" / "gaussian.md").touch()
    assert stale() == []
    append(project / "chapters" / "gaussian.md", "\nOne more sentence.\n")
    assert stale() == ["gaussian"]
    append(project / "gapsim" / "gaussian.py", "\n")
    assert stale() == everything


def test_what_is_written_from_an_execution_is_not_confirmed_by_it(project, monkeypatch):
    for name in ("README", "NUMBERS", "PICTURE"):
        monkeypatch.setattr(__main__, name, project / getattr(__main__, name).relative_to(ROOT))
    append(project / "chapters" / "classifiers.ipynb", "\n")
    lines = []
    __main__.references(["classifiers", "preliminaries"], lines.append)
    assert lines == ["  classifiers: written anew", "  preliminaries: the same"] and stale() == ["classifiers"]
    # Nor if it is interrupted as soon as it is written.
    keep("classifiers")
    write, written = notebooks.write, []

    def interrupted(book, path):
        write(book, path)
        written.append(path.name)
        raise KeyboardInterrupt

    monkeypatch.setattr(notebooks, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        __main__.references(["classifiers"], lines.append)
    assert written == ["classifiers.ipynb"] and stale() == ["classifiers"]


def test_what_a_chapter_does_not_import_is_nothing_to_it(project):
    for name in ("gapsim/student.py", "gapbook/ledger/student.py"):
        (project / name).write_text("from gapsim import GaussianModel\n")
    append(project / "gapsim" / "__main__.py", "\n")
    assert stale() == []
    # Without a claim on its page a chapter does without the ledger, and what that alone reads.
    append(project / "gapbook" / "datasets.py", "\n")
    claims = [path.stem for path in notebooks.chapters() if "ledger." in path.read_text() or "{claim}" in path.read_text()]
    assert stale() == claims and "real_data" in claims and "explorer" not in claims
    append(project / "chapters" / "explorer.md", "\n```{code-cell} ipython3\nfrom gapsim import student\n```\n")
    keep("explorer")
    append(project / "gapsim" / "student.py", "\n")
    assert "explorer" in stale()
    # Also what a module names as seen from itself.
    for line in ("from . import teacher", "from .teacher import *", "from ..gapsim.teacher import year", "def later():\n    from .teacher import year"):
        (project / "gapsim" / "student.py").write_text(line)
        (project / "gapsim" / "teacher.py").write_text("year = 1\n")
        keep("explorer")
        assert "explorer" not in stale()
        append(project / "gapsim" / "teacher.py", "\n")
        assert "explorer" in stale(), line


@pytest.mark.parametrize("name", ["NPY_DISABLE_CPU_FEATURES", "OPENBLAS_CORETYPE"])
def test_with_other_arithmetic_a_chapter_is_executed_again(project, monkeypatch, name):
    monkeypatch.setenv(name, "AVX2")
    assert stale() == [path.stem for path in notebooks.chapters()]


@pytest.mark.parametrize("spoil", [
    lambda file: file.write_text(file.read_text().replace("0.5", "0.6", 1)), lambda file: file.write_text("{"), lambda file: file.unlink(),
], ids=["edited", "cut off", "deleted"])
def test_what_was_kept_of_a_chapter_is_not_trusted(project, spoil):
    spoil(notebooks.executed(project / "chapters" / "gaussian.md"))
    assert stale() == ["gaussian"]


@pytest.mark.parametrize("file", ["requirements.txt", "gapbook/data/figure_1a_gap.csv", "gapsim/_arguments.py"])
def test_everything_is_executed_again_when_what_it_rests_on_changes(project, file):
    append(project / file, "\n")
    assert stale() == [path.stem for path in notebooks.chapters()]


def test_everything_is_made_again_with_another_release_of_a_package_but_not_with_another_version_of_the_book(project, monkeypatch):
    key, installed = pages.key(), project / "installed"
    shutil.copytree(notebooks.sysconfig.get_path("purelib"), installed, ignore=lambda folder, names: [
        name for name in names if not name.endswith(".dist-info")] if folder.endswith("-packages") else names)
    monkeypatch.setattr(notebooks.sysconfig, "get_path", lambda name: str(installed))
    (installed / "gapsim-77.dist-info").mkdir()
    assert stale() == [] and pages.key() == key
    next(installed.glob("numpy-*.dist-info")).rename(installed / "numpy-77.dist-info")
    assert stale() == [path.stem for path in notebooks.chapters()] and pages.key() != key


@pytest.fixture
def small_book(project):
    """The project with two pages alone."""
    for path in (project / "chapters").iterdir():
        path.unlink()
    (project / "_toc.yml").write_text("format: jb-book\nroot: chapters/index\nchapters:\n  - file: chapters/tiny\n")
    (project / "chapters" / "index.md").write_text("# A book\n\nOf two pages.\n")
    path = project / "chapters" / "tiny.md"

    def write(more):
        path.write_text(CHAPTER.format(last="1 + 1") + f"\n$$ 1 + 1 = 2 $$ (eq-sum)\n\nSee {{eq}}`eq-sum`. {more}\n")
        cache.keep(path, plain.notebook(path), cache.key(path))

    return write


def test_a_finished_site_is_not_trusted(small_book, monkeypatch):
    small_book("")
    built, page = [], site.HTML / "chapters" / "tiny.html"

    def build(*_):
        built.append(page)
        shutil.rmtree(site.HTML, ignore_errors=True)
        page.parent.mkdir(parents=True)
        page.write_text("a page")

    monkeypatch.setattr(site, "_build_site", build)
    spoil = (page.touch, lambda: page.write_text("another"), lambda: page.write_text(""), page.unlink, page.with_name("more").touch)
    for times, something in enumerate([lambda: None, *spoil], start=1):
        something()
        for _ in range(2):
            site.build(report=lambda line: None)
        assert len(built) == max(1, times - 1)


def test_the_zip_has_the_project_as_it_is_without_another_site(small_book, monkeypatch):
    small_book("")
    site.build(report=lambda line: None)
    monkeypatch.setattr(pages, "render", None)  # which a new site would call
    for text, said in (("# One\n", "packing the zip"), ("# One\n", "nothing changed"), ("# Two\n", "packing the zip")):
        lines = []
        (notebooks.ROOT / "README.md").write_text(text)
        site.build(report=lines.append)
        assert lines[0] == said
        with zipfile.ZipFile(site.HTML / "book.zip") as archive:
            assert archive.read("book/project/README.md").decode() == text


def test_a_warning_fails_the_build_names_its_cell_and_leaves_the_last_good_book(small_book):
    small_book("")
    site.build(report=lambda line: None)
    page = site.HTML / "chapters" / "tiny.html"
    assert "A chapter" in page.read_text()
    before = page.read_bytes()
    small_book("[A link](nowhere.md).")
    with pytest.raises(pages.SiteError, match=r"chapters/tiny\.md, cell \d+: WARNING: .*nowhere"):
        site.build(report=lambda line: None)
    assert page.read_bytes() == before


@pytest.mark.parametrize("damaged", [b"", b"\xff\xfe\x00", b"half a"], ids=["empty", "no text", "cut off"])
def test_a_damaged_stamp_is_none(small_book, monkeypatch, tmp_path, damaged):
    small_book("")
    path, built = notebooks.CHAPTERS / "tiny.md", []
    monkeypatch.setattr(site, "_build_site", built.append)
    monkeypatch.setattr(downloads, "STAMP", tmp_path / "book.key")
    monkeypatch.setattr(downloads, "PDF", tmp_path / "book.pdf")
    for stamp in (downloads.PDF, downloads.STAMP, site.KEY, notebooks.executed(path).with_suffix(".seconds")):
        stamp.write_bytes(damaged)
    assert cache.seconds(path) is None and not downloads.is_current() and not cache.stale(path)
    site.build(lambda line: None)
    assert len(built) == 1
    notebooks.executed(path).with_suffix(".key").write_bytes(damaged)
    assert cache.stale(path)


def test_progress_says_how_long_it_took_the_last_time_and_what_is_under_way(monkeypatch, tmp_path):
    monkeypatch.setattr(notebooks, "EXECUTED", tmp_path)
    monkeypatch.setattr(cache, "_execute_and_keep", lambda path: 1.0)
    monkeypatch.setattr(cache.os, "cpu_count", lambda: 2)
    some, lines = notebooks.chapters()[:3], []
    cache.execute_all(some, lines.append)
    assert "last time" not in lines[0] and len(lines) == 4
    for path in some:
        (tmp_path / f"{path.stem}.seconds").write_text("10.0")
    lines.clear()
    cache.execute_all(some, lines.append)
    assert lines[0] == f"executing 3 of {len(notebooks.chapters())} chapters, which took 15 s the last time"
    assert [line.count("under way") for line in lines] == [0, 1, 1, 0]
    lines.clear()
    cache.execute_all([], lines.append)
    assert lines == []


def test_the_zip_holds_the_project_and_nothing_that_lies_beside_it(tmp_path, monkeypatch):
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    monkeypatch.setattr(notebooks, "CHAPTERS", tmp_path / "chapters")
    mine = ["Makefile", ".ci/run", ".github/workflows/book.yml", "book/site.py", "chapters/index.md", "requirements.txt"]
    others = ["secrets.txt", "venv/bin/python", "build/lib/gapsim.py", "dist/book-0.1.0.zip", "chapters/.ipynb_checkpoints/tiny.md"]
    for name in (*mine, *others):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("# Text\n")

    def packed():
        return {path.relative_to(tmp_path).as_posix() for path in downloads.project()}

    assert packed() == set(mine)
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    subprocess.run(["git", "-C", tmp_path, "add", *mine], check=True)
    (tmp_path / "chapters" / "tiny.md").write_text(CHAPTER.format(last="1"))
    (tmp_path / "book" / "draft.py").touch()
    assert packed() == {*mine, "chapters/tiny.md"}


def test_without_git_the_zip_has_the_same_files():
    if not (ROOT / ".git").exists():
        pytest.skip("no repository: nothing to compare the zip's files with")
    matched = {path for pattern in downloads.WHERE_NO_GIT for path in ROOT.glob(pattern)}
    assert set(downloads.project()) <= matched


def test_a_notebook_to_take_away_is_the_same_in_fewer_bytes():
    book = notebooks.read(notebooks.CHAPTERS / "gaussian.ipynb")
    text = downloads.compact(book)
    assert nbformat.reads(text, as_version=4) == book and len(text) < 0.97 * len(nbformat.writes(book))
