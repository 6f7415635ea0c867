"""Command line of the book: what the Makefile calls."""

import os
import signal
import sys

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) == signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until `interruption` can say it in a sentence

from book import execution  # noqa: E402

if __name__ == "__main__":  # and before anything else is imported, which would read them
    execution.keep_settings_out()
    # Packages of another project would be taken for ours; those of this checkout are.
    for place in os.environ.pop("PYTHONPATH", "").split(os.pathsep):
        if place in sys.path[1:]:
            sys.path.remove(place)
    os.environ["PYTHONPATH"] = str(execution.notebooks.ROOT)

import argparse  # noqa: E402
import functools  # noqa: E402
import http.server  # noqa: E402
import re  # noqa: E402
import subprocess  # noqa: E402
import traceback  # noqa: E402
from pathlib import Path  # noqa: E402

from book import (  # noqa: E402
    BookError, cache, comparison, edits, interruption, labels, lock, notebooks, pages, rerun, reproduce, settings, site,
    version,
)

README = notebooks.ROOT / "README.md"
NUMBERS = notebooks.ROOT / "gapbook" / "data" / "figure_numbers.csv"
PICTURE = notebooks.ROOT / "_static" / "figure_1a.svg"


def references(names, report=print):
    """Execute chapters anew and write them beside their text, as what the tests compare with.

    A cell whose text is the same and whose data are the same within their tolerances keeps its outputs, so
    that another processor changes no file.
    """
    import nbformat

    paths = notebooks.chosen(names)
    edits.refuse(paths)
    NUMBERS.write_text(figure_numbers(), encoding="utf-8")
    cache.execute_all([path for path in paths if cache.stale(path)], report)
    for path in paths:
        reference = path.with_suffix(".ipynb")
        computed = notebooks.read(notebooks.executed(path))
        before, found = reference.read_bytes() if reference.exists() else b"", []
        if before:
            found = comparison.keep_the_same(path.stem, nbformat.reads(before.decode(), as_version=4), computed)
        same = notebooks.as_text(computed).encode() == before
        if not same:  # What is written from an execution is not confirmed by it: the next build makes another.
            cache.forget(path)
        notebooks.write(computed, reference)
        report("\n".join([f"  {path.stem}: {'the same' if same else 'written anew'}", *found]))
    PICTURE.write_text(readme_picture(), encoding="utf-8")
    README.write_text(readme(README.read_text(encoding="utf-8")), encoding="utf-8")


def figure_numbers():
    """The figures' numbers in the book, which their captions say in Jupyter too."""
    return "figure,number\n" + "".join(f"{name},{number}\n" for name, number in labels.Labels().figures().items())


def readme(text):
    """The README's text with the counts of the verdicts that the executed ledger holds."""
    from book.extension import verdicts

    said = verdicts.summary(verdicts.read_verdicts(str(notebooks.CHAPTERS / "verdicts.ipynb")))
    return re.sub(
        r"(<!-- verdicts:[^>]*-->\n).*?(<!-- end of verdicts -->)",
        lambda marks: marks[1] + said + "\n" + marks[2],
        text,
        flags=re.DOTALL,
    )


def readme_picture():
    """Figure 1a as the README shows it: on white, since the page around it may be dark."""
    import nbformat

    chapter = nbformat.read(notebooks.CHAPTERS / "gaussian.ipynb", as_version=4)
    svg = notebooks.figures(chapter)["fig-1a"]
    return svg.replace('style="fill: none"', 'style="fill: #ffffff"', 1)


def build(report, pdf=False):
    for path in notebooks.texts():
        notebooks.placed(path)
    edits.refuse(notebooks.chapters())
    site.build(report, pdf)


