"""The book's own tooling: chapters to executed notebooks, notebooks to a static site."""


class BookError(Exception):
    """Something that a person can mend; the message says what, where and how."""
