"""The book's own tooling: chapters to executed notebooks, notebooks to a static site."""

import sys

# A grammar of web addresses that jsonschema, and so nbformat, compiles for a second at each start, and that notebooks don't need.
sys.modules.setdefault("rfc3987_syntax", None)


class BookError(Exception):
    """Something that a person can mend; the message says what, where and how."""
