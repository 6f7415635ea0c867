"""The book's own tooling: chapters to executed notebooks, notebooks to a static site."""
