"""Chapters with other parameters: their executed notebooks, and their pages in a copy of the book.

papermill takes a text for a number and whatever follows from that, one chapter at a time, and renders nothing.
"""

import ast
import itertools
import re
import shutil

from book import address, cache, edits, execution, notebooks, pages, plain, site
from book.notebooks import cut
from gapbook.sentences import check

RUNS = pages.BUILD / "run"
# From here on a run is announced by what it costs.
LONG = 60


def run(words, report=print):
    """Execute chapters with other parameters; without a word, list chapters and parameters.

    Parameters
    ----------
    words : list of str
        Chapters and settings, such as ["gaussian", "trials=1000", "mean=2.0"]; a chapter takes those settings that
        it has, and keeps the values of its text for the rest.

    Returns
    -------
    list of (pathlib.Path, pathlib.Path)
        Of each chapter, its notebook and its page.

    Raises
    ------
    ChapterError
        For an unknown chapter or parameter, a value that is not of the kind of the chapter's own, or a cell that raises.

    Notes
    -----
    Each set of parameters has a folder of its own. The pages come from the last build where there is one, so that
    only those of the run are rendered.
    """
    names = list(itertools.takewhile(lambda word: "=" not in word, words))
    settings = " ".join(words[len(names) :])
    if not names:
        if settings:
            raise notebooks.ChapterError(f"{cut(settings)} needs a chapter: make run CHAPTER=name PARAMS=...")
        report(listing())
        return []
    paths = notebooks.chosen(names)
    edits.refuse(paths)  # which would be run without
    defaults = {path: notebooks.parameters(path) for path in paths}
    values = parse(settings, defaults)
    for path in paths:
        notebooks.placed(path)
    for path in notebooks.chapters():
        if path not in paths:
            sources(path)  # or says why not
    for path in paths:
        report(announcement(path, values[path], defaults[path]))

    def execute(path):
        folder = RUNS / path.stem / folder_name(values[path])
        url = address.given().get("BOOK_URL", site.HTML.as_uri() if site.HTML.exists() else None)
        executed = execution.execute(path, values[path], url=url)
        folder.mkdir(parents=True, exist_ok=True)
        notebooks.write(executed, folder / f"{path.stem}.ipynb")
        return folder / f"{path.stem}.ipynb"

    executed, made, failures = {}, [], []
    for path, notebook, error in cache.at_once(execute, paths):
        if error:
            failures.append(f"{path.stem} can't be computed with {cut(settings) or 'its own parameters'}: {error}")
            continue
        report(f"the notebook is {notebook}")
        executed[path] = notebook
    for path, notebook in executed.items():
        try:
            page = render(path, executed)
        except notebooks.ChapterError as error:  # of one that could not be computed
            failures.append(str(error))
            continue
        report(f"the page is {page}")
        made.append((notebook, page))
    if failures:
        raise notebooks.ChapterError("\n".join(failures))
    return made


def render(path, executed):
    """The page of an executed notebook, in a copy of the book; only what changed is rendered if there is a book.

    Of other chapters the run's own notebooks are shown where there is nothing else.
    """

    def pair(other):
        try:
            return (path, executed[path]) if other == path else sources(other)
        except notebooks.ChapterError:
            if other in executed:
                return other, executed[other]
            raise

    known = site.HTML.exists() and (pages.OUTPUT / "_build" / ".doctrees").exists()
    html = pages.OUTPUT / "_build" / "html"
    shutil.rmtree(html, ignore_errors=True)
    if known:
        shutil.copytree(site.HTML, html, ignore=shutil.ignore_patterns("book.zip", "book.pdf"))
    pages.stage(pages.SOURCE, pair)
    folder = executed[path].parent / "html"
    site.replace(folder, pages.render(pages.SOURCE, pages.OUTPUT, clean=not known))
    return folder / "chapters" / f"{path.stem}.html"


