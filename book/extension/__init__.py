"""The book's Sphinx extension: each module is one thing that the pages have and no extension that is ready gives them."""

from pathlib import Path

from book import address
from book.extension import (
    api, beside, bibliography, chapters, colophon, crossreferences, description, explorer, figures, names, offline, orientation,
    previews, verdicts,
)

# Several see to the same event, in this order.
PARTS = (
    chapters, figures, api, beside, explorer, orientation, crossreferences, offline, names, description, verdicts, colophon, address,
    bibliography, previews,
)


def prefer_own_templates(app, config):
    config.templates_path.insert(0, str(Path(__file__).with_name("templates")))


def setup(app):
    app.connect("config-inited", prefer_own_templates, priority=900)
    for part in PARTS:
        part.setup(app)
