"""A derivation beside the code that computes it: nothing that is ready puts them into one row."""

import itertools

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.transforms import SphinxTransform
from sphinx.util.docutils import SphinxDirective


class Derivation(SphinxDirective):
    """A step of a derivation; the code cell tagged `beside` that follows it stands next to it."""

    has_content = True
    option_spec = {"name": directives.unchanged}

    def run(self):
        step = nodes.container("", *self.parse_content_to_nodes(), classes=["derivation"])
        self.add_name(step)
        return [step]


class SideBySide(SphinxTransform):
    """Put each derivation and the cells beside it into one row."""

    default_priority = 500

    def apply(self, **kwargs):
        for step in list(self.document.findall(nodes.container)):
            if "derivation" not in step["classes"]:
                continue
            after = step.parent[step.parent.index(step) + 1 :]
            cells = list(itertools.takewhile(
                lambda node: isinstance(node, nodes.container) and "tag_beside" in node["classes"], after
            ))
            if not cells:
                continue
            row = nodes.container(classes=["side-by-side", "full-width"])
            step.parent.replace(step, row)
            for cell in cells:
                row.parent.remove(cell)
            beside = nodes.container("", *cells, classes=["beside"])
            row += [step, beside]


def setup(app):
    app.add_directive("derivation", Derivation)
    app.add_transform(SideBySide)
