"""The bibliography, each work under the name by which the text cites it: Xu et al. (2010).

sphinxcontrib-bibtex does the work; none of its own styles has a list of works under these names, and round brackets.
"""

from dataclasses import dataclass, field

from pybtex.plugin import register_plugin
from pybtex.style.formatting.plain import Style
from pybtex.style.labels import BaseLabelStyle
from sphinxcontrib.bibtex.plugin import register_plugin as register_style
from sphinxcontrib.bibtex.style.referencing import BracketStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle

from book import labels


class CitedAs(BaseLabelStyle):
    def format_labels(self, sorted_entries):
        return map(labels.cited_as, sorted_entries)


class BookStyle(Style):
    default_label_style = CitedAs


def round_brackets():
    return BracketStyle(left="(", right=")")


@dataclass
class Cited(AuthorYearReferenceStyle):
    bracket_parenthetical: BracketStyle = field(default_factory=round_brackets)
    bracket_textual: BracketStyle = field(default_factory=round_brackets)


def setup(app):
    register_style("sphinxcontrib.bibtex.style.referencing", "book", Cited)
    register_plugin("pybtex.style.formatting", "book", BookStyle)
