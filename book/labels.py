"""What the book's pages number and name, read from their texts in the book's order.

Sphinx numbers formulas, theorems and figures through the whole book. The plain notebooks say the
same numbers; a test compares them with those of the built pages. Sphinx itself could be asked, but only of pages
that it has read, and it reads the notebooks, which are executed after their plain text has the numbers.
"""

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from book import notebooks

MARKS = re.compile(
    r"\$\$ *\((?P<eq>[\w-]+)\)"
    r"|^[:`]{3,}\{prf:(?P<kind>\w+)\} *(?P<title>.*)\n(?P<options>(?::.*\n)*)"
    r"|^```\{code-cell\}.*\n(?P<code>(?:.*\n)*?)```$"
    r"|^\((?P<target>[\w-]+)\)=\n+#+ (?P<heading>.*)",
    re.M,
)
FIGURE = re.compile(r"""["'](fig-[a-z0-9-]+)["']""")


@dataclass
class Label:
    """What a label stands for: its page, its number as text ("" without one), and how a reference reads."""

    page: str
    number: str
    text: str


@lru_cache(maxsize=1)
def known(texts):
    """Labels by name, titles by page, and which pages are notebooks, from each page's path and text."""
    labels, titles, count = {}, {}, Counter()
    for path, text in texts:
        title = re.search(r"^# (.+)", text, re.M)
        if title is None:
            raise notebooks.ChapterError(f"{notebooks.short(path)} has no title, a line such as `# {path.stem.capitalize()}`")
        titles[path.stem] = title[1]
        for found in MARKS.finditer(text):
            read(found, path.stem, count, labels)
    return labels, titles, {path.stem for path, _ in texts if notebooks.is_notebook(path)}


def read(found, page, count, labels):
    """Add what one mark names, and count it."""
    if found["eq"]:
        count["eq"] += 1
        labels[found["eq"]] = Label(page, str(count["eq"]), f"({count['eq']})")
    elif found["target"]:
        labels[found["target"]] = Label(page, "", found["heading"])
    elif found["code"] is not None:
        for name in FIGURE.findall(found["code"]):
            if name not in labels:
                count["fig"] += 1
                labels[name] = Label(page, str(count["fig"]), f"Fig. {count['fig']}")
    else:
        options = dict(re.findall(r"^:([\w-]+): *(.*)$", found["options"], re.M))
        kind, number = found["kind"], ""
        if "nonumber" not in options and kind != "proof":
            count[kind] += 1
            number = str(count[kind])
        if "label" in options:
            text = f"{kind.capitalize()} {number}" if number else found["title"]
            labels[options["label"]] = Label(page, number, text)


class Labels:
    """Everything that the pages refer to."""

    def __init__(self):
        self.labels, self.titles, self.notebooks = known(tuple((path, path.read_text(encoding="utf-8")) for path in pages()))

    def get(self, label):
        return self.labels.get(label)

    def need(self, label, chapter):
        if label not in self.labels:
            raise notebooks.ChapterError(f"{chapter}: nothing has the label {label!r}")
        return self.labels[label]

    def title(self, page, chapter):
        if page not in self.titles:
            raise notebooks.ChapterError(f"{chapter}: there is no page {page!r}")
        return self.titles[page]

    def figures(self):
        """The number of each figure, by its name."""
        return {name: label.number for name, label in self.labels.items() if name.startswith("fig-")}

    def cite(self, keys, in_brackets):
        """A citation in words, each work with a link where the bibliography has an address."""
        works = [self.work(key.strip(), in_brackets) for key in keys.split(",")]
        return f"({'; '.join(works)})" if in_brackets else ", ".join(works)

    def work(self, key, in_brackets):
        entry = bibliography().entries[key]
        text = f"{authors(entry)}, {entry.fields['year']}" if in_brackets else cited_as(entry)
        doi, url, eprint = map(entry.fields.get, ("doi", "url", "eprint"))
        address = f"https://doi.org/{doi}" if doi else url or (eprint and f"https://arxiv.org/abs/{eprint}")
        return f"[{text}]({address})" if address else text


def authors(entry):
    names = [str(person.rich_last_names[0]) for person in entry.persons["author"]]
    return f"{names[0]} et al." if len(names) > 2 else " and ".join(names)


def cited_as(entry):
    """How the text cites a work: "Xu et al. (2010)"."""
    return f"{authors(entry)} ({entry.fields['year']})"


def pages():
    """Every page of the book, in its order; last what the table of contents does not name."""
    named = re.findall(r"""(?:root|file): ["']?chapters/([^\s"']+)""", notebooks.table_of_contents())
    return [path for path in (notebooks.CHAPTERS / f"{name}.md" for name in named) if path.exists()]


def bibliography():
    from pybtex.database import parse_file

    if notebooks.ROOT not in BIBLIOGRAPHY:
        BIBLIOGRAPHY[notebooks.ROOT] = parse_file(str(notebooks.ROOT / "references.bib"))
    return BIBLIOGRAPHY[notebooks.ROOT]


BIBLIOGRAPHY = {}
