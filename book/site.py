"""The static site: brought up to date, built beside the last good one, then one swap.

`jupyter-book build` alone writes into the last site, and leaves a mixture of both where it fails.
"""

import shutil

from book import cache, downloads, notebooks, pages
from book.pages import SiteError

HTML = pages.BUILD / "html"
KEY = pages.BUILD / "site.key"


def build(report=print, pdf=False):
    """Bring the book up to date and return the path of its first page; with a PDF if asked to.

    Chapters are executed only where something they depend on changed. The site is then built from
    scratch beside the last good one, since an incremental build would keep stale numbers that one
    page takes from another, and takes its place only if there was no warning. Where a finished site is
    not what this function left, a page edited, deleted or cut off, it is built anew. Only the zip is, where
    something of the project changed that is on no page, such as a test.
    """
    stale = [path for path in notebooks.chapters() if cache.stale(path)]
    if stale:
        cache.execute_all(stale, report)
    if pdf:
        downloads.print_pdf(report)
    made_of = f"{pages.key()} {'with' if downloads.is_current() else 'without'} PDF"
    site, project, kept = f"{made_of} {finished()}", notebooks.digest(downloads.project()), notebooks.stamp(KEY)
    if kept == f"{site} {project}":
        report("nothing changed")
    else:
        if kept.startswith(f"{site} "):
            report("packing the zip")
            downloads.zip_all(HTML)
        else:
            _build_site(report)
        KEY.write_text(f"{made_of} {finished()} {project}")
    report(f"the book is at {HTML / 'index.html'}")
    return HTML / "index.html"


def finished():
    """Hash of the finished site."""
    return notebooks.digest(sorted(path for path in HTML.rglob("*") if path.is_file()), folder=HTML)


def _build_site(report):
    pages.stage(pages.SOURCE)
    report("building the site")
    try:
        html = pages.render(pages.SOURCE, pages.OUTPUT, BOOK_PDF="yes" if downloads.is_current() else "")
        downloads.pack(html)
        replace(HTML, html)
    except SiteError as error:
        raise SiteError(f"{error}\nthe last good book is left as it was") from None


def replace(folder, new):
    """Put a finished folder in the place of the one before."""
    last = folder.with_name(f"{folder.name}.last")
    shutil.rmtree(last, ignore_errors=True)
    if folder.exists():
        folder.rename(last)
    new.rename(folder)
    shutil.rmtree(last, ignore_errors=True)