def sources(path):
    """The text and the notebook of a chapter as it is, or as it was last laid out if its code was edited since.

    None for one that was never executed.

    Raises
    ------
    ChapterError
        For one that was, and has no such pair.
    """
    last, kept = pages.SOURCE / "chapters" / path.name, (notebooks.executed(path), path.with_suffix(".ipynb"))
    for text, notebook in [*itertools.product((path, last), kept), (last, last.with_suffix(".ipynb"))]:
        try:
            plain.page(text, notebooks.read(notebook))
            return text, notebook
        except (OSError, KeyError, notebooks.ChapterError):
            pass
    if any(notebook.exists() for notebook in kept):
        # Others refer to what is on its page.
        raise notebooks.ChapterError(
            f"{notebooks.short(path)} was edited and not executed since, and the pages of a run show all chapters: "
            f"`make book` or `make references CHAPTER={path.stem}` first"
        )


def listing():
    """Every chapter that has parameters, with the values of its text."""
    lines = ["make run CHAPTER=name PARAMS=\"name=value name=value\" executes chapters with other parameters:", ""]
    for path in notebooks.chapters():
        values = notebooks.parameters(path)
        if values:
            lines.append(f"  {path.stem:<20} {' '.join(f'{key}={value}' for key, value in values.items())}")
    return "\n".join([*lines, "", "such as: make run CHAPTER=gaussian PARAMS=\"trials=1000 mean=2.0\""])


def announcement(path, values, defaults):
    """What is about to run, and what it is likely to cost where it draws more than the book does."""
    listed = ", ".join(cut(f"{key}={value}") for key, value in values.items())
    said = f"executing {path.stem} with {listed or 'its own parameters'}"
    times = 1.0
    for key, value in values.items():
        if isinstance(defaults[key], int) and key not in ("seed", "shift"):
            times *= max(1.0, value / max(1, defaults[key]))
    usual = cache.seconds(path) or 10.0
    if times > 1 and usual * times > LONG:
        said += f": {times:,.0f} times the book's own work, perhaps {duration(usual * times)} (Ctrl-C ends it)"
    return said


def duration(seconds):
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:.0f} seconds"


def folder_name(values):
    """A folder's name for a set of parameters: readable, and another for each."""
    text = ",".join(f"{key}={value}" for key, value in values.items()) or "as in the book"
    short = re.sub(r"[^\w.,=+-]+", "_", text)
    return short if len(short) <= 80 else f"{short[:70]}-{notebooks.short_hash(text)}"


def parse(settings, defaults):
    """The values of settings such as "mean=2.0 eps=[0.1, 0.2]": for each chapter those that it has, of its own kinds.

    Parameters
    ----------
    settings : str
    defaults : dict
        For each chapter its parameters with their values.
    """
    known = list(dict.fromkeys(key for values in defaults.values() for key in values))
    names = ", ".join(path.stem for path in defaults)
    texts, settings = {}, re.sub(r"\s*=\s*", "=", settings)
    start, *parts = re.split(r"(?:^|\s+)(?=\w+=)", settings)
    for part in ([start] if start.strip() else []) + parts:
        key, equals, text = part.partition("=")
        if key not in known or not equals:
            has = f"the parameters {', '.join(known)}" if known else "no parameters"
            raise notebooks.ChapterError(f"{names} has {has}, got {cut(part)!r}")
        if key in texts:
            raise notebooks.ChapterError(f"{key} must be given once, got {cut(texts[key])!r} and {cut(text)!r}")
        texts[key] = text.strip()
    return {path: taken(path, {key: text for key, text in texts.items() if key in own}, own) for path, own in defaults.items()}


def taken(path, texts, defaults):
    """The values that texts stand for, each of the kind of the chapter's own, if the chapter can be computed with them."""
    values = {key: read(text, defaults[key]) for key, text in texts.items()}
    try:
        check({**defaults, **values}, defaults, **plain.rules(notebooks.parameters_cell(path)[1]))
    except ValueError as error:
        raise notebooks.ChapterError(f"{path.stem}: {error}") from None
    for key, value in values.items():
        kind = type(defaults[key][0] if isinstance(defaults[key], list) else defaults[key])
        values[key] = list(map(kind, value)) if isinstance(value, (list, tuple)) else kind(value)
    return values


def read(text, default):
    """What a text stands for: where the chapter has a word, that word; else a number or a list as in Python."""
    # Quotes are what keeps a list together for some shells.
    bare = text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
    if isinstance(default, str):
        return bare
    try:
        value = ast.literal_eval(bare)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return text
    # 1,000 is no pair.
    return text if isinstance(value, tuple) and bare[0] != "(" else value
