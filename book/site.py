"""The static site: staged sources, a clean build with warnings as errors, then one swap."""

import os
import re
import shutil
import subprocess
import sys

import yaml

from book import BookError, address, notebooks
from book.notebooks import ROOT

BUILD = ROOT / "_build"
HTML = BUILD / "html"
KEY = BUILD / "site.key"
# What Sphinx read and what it knows of it, kept for runs with other parameters.
SOURCE, OUTPUT = BUILD / "source", BUILD / "output"


class SiteError(BookError):
    """The site could not be built; the message holds what Sphinx said."""


def build(report=print, pdf=False):
    """Bring the book up to date and return the path of its first page; with a PDF if asked to.

    Chapters are executed only where something they depend on changed. The site is then built from
    scratch beside the last good one, since an incremental build would keep stale numbers that one
    page takes from another, and takes its place only if there was no warning. Where a finished site is
    not what this function left, a page edited, deleted or cut off, it is built anew.
    """
    check_settings()
    stale = [path for path in notebooks.chapters() if notebooks.stale(path)]
    if stale:
        notebooks.execute_all(stale, report)
    from book import downloads

    if pdf:
        downloads.print_pdf(report)
    made_of = f"{key()} {'with' if downloads.is_current() else 'without'} PDF"
    if KEY.exists() and KEY.read_text() == f"{made_of} {finished()}":
        report("nothing changed")
    else:
        _build_site(report, downloads)
        KEY.write_text(f"{made_of} {finished()}")
    report(f"the book is at {HTML / 'index.html'}")
    return HTML / "index.html"


def key():
    """Hash of everything that the site depends on."""
    return notebooks.digest(_inputs(), extra=repr(address.given()))


def finished():
    """Hash of the finished site."""
    return notebooks.digest(sorted(path for path in HTML.rglob("*") if path.is_file()), folder=HTML)


def check_settings():
    """Name what is wrong in the files that set the book up, before anything is built with them."""
    for name in ("_config.yml", "_toc.yml"):
        try:
            yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
        except yaml.YAMLError as error:
            raise SiteError(f"{name} is no YAML: {' '.join(str(error).split())}") from None


def table_of_contents():
    """The text of _toc.yml, with a part for the models that it does not name."""
    text = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    pages = (f"chapters/{path.stem}" for path in sorted(notebooks.CHAPTERS.glob("model_*.md")))
    more = [f"      - file: {page}\n" for page in pages if f"file: {page}\n" not in text]
    return text + "".join(["  - caption: More models\n    chapters:\n", *more] if more else [])


def _inputs():
    """Every file that the site is made from."""
    own = [ROOT / name for name in ("_config.yml", "_toc.yml", "references.bib", "requirements.txt", "CHANGELOG.md", "CITATION.cff")]
    own += [path for path in sorted((ROOT / "_static").rglob("*")) if path.is_file()]
    own += [path for path in sorted((ROOT / "book").rglob("*")) if path.suffix in (".py", ".html", ".js")]
    own += [*notebooks.module_files(), ROOT / "benchmarks" / "ratios.csv"]
    executed = [notebooks.executed(path) for path in notebooks.chapters()]
    return own + sorted(notebooks.CHAPTERS.glob("*.md")) + executed


def stage(folder, executed=notebooks.executed):
    """Lay out the sources of the site: the executed notebooks in the place of their text."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "chapters").mkdir(parents=True)
    for name in ("_config.yml", "references.bib"):
        shutil.copy(ROOT / name, folder)
    (folder / "_toc.yml").write_text(table_of_contents(), encoding="utf-8")
    shutil.copytree(ROOT / "_static", folder / "_static")
    for page in notebooks.CHAPTERS.glob("*.md"):
        shutil.copy(page, folder / "chapters")
    for path in notebooks.chapters():
        shutil.copy(executed(path), folder / "chapters")


def _in_terms_of_chapters(said, source):
    """Replace staged notebooks by the texts they come from; myst-nb counts 10000 lines a cell."""
    said = re.sub(
        rf"{re.escape(str(source))}/(chapters/\w+)\.ipynb:(\d+)",
        lambda place: f"{place[1]}.md, cell {int(place[2]) // 10000}",
        said,
    )
    return said.replace(f"{source}/", "")


def render(source, output, builder="html", clean=True, **environment):
    """Run Sphinx on staged sources and return the folder of pages; a warning is an error."""
    if clean:
        shutil.rmtree(output, ignore_errors=True)
    command = [
        # The program `jupyter-book`, after `book` has spared it what it does not need.
        sys.executable, "-c", "import book, jupyter_book.cli.main as cli; cli.main()", "build", str(source), "--path-output", str(output),
        "--builder", builder, "--warningiserror", "--keep-going", "--nitpick", "--quiet",
    ]
    environment = {**os.environ, **environment, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    # Jupyter Book has one folder for the pages of one file, and this one for everything else.
    pages = output / "_build" / ("singlehtml" if builder == "singlehtml" else "html")
    if done.returncode or not pages.exists():
        raise SiteError(_in_terms_of_chapters(f"{done.stdout}\n{done.stderr}", source))
    return pages


def check_links(report=print):
    """Ask for every outside link of the book, and name those that are broken."""
    source, output = BUILD / "links" / "source", BUILD / "links" / "output"
    stage(source, lambda path: path.with_suffix(".ipynb"))
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


def _build_site(report, downloads):
    stage(SOURCE)
    report("building the site")
    try:
        html = render(SOURCE, OUTPUT, BOOK_PDF="yes" if downloads.is_current() else "")
        downloads.pack(html)
        replace(HTML, html)
    except SiteError as error:
        raise SiteError(f"{error}\nthe last good book is left as it was") from None


def replace(folder, new):
    """Put a finished folder in the place of the one before."""
    last = folder.with_name(f"{folder.name}.last")
    shutil.rmtree(last, ignore_errors=True)
    if folder.exists():
        folder.rename(last)
    new.rename(folder)
    shutil.rmtree(last, ignore_errors=True)
