"""Command line of the book: what the Makefile calls."""

import argparse
import functools
import http.server
import re
import sys

from book import comparison, labels, notebooks, rerun, reproduce, site, version

README = notebooks.ROOT / "README.md"
NUMBERS = notebooks.ROOT / "gapbook" / "data" / "figure_numbers.csv"
PICTURE = notebooks.ROOT / "_static" / "figure_1a.svg"


def references(names, report=print):
    """Execute chapters anew and write them beside their text, as what the tests compare with.

    A cell whose text is the same and whose data are the same within their tolerances keeps its outputs, so
    that another processor changes no file.
    """
    import nbformat

    paths = [path for path in notebooks.chapters() if not names or path.stem in names]
    unknown = set(names) - {path.stem for path in paths}
    if unknown:
        raise notebooks.ChapterError(f"no such chapter: {', '.join(sorted(unknown))}")
    NUMBERS.write_text(figure_numbers(), encoding="utf-8")
    notebooks.execute_all([path for path in paths if notebooks.stale(path)])
    for path in paths:
        reference = path.with_suffix(".ipynb")
        computed = nbformat.read(notebooks.executed(path), as_version=4)
        before, found = reference.read_bytes() if reference.exists() else b"", []
        if before:
            found = comparison.keep_the_same(path.stem, nbformat.reads(before.decode(), as_version=4), computed)
        notebooks.write(computed, reference)
        report("\n".join([f"  {path.stem}: {'the same' if reference.read_bytes() == before else 'written anew'}", *found]))
    PICTURE.write_text(readme_picture(), encoding="utf-8")
    README.write_text(readme(README.read_text(encoding="utf-8")), encoding="utf-8")


def figure_numbers():
    """The figures' numbers in the book, which their captions say in Jupyter too."""
    return "figure,number\n" + "".join(f"{name},{number}\n" for name, number in labels.Labels().figures().items())


def readme(text):
    """The README's text with the counts of the verdicts that the executed ledger holds."""
    from book import verdicts

    before, items, after = verdicts.summary(verdicts.read_verdicts(str(notebooks.CHAPTERS / "verdicts.ipynb")))
    lines = [before, "", *(f"- {item}" for item in items), "", after]
    return re.sub(
        r"(<!-- verdicts:[^>]*-->\n).*?(<!-- end of verdicts -->)",
        lambda marks: marks[1] + "\n".join(lines) + "\n" + marks[2],
        text,
        flags=re.DOTALL,
    )


def readme_picture():
    """Figure 1a as the README shows it: on white, since the page around it may be dark."""
    import nbformat

    chapter = nbformat.read(notebooks.CHAPTERS / "gaussian.ipynb", as_version=4)
    svg = notebooks.figures(chapter)["fig-1a"]
    return svg.replace('style="fill: none"', 'style="fill: #ffffff"', 1)


def serve(port):
    """Show the book at a local address until interrupted."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=site.HTML)
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        print(f"the book is at http://127.0.0.1:{port}/ (Ctrl-C ends)")
        server.serve_forever()


def main():
    parser = argparse.ArgumentParser(prog="python -m book", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("build", help="bring the static book up to date")
    make.add_argument("--pdf", action="store_true", help="with the book as one PDF; needs Chromium")
    refresh = commands.add_parser("references", help="refresh the committed notebooks")
    refresh.add_argument("names", nargs="*", help="chapters; all if none is named")
    again = commands.add_parser("run", help="execute a chapter with other parameters")
    again.add_argument("chapter")
    again.add_argument("parameters", nargs="*", metavar="name=value")
    twice = commands.add_parser("reproduce", help="compare the committed notebooks with new executions")
    twice.add_argument("names", nargs="*", help="chapters; all if none is named")
    new = commands.add_parser("version", help="write a new version's number, day and changelog section")
    new.add_argument("version", help="such as 0.2.0")
    commands.add_parser("dist", help="put wheel, book and notes of the version into dist")
    commands.add_parser("links", help="ask for every outside link of the book")
    show = commands.add_parser("serve", help="show the book locally")
    show.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    report = functools.partial(print, flush=True)
    try:
        if options.command == "build":
            site.build(report, options.pdf)
        elif options.command == "references":
            references(options.names, report)
        elif options.command == "run":
            rerun.run(options.chapter, options.parameters, report)
        elif options.command == "reproduce":
            reproduce.reproduce(options.names, report)
        elif options.command == "version":
            version.prepare(options.version, report)
        elif options.command == "dist":
            version.dist(report)
        elif options.command == "links":
            site.check_links(report)
        else:
            serve(options.port)
    except (notebooks.ChapterError, site.SiteError, version.VersionError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
