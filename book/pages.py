"""The pages: staged sources, and Jupyter Book's Sphinx run on them with warnings as errors.

Staged, since Jupyter Book reads a chapter's text or its notebook from one folder, and here the notebook is kept elsewhere.
"""

import os
import re
import shutil
import subprocess
import sys

from book import BookError, address, lock, notebooks
from book.notebooks import ROOT

BUILD = ROOT / "_build"
# What Sphinx read and what it knows of it, kept for runs with other parameters.
SOURCE, OUTPUT = BUILD / "source", BUILD / "output"


class SiteError(BookError):
    """The site could not be built; the message holds what Sphinx said."""


def key():
    """Hash of everything that the site depends on."""
    return notebooks.digest(_inputs(), extra=f"{address.given()} {notebooks.versions()}")


def _inputs():
    """Every file that the site is made from."""
    own = [ROOT / name for name in ("_config.yml", "_toc.yml", "references.bib", "requirements.txt", "CHANGELOG.md", "CITATION.cff")]
    own += [path for path in sorted((ROOT / "_static").rglob("*")) if path.is_file()]
    own += [path for path in sorted((ROOT / "book").rglob("[!.]*")) if path.suffix in (".py", ".html", ".js")]
    own += [*notebooks.module_files(), ROOT / "benchmarks" / "ratios.csv"]
    executed = [notebooks.executed(path) for path in notebooks.chapters()]
    return own + notebooks.texts() + executed


def stage(folder, sources=lambda path: (path, notebooks.executed(path))):
    """Lay out the sources of the site: the executed notebooks in the place of their text.

    What is there already is left as it is, so that Sphinx need not read it again.

    Parameters
    ----------
    folder : pathlib.Path
    sources : callable
        Takes a chapter's path and returns its text and its executed notebook, or nothing to leave it out.
    """
    contents = notebooks.table_of_contents()
    own = [ROOT / "_config.yml", ROOT / "references.bib", *(ROOT / "_static").rglob("*"), *notebooks.texts()]
    files = {str(path.relative_to(ROOT)): path.read_bytes() for path in own if path.is_file()}
    for path in notebooks.chapters():
        found = sources(path)
        if found:
            files |= {f"chapters/{path.stem}{file.suffix}": file.read_bytes() for file in found}
        else:
            del files[f"chapters/{path.name}"]
            contents = re.sub(rf".*\bchapters/{re.escape(path.stem)}(?![\w.-]).*\n", "", contents)
    files["_toc.yml"] = contents.encode()
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        if str(path.relative_to(folder)) not in files:
            path.unlink()
    for name, content in files.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def render(source, output, builder="html", clean=True, **environment):
    """Run Sphinx on staged sources and return the folder of pages; a warning is an error."""
    if clean:
        shutil.rmtree(output, ignore_errors=True)
    # All pages' trees stay until the end: to look through them for garbage, again and again, takes a third of the time.
    program = "import gc; gc.disable(); import jupyter_book.cli.main as cli; cli.main()"
    command = [
        sys.executable, "-c", program, "build", str(source), "--path-output", str(output),
        "--builder", builder, "--warningiserror", "--keep-going", "--nitpick", "--quiet",
    ]
    environment = {**os.environ, **environment, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, pass_fds=lock.DESCRIPTORS)
    # Jupyter Book has one folder for the pages of one file, and this one for everything else.
    pages = output / "_build" / ("singlehtml" if builder == "singlehtml" else "html")
    if done.returncode or not pages.exists():
        said = f"{done.stdout}\n{done.stderr}"
        if not os.environ.get("BOOK_TRACEBACK"):  # then its last line, which says the error, is all
            said = re.sub(r"Traceback \(most recent call last\):\n(?:[ \t].*\n|\n)*", "", said)
        raise SiteError(_in_terms_of_chapters(said, source))
    return pages


def _in_terms_of_chapters(said, source):
    """Replace staged notebooks by the texts they come from; myst-nb counts 10000 lines a cell."""
    said = re.sub(
        rf"{re.escape(str(source))}/(chapters/\w+)\.ipynb:(\d+)",
        lambda place: f"{place[1]}.md, cell {int(place[2]) // 10000}",
        said,
    )
    return said.replace(f"{source}/", "")


def check_links(report=print):
    """Ask for every outside link of the book, and name those that are broken."""
    source, output = BUILD / "links" / "source", BUILD / "links" / "output"
    stage(source, lambda path: (path, path.with_suffix(".ipynb")))
    try:
        render(source, output, "linkcheck")
    except SiteError:
        answers = output / "_build" / "html" / "output.txt"
        lines = answers.read_text(encoding="utf-8").splitlines() if answers.exists() else []
        broken = [line for line in lines if "[broken]" in line]
        if not broken:
            raise
        raise SiteError("\n".join(["links that lead nowhere:", *broken])) from None
    report("every outside link leads somewhere")
