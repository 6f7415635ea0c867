"""What sets the book up, checked before anything is done with it: one sentence names the file and what is wrong there.

Jupyter Book has a schema, sphinx-external-toc and pybtex have parsers, and they are used here. Left to themselves they
speak up in the middle of a build, each in its own words, with a traceback, and seldom name a file.
"""

import json
import re
from importlib import resources, util

import yaml

from book import address, labels, notebooks
from book.pages import SiteError

NAMES = ("_config.yml", "_toc.yml", "references.bib", "CITATION.cff", "CHANGELOG.md", "benchmarks/ratios.csv")
CITED = re.compile(r"\{cite:\w+\}`([^`]+)`")


def check():
    """Whether settings, works and pages can be read at all.

    Raises
    ------
    SiteError, ChapterError
        For the first file that can't be; says why.
    """
    texts = {path: text(path) for path in [*(notebooks.ROOT / name for name in NAMES), *notebooks.texts()]}
    for name in ("CHANGELOG.md", "benchmarks/ratios.csv"):
        if not texts[notebooks.ROOT / name].strip():
            raise SiteError(f"{name} is empty, and belongs to the project: `git checkout {name}` brings it back")
    check_config()
    check_contents()
    address.check()
    if "version" not in mapping("CITATION.cff"):
        raise SiteError("CITATION.cff has no version, which the foot of each page says")
    works = bibliography()
    for path, said in texts.items():
        for key in (key.strip() for keys in CITED.findall(said) for key in keys.split(",")):
            if key not in works:
                raise notebooks.ChapterError(f"{notebooks.short(path)} cites {key!r}, which is not in references.bib")


def text(path):
    try:
        found = path.read_text(encoding="utf-8")
        if found.startswith("\ufeff"):
            raise SiteError(f"{notebooks.short(path)} begins with a byte order mark: save it in UTF-8 without one")
        if conflict := re.search(r"^(?:<{7}|>{7}) .*", found, re.M):
            line = found.count("\n", 0, conflict.start()) + 1
            raise SiteError(f"{notebooks.short(path)}, line {line}: a merge left {conflict[0][:40]!r} there")
        return found
    except OSError as error:
        raise SiteError(f"{notebooks.short(path)} can't be read ({error.strerror}), and belongs to the project") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SiteError(f"{notebooks.short(path)}, line {line}: is not in UTF-8") from None


def mapping(name):
    """What a file of YAML says, which are names with values."""
    try:
        said = yaml.safe_load((notebooks.ROOT / name).read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise SiteError(f"{name} is no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(said, dict):
        held = f"a {type(said).__name__}" if said else "nothing"
        raise SiteError(f"{name} must hold names with values, such as `title: A book`, and holds {held}")
    return said


def check_config():
    import jsonschema

    config = mapping("_config.yml")
    schema = json.loads(resources.files("jupyter_book").joinpath("config_schema.json").read_text(encoding="utf-8"))
    for error in jsonschema.Draft7Validator(schema).iter_errors(config):
        raise SiteError(f"_config.yml, {'.'.join(map(str, error.path))}: {error.message}")
    sphinx = config.get("sphinx") or {}
    for name in (*(sphinx.get("extra_extensions") or ()), *(sphinx.get("local_extensions") or ())):
        if not is_there(name):
            raise SiteError(f"_config.yml names the extension {name!r}, which is not installed")


def is_there(module):
    try:
        return util.find_spec(module) is not None
    except (ImportError, ValueError):  # of the package that it would be in
        return False


def check_contents():
    from sphinx_external_toc.parsing import MalformedError, parse_toc_data

    try:
        for page in parse_toc_data(mapping("_toc.yml")):
            if page.endswith(".md"):
                raise SiteError(f"_toc.yml must name the page {page.removesuffix('.md')} without its .md")
            if not (notebooks.ROOT / f"{page}.md").exists():
                raise SiteError(f"_toc.yml names the page {page}, of which there is no text {page}.md")
    except MalformedError as error:
        raise SiteError(f"_toc.yml: {error}") from None
    labels.Labels()


def bibliography():
    from pybtex.exceptions import PybtexError

    try:
        works = labels.bibliography().entries
    except PybtexError as error:
        raise SiteError(f"references.bib: {error}") from None
    for key, entry in works.items():
        if "year" not in entry.fields or "author" not in entry.persons:
            raise SiteError(f"references.bib: {key!r} needs an author and a year, by which the text cites it")
    return works