def serve(port, report):
    """Bring the book up to date and show it at a local address, which is asked for first, until interrupted."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=site.HTML)
    number = int(port) if port.isdecimal() else -1
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", number), handler)
    except (OSError, OverflowError) as error:
        why, other = getattr(error, "strerror", error), number + 1 if 0 < number < 65535 else 8000
        raise BookError(f"port {port} can't be used ({why}): choose another, such as PORT={other}") from None
    with server:
        with lock.held(pages.BUILD, report):
            settings.check()
            build(report)
        report(f"it is also at http://127.0.0.1:{server.server_port}/ (Ctrl-C ends)")
        server.serve_forever()


def lab(words):
    """JupyterLab on the chapters with nobody's settings; stored pictures are shown, since the chapters are trusted."""
    jupyter, chapters = Path(sys.executable).with_name("jupyter"), sorted(notebooks.CHAPTERS.glob("[!.]*.ipynb"))
    for path in chapters:
        notebooks.read(path)  # or says why not
    subprocess.run([jupyter, "trust", *chapters], check=True)
    os.execv(jupyter, [str(jupyter), "lab", str(notebooks.CHAPTERS), *words])


def arguments():
    parser = argparse.ArgumentParser(prog="python -m book", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    make = commands.add_parser("build", help="bring the static book up to date")
    make.add_argument("--pdf", action="store_true", help="with the book as one PDF; needs Chromium")
    for name, what in (
        ("references", "refresh the committed notebooks"),
        ("reproduce", "compare the committed notebooks with new executions"),
        ("edits", "bring what was edited in Jupyter over into the chapters' texts"),
    ):
        commands.add_parser(name, help=what).add_argument("names", nargs="*", help="chapters; all if none is named")
    again = commands.add_parser("run", help="execute chapters with other parameters; without a word, list them")
    again.add_argument("words", nargs="*", metavar="chapter ... name=value ...")
    new = commands.add_parser("version", help="write a new version's number, day and changelog section")
    new.add_argument("version", nargs="*", help="such as 0.2.0")
    commands.add_parser("dist", help="put wheel, book and notes of the version into dist")
    commands.add_parser("links", help="ask for every outside link of the book")
    chapters = commands.add_parser("lab", help="JupyterLab on the chapters")
    chapters.add_argument("words", nargs="*", help="its options, after --")
    show = commands.add_parser("serve", help="show the book locally")
    show.add_argument("--port", default="8000")
    return parser.parse_args()


def carry_out(options, report):
    """Do what was asked; whatever writes holds the lock."""
    if options.command == "serve":
        return serve(options.port, report)
    if options.command == "lab":
        return lab(options.words)
    with lock.held(pages.BUILD, report):
        if options.command != "edits":
            settings.check()
        if options.command == "build":
            build(report, options.pdf)
        elif options.command == "references":
            references(options.names, report)
        elif options.command == "edits":
            for path in notebooks.texts():
                settings.text(path)
            for path in notebooks.chosen(options.names):
                edits.bring_over(path, report)
        elif options.command == "run":
            rerun.run(options.words, report)
        elif options.command == "reproduce":
            reproduce.reproduce(options.names, report)
        elif options.command == "version":
            wanted = " ".join(options.version)
            version.refuse(wanted)
            build(report)  # since a book that fails has no version
            version.prepare(wanted, report)
        elif options.command == "dist":
            version.dist(report)
        else:
            pages.check_links(report)


def say(line):
    """Print a line at once; where nobody reads on, as after `make book | head -1`, this is the end."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        interruption.end(signal.SIGPIPE, None)


def main():
    """Carry out a command; what goes wrong is one sentence, and the variable BOOK_TRACEBACK shows where."""
    options = arguments()
    interruption.obey()
    try:
        carry_out(options, say)
    except KeyboardInterrupt as error:
        print("interrupted; what was finished before is kept", file=sys.stderr, flush=True)
        # Without waiting for threads that wait for what was killed.
        os._exit(128 + error.args[0])
    except Exception as error:
        if os.environ.get("BOOK_TRACEBACK"):
            raise
        sys.exit(f"error: {in_words(error)}")


def in_words(error):
    if isinstance(error, BookError):
        return str(error)
    if isinstance(error, OSError) and error.filename:
        built = Path(error.filename).is_relative_to(pages.BUILD)
        way_out = "`make clean` removes all that was built" if built else "BOOK_TRACEBACK=1 shows for what"
        return f"{error.filename} can't be used ({error.strerror}); {way_out}"
    *_, (frame, line) = traceback.walk_tb(error.__traceback__)
    where = f"in {frame.f_code.co_filename}, line {line}"
    return f"{type(error).__name__}: {error} ({where}); BOOK_TRACEBACK=1 shows all of it"


if __name__ == "__main__":
    main()
