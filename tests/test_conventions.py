"""What people who know Jupyter try first works, as the page "Run it yourself" says it."""

import os
import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import nbformat
import pytest
from papermill import inspect_notebook

from book import downloads, notebooks
from book.notebooks import CHAPTERS, ROOT
from book.site import HTML

NAMES = [path.stem for path in notebooks.chapters()]
TOOLS = Path(sys.executable).parent


def call(*command, cwd=ROOT, **environment):
    """Run a command as in an activated environment, and return what it said; no path but what is installed."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "BOOK_URL", "BOOK_REPOSITORY")}
    done = subprocess.run(
        [str(TOOLS / command[0]), *map(str, command[1:])], cwd=cwd, capture_output=True, text=True, env={**kept, **environment}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the project, as a clone would be."""
    folder = tmp_path_factory.mktemp("clone") / "project"
    for path in downloads.project():
        target = folder / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    return folder


@pytest.mark.parametrize(("folder", "notebook"), [(ROOT, "chapters/gaussian.ipynb"), (CHAPTERS, "gaussian.ipynb")])
def test_papermill_with_other_parameters(folder, notebook, tmp_path):
    said = call("papermill", notebook, tmp_path / "out.ipynb", "-p", "trials", "500", cwd=folder)
    assert "nknown parameter" not in said and "nable to parse" not in said
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    texts = [output.get("data", {}).get("text/markdown", "") for cell in cells for output in cell.get("outputs", [])]
    assert "> **A run with other parameters:** `trials = 500` (the book: `20000`)." in texts[0]
    assert any("mean gap of 500 pairs" in text for text in texts)


@pytest.mark.parametrize("name", NAMES)
def test_papermill_lists_every_parameter_with_its_comment(name):
    found = inspect_notebook(str(CHAPTERS / f"{name}.ipynb"))
    known = {parameter: about["help"] for parameter, about in found.items()}
    assert set(known) == set(notebooks.parameters(CHAPTERS / f"{name}.md"))
    assert all(known.values()), known


def test_nbval_on_a_chapter(copy):
    call("pytest", "-q", "-p", "no:cacheprovider", "--nbval", "chapters/preliminaries.ipynb", cwd=copy)


def test_jupytext_sync_changes_nothing(copy):
    files = [copy / "chapters" / f"gaussian.{kind}" for kind in ("md", "ipynb")]
    before = [path.read_bytes() for path in files]
    for newer in files:
        os.utime(newer)
        call("jupytext", "--sync", "chapters/gaussian.md", cwd=copy)
        assert [path.read_bytes() for path in files] == before


def test_jupyter_book_build_gives_the_book_and_leaves_the_sources_alone(copy):
    before = {path for path in copy.rglob("*") if path.is_file()}
    said = call("jupyter-book", "build", ".", cwd=copy)
    assert "WARNING" not in re.sub(r"\x1b\[\d+m", "", said)
    after = {path for path in copy.rglob("*") if path.is_file() and not {"_build", "__pycache__"} & set(path.parts)}
    assert after == {path for path in before if "__pycache__" not in path.parts}
    page = (copy / "_build" / "html" / "chapters" / "gaussian.html").read_text(encoding="utf-8")
    assert "of 20,000 pairs of classifiers" in re.sub(r"<[^>]+>", "", page)


def test_the_zip_holds_a_project_that_runs(tmp_path):
    if not (HTML / "book.zip").exists():
        pytest.skip("the book is not built: run `make book`")
    with zipfile.ZipFile(HTML / "book.zip") as archive:
        archive.extractall(tmp_path)
    project = tmp_path / "book" / "project"
    # An environment of its own, but for the packages that would come from the network.
    venv.create(tmp_path / "environment", with_pip=False)
    python = tmp_path / "environment" / ("Scripts" if os.name == "nt" else "bin") / "python"
    [own] = (tmp_path / "environment").rglob("site-packages")
    import numpy

    (own / "others.pth").write_text(str(Path(numpy.__file__).parent.parent))
    call("uv", "pip", "install", "--no-config", "--offline", "--no-deps", "--no-build-isolation", "--python", python, ".",
         cwd=project)
    where = "import gapbook, gapsim; print(gapbook.__file__, gapsim.__file__)"
    said = subprocess.run([python, "-c", where], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert all(Path(name).is_relative_to(own) for name in said.split())
    subprocess.run([python, "-m", "jupyterlab", "--version"], cwd=project, check=True, capture_output=True)
    ran = subprocess.run(
        [python, "-m", "papermill", "preliminaries.ipynb", "out.ipynb"], cwd=project / "chapters", capture_output=True, text=True,
        env={**os.environ, "JUPYTER_PATH": "", "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"},
    )
    assert ran.returncode == 0, ran.stderr
