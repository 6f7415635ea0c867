"""A chapter with other parameters: its executed notebook, and its page in a copy of the book."""

import ast
import shutil

from book import address, notebooks, site

RUNS = site.BUILD / "run"


def run(name, settings, report=print):
    """Execute a chapter with other parameters, and return its notebook and its page.

    Parameters
    ----------
    name : str
        The chapter, such as "gaussian".
    settings : list of str
        Such as ["trials=1000", "mean=2.0"]; the rest keeps the values of the chapter's text.

    Raises
    ------
    ChapterError
        For an unknown chapter or parameter, a value that is none, or a cell that raises.

    Notes
    -----
    The other pages come from the committed notebooks, so that nothing else is executed and every
    link of the page leads somewhere.
    """
    path = chapter(name)
    folder = RUNS / name
    values = parse(settings, notebooks.parameters(path), name)
    report(f"executing {name} with {', '.join(settings) or 'its own parameters'}")
    built = site.HTML.as_uri() if site.HTML.exists() else None
    book = notebooks.execute(path, values, url=address.given().get("BOOK_URL", built))
    folder.mkdir(parents=True, exist_ok=True)
    executed = folder / f"{name}.ipynb"
    notebooks.write(book, executed)
    report(f"the notebook is {executed}")

    source = folder / "source"
    site.stage(source, lambda other: executed if other == path else other.with_suffix(".ipynb"))
    site.replace(folder / "html", site.render(source, folder / "next"))
    for done in (source, folder / "next"):
        shutil.rmtree(done)
    page = folder / "html" / "chapters" / f"{name}.html"
    report(f"the page is {page}")
    return executed, page


def chapter(name):
    """The text of the chapter of that name."""
    paths = {path.stem: path for path in notebooks.chapters()}
    if name not in paths:
        raise notebooks.ChapterError(f"CHAPTER must be one of {', '.join(paths)}, got {name!r}")
    return paths[name]


def parse(settings, defaults, name):
    """The values of settings such as "mean=2.0"; every name has to be one of the defaults."""
    values = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if key not in defaults:
            allowed = ", ".join(defaults) or "nothing to change"
            raise notebooks.ChapterError(f"{name} has the parameters {allowed}, got {setting!r}")
        try:
            values[key] = ast.literal_eval(text)
        except (SyntaxError, ValueError):
            raise notebooks.ChapterError(f"{key} must be a number or a list of them, got {text!r}") from None
    return values
