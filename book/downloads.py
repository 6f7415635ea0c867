"""The whole book to take away: one zip of the site, one PDF printed by Chromium.

Jupyter Book's own `pdfhtml` starts a Chromium that Playwright would download, says nothing of what is wider than the
paper, and gives neither outline nor tags; nothing ready packs a site with the project that it was made from.
"""

import contextlib
import io
import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

from book import address, chromium, notebooks, pages, plain

PDF = pages.BUILD / "downloads" / "book.pdf"
STAMP = PDF.with_suffix(".key")
# A4 within its margins is 680 px wide: what does not fit there would be cut off.
PAPER = {"format": "A4", "margin": {"top": "18mm", "bottom": "18mm", "left": "15mm", "right": "15mm"}}
WIDTH = 680
# What the 25 MB of the whole site leave for the PDF.
WEIGHT = 5.05e6
# The project's files as patterns, for an unpacked zip or source distribution, where git does not know them.
WHERE_NO_GIT = (
    "[A-Z]*", "_*.yml", "*.bib", "conftest.py", "jupytext.toml", "pyproject.toml", "requirements.txt", ".gitignore",
    *(f"{folder}/**/*" for folder in (
        ".binder", ".ci", ".github", "_static", "benchmarks", "book", "chapters", "gapbook", "gapsim", "tests",
    )),
)
LEFT_BEHIND = {"__pycache__", ".ipynb_checkpoints"}
FOOTER = '<div style="font-size:8px;width:100%;text-align:center"><span class="pageNumber"></span></div>'
READY = """async () => {
  document.documentElement.dataset.theme = "light";
  // The code is on the pages and in the notebooks; on paper it would be every second sheet.
  document.querySelectorAll("details.hide").forEach(code => code.remove());
  // Every picture is in its chapter.
  document.querySelectorAll(".gallery img").forEach(picture => picture.remove());
  document.querySelectorAll("details").forEach(folded => { folded.open = true; });
  await MathJax.startup.promise;
  await document.fonts.ready;
  // What unfolds fades in, and would be printed half seen.
  document.getAnimations().forEach(animation => animation.finish());
  return [...document.querySelectorAll("mjx-container[display=true], pre, table")]
    .filter(node => node.scrollWidth > node.clientWidth + 1 || node.getBoundingClientRect().right > innerWidth)
    .map(node => node.textContent.slice(0, 80));
}"""


def is_current():
    """Whether there is a PDF of the book as it stands."""
    return PDF.exists() and notebooks.stamp(STAMP) == f"{pages.key()} {notebooks.file_hash(PDF)}"


def print_pdf(report=print):
    """Print the executed chapters, every fold open, unless the PDF is up to date.

    Raises
    ------
    SiteError
        If there is no Chromium, or if something is wider than the paper.
    """
    if is_current():
        return
    if chromium.path() is None:
        raise pages.SiteError("a PDF is printed by Chromium, which is not installed; `make book` makes the pages alone")
    from playwright.sync_api import sync_playwright

    source, output = pages.BUILD / "print", pages.BUILD / "printed"
    pages.stage(source)
    report("printing the book")
    folder = pages.render(source, output, "singlehtml")
    # Sphinx writes its links for a page at the top.
    page_file = shutil.copy(folder / "chapters" / "index.html", folder / "book.html")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.path(), args=chromium.FLAGS)
        printed = print_page(browser, page_file)
        browser.close()
    PDF.parent.mkdir(exist_ok=True)
    PDF.write_bytes(packed(printed))
    STAMP.write_text(f"{pages.key()} {notebooks.file_hash(PDF)}")
    shutil.rmtree(output)


def print_page(browser, path):
    """A page of the site as a PDF, every fold open.

    Raises
    ------
    SiteError
        If something is wider than the paper.
    """
    page = browser.new_page(viewport={"width": WIDTH, "height": 1000})
    page.set_default_timeout(600_000)
    page.goto(path.as_uri())
    page.emulate_media(media="print", color_scheme="light")
    clipped = page.evaluate(READY)
    if clipped:
        raise pages.SiteError("wider than the paper: " + "; ".join(clipped))
    return page.pdf(
        **PAPER, print_background=True, display_header_footer=True, header_template="<span></span>",
        footer_template=FOOTER, outline=True, tagged=True,
    )


def packed(printed):
    """A PDF with its small objects in compressed streams.

    Chromium writes every mark of what is a heading, a paragraph or a word of code as an object of its own,
    uncompressed: together they are larger than the pages.
    """
    import pikepdf

    small = io.BytesIO()
    pikepdf.settings.set_flate_compression_level(9)
    with pikepdf.open(io.BytesIO(printed)) as whole:
        whole.save(small, object_stream_mode=pikepdf.ObjectStreamMode.generate, recompress_flate=True)
    return small.getvalue()


def pack(html):
    """Put the PDF, if it is current, the notebooks and a zip of all into a finished site."""
    if is_current():
        shutil.copy(PDF, html)
    for path in notebooks.chapters():
        # Without the data behind the figures, which the page offers as tables.
        served = html / "_sources" / "chapters" / f"{path.stem}.ipynb"
        served.write_text(compact(plain.away(path, notebooks.read(served), address.given())), encoding="utf-8")
    zip_all(html)


def zip_all(html):
    """Put site and project into one zip, in the site; the pages in it offer neither zip nor PDF."""
    whole = html / "book.zip.new"
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(html.rglob("*")):
            name = path.relative_to(html)
            if path.is_dir() or path.name in ("book.zip", whole.name, PDF.name) or name.parts[0] == "_sources":
                continue
            content = path.read_bytes()
            if path.suffix == ".html":
                content = re.sub(rb'<ul class="whole-book">.*?</ul>', b"Here it is.", content, flags=re.S)
                content = content.replace(b"_sources/chapters/", b"project/chapters/")
            enter(archive, name, content)
        for path in project():
            # The chapters as this build executed them.
            executed = notebooks.executed(path) if path.suffix == ".ipynb" else path
            content = (executed if executed.exists() else path).read_bytes()
            enter(archive, Path("project", path.relative_to(notebooks.ROOT)), content)
    whole.replace(html / "book.zip")


def enter(archive, name, content):
    # A fixed time, so that the same site is the same zip.
    entry = zipfile.ZipInfo(f"book/{name.as_posix()}", (1980, 1, 1, 0, 0, 0))
    archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)


def compact(book):
    """A notebook's text with each source and picture in one line, as the format allows: a fourteenth fewer bytes."""
    import nbformat

    nbformat.validate(book)
    whole = json.loads(nbformat.writes(book, split_lines=False))
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")) + "\n"


def project():
    """Every file of the project, and nothing else that lies in its folder: what git tracks, and every chapter."""
    files = [path for pattern in WHERE_NO_GIT for path in notebooks.ROOT.glob(pattern)]
    # Not by a repository around this folder, which tracks something else.
    if (notebooks.ROOT / ".git").exists():
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            listed = ["git", "-C", notebooks.ROOT, "ls-files", "-z"]
            done = subprocess.run(listed, check=True, capture_output=True, text=True)
            files = [notebooks.ROOT / name for name in done.stdout.split("\0")]
    # A chapter may be newer than what git knows.
    files += [path.with_suffix(end) for path in notebooks.chapters() for end in (".md", ".ipynb")]
    return sorted({path for path in files if path.is_file() and not LEFT_BEHIND & set(path.parts)})
