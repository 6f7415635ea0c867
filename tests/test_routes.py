"""The lines that the page "Run it yourself" gives to copy: each does what the page says, and changes no source."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from papermill.inspection import inspect_notebook

from book import notebooks
from book.notebooks import ROOT
from book.site import HTML

PAGE = (notebooks.CHAPTERS / "run.md").read_text(encoding="utf-8")
LINES = [line for block in re.findall(r"^```bash\n(.*?)^```", PAGE, re.M | re.S) for line in block.splitlines()]
BIN = Path(sys.executable).parent


def documented(start):
    """The line of the page that begins so."""
    [line] = [line for line in LINES if line.startswith(start)]
    return line.split()


def run(command, folder):
    # As somebody has it who activated the environment, and not as these tests let kernels have it.
    known = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    del known["PYTHONPATH"]
    done = subprocess.run(command, cwd=folder, env=known, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def sources(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and "_build" not in path.parts}


@pytest.fixture
def project(tmp_path):
    copy = tmp_path / "project"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "_build", "__pycache__", "*.egg-info"))
    before = sources(copy)
    yield copy
    changed = {path for path, content in sources(copy).items() if "__pycache__" not in path.parts and before.get(path) != content}
    assert {path.relative_to(copy).as_posix() for path in changed} <= {"out.ipynb"}


def test_papermill_executes_a_chapter_with_other_parameters_from_the_root(project):
    run(documented("papermill chapters/"), project)
    executed = nbformat.read(project / "out.ipynb", as_version=4)
    assert "500" in "".join(str(cell.get("outputs", "")) for cell in executed.cells)


def test_papermill_executes_a_chapter_from_its_folder(project):
    run(["papermill", "preliminaries.ipynb", "../out.ipynb", "-p", "trials", "77"], project / "chapters")
    assert "77" in "".join(str(cell.get("outputs", "")) for cell in nbformat.read(project / "out.ipynb", as_version=4).cells)


@pytest.mark.parametrize("path", notebooks.chapters(), ids=lambda path: path.stem)
def test_the_help_of_papermill_lists_every_parameter(path):
    listed = inspect_notebook(str(path.with_suffix(".ipynb")))
    assert {name: eval(each["default"]) for name, each in listed.items()} == notebooks.parameters(path)


def test_nbval_compares_a_chapter_with_its_stored_outputs(project):
    command = [word.replace("chapters", "chapters/scaling_out.ipynb") for word in documented("pytest ")]
    assert re.search(r"\b[1-9]\d* passed", run(command, project))


def test_jupyter_book_builds_a_page(project):
    (project / "_toc.yml").write_text("format: jb-book\nroot: chapters/scaling_out\n")
    for path in (project / "chapters").iterdir():
        if path.stem != "scaling_out":
            path.unlink()
    run(documented("jupyter-book build"), project)
    page = (project / "_build" / "html" / "chapters" / "scaling_out.html").read_text(encoding="utf-8")
    assert "<h1>" in page and ":::" not in page
    (project / "_toc.yml").write_bytes((ROOT / "_toc.yml").read_bytes())


def test_jupytext_leaves_text_and_notebook_alone(project):
    assert "jupytext --sync chapters/gaussian.md" in PAGE
    run("jupytext --sync chapters/gaussian.md".split(), project)


def test_what_the_zip_holds_runs_in_an_empty_folder(tmp_path):
    if not (HTML / "book.zip").exists():
        pytest.skip("the zip, since the book is not built: run `make book`")
    with zipfile.ZipFile(HTML / "book.zip") as archive:
        archive.extractall(tmp_path)
    unzipped, environment = tmp_path / "book" / "project", tmp_path / "environment"
    # A new environment with the packages of this one (installing them takes a network), and the unzipped project.
    run([sys.executable, "-m", "venv", "--without-pip", environment], tmp_path)
    [packages] = environment.glob("lib/*/site-packages")
    own = Path(nbformat.__file__).parents[1]
    (packages / "packages.pth").write_text(f"{own}\n")
    python = environment / "bin" / "python"
    install = ["install", "--quiet", "--no-config", "--offline", "--no-deps", "--no-build-isolation", "--python", python]
    run([sys.executable, "-m", "uv", "pip", *install, unzipped], tmp_path)
    where = "import gapsim, gapbook; print(gapsim.__file__, gapbook.__file__)"
    found = run([python, "-c", where], tmp_path)
    assert found.count(str(packages)) == 2
    run([python, "-m", "papermill", "preliminaries.ipynb", "out.ipynb", "-p", "trials", "77"], unzipped / "chapters")
    text = (unzipped / "chapters" / "out.ipynb").read_text(encoding="utf-8")
    assert "77" in text and str(ROOT) not in text
