"""The built book in a real browser: offline, without errors, readable by everybody."""

import contextlib
import functools
import gzip
import http.server
import re
import threading
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import sync_playwright

from book import chromium
from book.notebooks import ROOT
from book.site import HTML
from gapsim import BernoulliModel, GaussianModel, NormalDesign, PoissonDesign, RegressionModel

PAGES = sorted(
    path.relative_to(HTML).as_posix()
    for path in HTML.rglob("*.html")
    if "_static" not in path.parts and path != HTML / "index.html"
)
HEIGHTS = {1400: 1000, 390: 844}

# Text that a reader sees, code aside, in which formulas or roles were left as they were written.
UNRENDERED = r"""() => {
  const found = [...document.querySelectorAll("mjx-merror, [data-mjx-error], .math:not(:has(mjx-container))")]
    .map(node => node.textContent);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.parentElement.closest("pre, code, script, style, noscript, mjx-container")
        && /\$|\\[(\[a-z]|\{[a-z:]+\}`/.test(node.data)) found.push(node.data.trim());
  }
  return found;
}"""

# What sticks out of the page, or could only be reached by scrolling the page sideways.
OVERFLOW = """() => {
  const root = document.documentElement;
  const scrolls = node => node && node !== document.body
    && (getComputedStyle(node).overflowX !== "visible" || scrolls(node.parentElement));
  const out = [...document.querySelectorAll("main *")]
    .filter(node => node.getBoundingClientRect().right > root.clientWidth + 1
      && node.checkVisibility() && !scrolls(node));
  return (root.scrollWidth > root.clientWidth ? [`page is ${root.scrollWidth} px wide`] : [])
    .concat(out.slice(0, 5).map(node => node.outerHTML.slice(0, 200)));
}"""

# Formulas, tables and pictures that a reader sees a part of; what is folded is unfolded, but for code.
CLIPPED = """() => {
  const folds = [...document.querySelectorAll("article details:not([open], .hide)")];
  folds.forEach(fold => (fold.open = true));
  const out = [...document.querySelectorAll("article :is(div.math, mjx-container[display=true], figure, img, table, "
    + ".pst-scrollable-table-container)")]
    .filter(node => node.scrollWidth > node.clientWidth + 1 && node.checkVisibility()
      && getComputedStyle(node).overflowX !== "visible")
    .map(node => `clipped by ${node.scrollWidth - node.clientWidth} px: ${node.outerHTML.slice(0, 80)} ${node.textContent.trim().slice(0, 60)}`);
  folds.forEach(fold => (fold.open = false));
  return out;
}"""
LAPTOPS = (1200, 1280, 1366, 1920)

# What is cut off, or scrolls sideways and does not show that it goes on; if asked to in folds too, which tell that they were
# opened a moment later.
SILENT = """async inFolds => {
  const folds = inFolds ? [...document.querySelectorAll("article details:not([open])")] : [];
  folds.forEach(fold => (fold.open = true));
  if (folds.length) await new Promise(resolve => setTimeout(resolve, 50));
  const seen = node => node.querySelector(":scope > mjx-container > mjx-math") ?? node;
  const wide = node => node.matches("span.math")
    ? seen(node).getBoundingClientRect().right > node.getBoundingClientRect().right + 2 : node.scrollWidth > node.clientWidth + 2;
  const out = [...document.querySelectorAll("article *")]
    .filter(node => wide(node) && node.checkVisibility()
      && getComputedStyle(node).overflowX !== "visible" && !node.matches(".goes-on, .goes-on *, table, mjx-assistive-mml, mjx-ext"))
    .map(node => `cut off or scrolls unseen: ${node.outerHTML.slice(0, 120)} ${node.textContent.trim().slice(0, 60)}`);
  folds.forEach(fold => (fold.open = false));
  return out;
}"""

LETTERS = "size => { document.documentElement.style.fontSize = size; }"

SETTLED = """async () => {
  if (window.MathJax) await MathJax.startup.promise;
  await document.fonts.ready;
  document.getAnimations().forEach(animation => animation.finish());
}"""


# Most of a page are the glyphs of its formulas and the words of its code, and take most of the browser's time. Glyphs hold no
# text and are hidden from assistive technology: boxes of their size take their place where they are shown. Of words in code,
# but for those of one character, which axe does not judge, three stay that have one class and look alike.
THINNED = """() => {
  const folds = [...document.querySelectorAll("details:not([open])")];
  folds.forEach(fold => (fold.open = true));
  const boxes = [...document.querySelectorAll("mjx-math")].map(glyphs => {
    const {width, height} = glyphs.getBoundingClientRect(), em = parseFloat(getComputedStyle(glyphs).fontSize);
    const [wide, high] = [`${width / em}em`, `${height / em}em`];
    return width && [glyphs, `display: inline-block; width: ${wide}; height: ${high}; min-width: ${wide} !important`];
  }).filter(Boolean);
  for (const [glyphs, box] of boxes) {
    glyphs.replaceChildren();
    glyphs.style.cssText = box;
  }
  folds.forEach(fold => (fold.open = false));
  for (const formula of document.querySelectorAll("mjx-assistive-mml math")) formula.textContent = formula.textContent;
  const look = node => { const {color, backgroundColor, font} = getComputedStyle(node); return [color, backgroundColor, font]; };
  const seen = {}, kind = token => {
    const block = token.closest("pre");
    return [token.className, ...[token, block, block.parentElement].flatMap(look)].join();
  };
  const tokens = [...document.querySelectorAll("pre span:not(:has(*))")].filter(token =>
    token.textContent.length < 2 || !token.checkVisibility() || (seen[kind(token)] = (seen[kind(token)] ?? 0) + 1) > 3);
  for (const token of tokens) token.replaceWith(...token.childNodes);
}"""

ONLY_ITS_HEADING = """() => {
  const article = document.querySelector("article");
  article?.replaceChildren(...article.querySelectorAll("h1"));
}"""

# What scrolls is a tab stop; after a change of width the theme takes a third of a second to see to it.
NOT_YET_A_STOP = """() => [...document.querySelectorAll("[tabindex='-1']")]
  .some(node => node.scrollWidth > node.clientWidth)"""


@pytest.fixture(scope="module")
def browser():
    if chromium.path() is None:
        pytest.skip("the pages in a browser, since Chromium is not installed")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=chromium.path(), args=chromium.FLAGS)


@pytest.fixture(scope="module")
def address():
    if not PAGES:
        pytest.skip("the book in a browser, since it is not built: run `make book`")

    class Silent(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Silent, directory=HTML)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@contextlib.contextmanager
def watched(page, home):
    """What goes wrong in a page, and `page.loaded`, what it asked for, meanwhile."""
    page.loaded, problems = set(), []

    def answered(answer):
        page.loaded.add(answer.url)
        if not answer.ok:
            problems.append(f"{answer.status}: {answer.url}")

    listeners = {
        "console": lambda line: line.type == "error" and problems.append(line.text),
        "pageerror": lambda error: problems.append(str(error)),
        "requestfailed": lambda request: problems.append(f"failed: {request.url}"),
        "request": lambda request: request.url.startswith((home, "data:", "blob:"))
        or problems.append(f"outside: {request.url}"),
        "response": answered,
    }
    for event, listener in listeners.items():
        page.on(event, listener)
    try:
        yield problems
    finally:  # the next test may go on with the same page
        for event, listener in listeners.items():
            page.remove_listener(event, listener)


@contextlib.contextmanager
def fresh(browser, width=1400, **options):
    """A page with no past."""
    context = browser.new_context(viewport={"width": width, "height": HEIGHTS[width]}, reduced_motion="reduce", **options)
    context.set_default_timeout(120_000)  # a machine may be busy
    yield context.new_page()
    context.close()


@contextlib.contextmanager
def opened(browser, url, home, width=1400, **options):
    """A page in a fresh context, and the list of what goes wrong in it."""
    with fresh(browser, width, **options) as page, watched(page, home) as problems:
        page.goto(url)
        if options.get("java_script_enabled", True):
            page.evaluate(SETTLED)
        yield page, problems


@pytest.fixture(scope="module")
def reader(browser):
    """Who goes from page to page: the scripts that all have are compiled once."""
    with fresh(browser) as page:
        yield page


@functools.cache
def gzipped(file):
    return len(gzip.compress(file.read_bytes()))


def weight(page, limit):
    """Whether what a page loaded weighs more, each file gzipped, than a first visit should cost."""
    total = sum(map(gzipped, {HTML / unquote(urlsplit(url).path) for url in page.loaded}))
    return [f"loads {total / 1e6:.2f} MB gzipped"] if total > limit else []


# Contrast takes most of axe's time. It depends on what is written in which size and weight on what: of texts that have all that
# alike, as far as the elements around them tell it, three are judged, and every field of a form. Those of one character are
# none, and axe judges what is scrolled to.
AUDIT = r"""async () => {
  const seen = {}, nothing = ["rgba(0, 0, 0, 0)", "none", "1", "static"], known = new Map([[null, ""]]);
  const around = node => {
    if (!known.has(node)) {
      const {backgroundColor, backgroundImage, opacity, position} = getComputedStyle(node);
      const own = [backgroundColor, backgroundImage, opacity, position].filter(part => !nothing.includes(part));
      known.set(node, [...own, around(node.parentElement)].join());
    }
    return known.get(node);
  };
  const look = node => {
    const {color, fontSize, fontWeight} = getComputedStyle(node);
    return [color, fontSize, fontWeight, around(node)].join();
  };
  const texts = [...document.querySelectorAll("body *")].filter(node =>
    [...node.childNodes].some(child => child.nodeType === Node.TEXT_NODE && child.data.trim().length > 1)
    && node.checkVisibility());
  document.querySelectorAll(".bd-sidebar").forEach(node => (node.scrollTop = 0));
  for (const node of texts) node.toggleAttribute("data-example", (seen[look(node)] = (seen[look(node)] ?? 0) + 1) <= 3);
  axe.configure({rules: [{id: "color-contrast", selector: "[data-example], input, select, textarea"}]});
  // Without `preload`, which fetches style sheets a second time and cannot from a file.
  const {violations} = await axe.run({resultTypes: ["violations"], preload: false});
  return violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html.replace(/\s+/g, " ").slice(0, 200)}`));
}"""


def violations(page):
    """What axe-core has against a page, one line for each element; the page is then only for another audit."""
    page.evaluate(THINNED)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return page.evaluate(AUDIT)


# One of each kind of page: what is around the article differs by the kind, and by where the reader is in the contents.
KINDS = ("chapters/index", "chapters/gaussian", "chapters/appendix_h", "chapters/api", "_modules/gapsim/gaussian", "genindex", "search")


@pytest.mark.parametrize("name", PAGES or ["(none)"])
def test_page(reader, name):
    """From a file, where least is allowed; as narrow as a telephone and as wide as laptops are.

    What sticks out is looked for on the whole page narrow and wide, and with boxes for its formulas in other looks, larger letters
    among them. axe sees
    each page narrow and dark, and wide and light, with examples for the contrast; of one of each kind, what is around the
    article in the other two looks.
    """
    page, home = reader, f"{HTML.as_uri()}/"

    def show(width, mode):
        page.set_viewport_size({"width": width, "height": HEIGHTS.get(width, 900)})
        if page.evaluate("document.documentElement.dataset.theme") != mode:
            page.emulate_media(color_scheme=mode)
            page.wait_for_selector(f"html[data-theme={mode}]")
        page.evaluate(SETTLED)

    def look(width, mode):
        show(width, mode)
        # What is in folds is as wide in the dark.
        seen = page.evaluate(OVERFLOW)
        seen += page.evaluate(SILENT, mode == "light") if width == 390 else page.evaluate(CLIPPED)
        return [f"{width} px, {mode}: {problem}" for problem in seen]

    def audit(width, mode):
        show(width, mode)
        if page.evaluate(NOT_YET_A_STOP):
            page.wait_for_timeout(400)
        return [f"{width} px, {mode}: {problem}" for problem in violations(page)]

    with watched(page, home) as problems:
        # As a telephone does, which never changes its width: what a page sees to when it is loaded is seen to here.
        page.set_viewport_size({"width": 390, "height": HEIGHTS[390]})
        page.emulate_media(color_scheme="light")
        page.goto(home + name)
        page.evaluate(SETTLED)
        problems += page.evaluate(UNRENDERED) + weight(page, 1.0e6 if name == "chapters/index.html" else 1.2e6)
        problems += look(390, "light") + look(1400, "light")
        page.evaluate(THINNED)
        for width in LAPTOPS:
            problems += look(width, "light")
        # As somebody reads it who needs larger letters.
        for width, size in ((320, "100%"), (390, "200%")):
            show(width, "light")
            page.evaluate(LETTERS, size)
            problems += [f"{width} px, letters of {size}: {problem}" for problem in page.evaluate(OVERFLOW)]
        page.evaluate(LETTERS, "100%")
        problems += audit(1400, "light") + look(390, "dark") + audit(390, "dark")
        if name.removesuffix(".html") in KINDS:
            # The article is left out of the page, since axe would walk through all of it to leave it out; its heading is
            # the page's.
            page.evaluate(ONLY_ITS_HEADING)
            problems += audit(390, "light") + audit(1400, "dark")
    assert not problems, "\n".join(problems)


def test_no_style_reaches_into_formulas_and_in_the_dark_colours_alone_are_others():
    """So that boxes for formulas, and one whole look in the dark less, hide nothing."""
    styles = (ROOT / "_static" / "book.css").read_text(encoding="utf-8")
    assert not re.search(r"mjx-(?!container)", styles)
    for rule in re.findall(r"[^{}]*theme=\"?dark[^{}]*\{([^{}]*)\}", styles):
        assert not set(re.findall(r"([\w-]+):", rule)) - {"--pst-color-link", "--pst-color-primary", "background", "color", "filter"}, rule


@pytest.mark.parametrize(("name", "which", "style"), [
    ("chapters/conclusion", "article section:last-of-type > p:last-of-type", "color: #8a8a8a"),
    ("chapters/conclusion", "article", "background: #999999"),
    ("chapters/conclusion", "article h2", "opacity: 0.4"),
    ("_modules/gapsim/gaussian", "pre .k", "color: #cccccc"),
    ("_modules/gapsim/designs", "pre .mi", "color: #cccccc"),
    ("chapters/index", "gap-explorer select", "background: #ffffff; color: #bbbbbb"),
    ("chapters/conclusion", "article section:last-of-type > p:last-of-type", "position: relative; background: #999999"),
    ("search", "input[type=search]", "background: #ffffff; color: #bbbbbb"),
])
def test_what_is_hard_to_read_is_found(reader, name, which, style):
    reader.set_viewport_size({"width": 1400, "height": HEIGHTS[1400]})
    reader.emulate_media(color_scheme="light")
    reader.goto(f"{HTML.as_uri()}/{name}.html")
    reader.evaluate(SETTLED)
    important = style.replace(";", " !important;")
    reader.add_style_tag(content=f"{which} {{{important} !important}}")
    assert any(line.startswith("color-contrast: ") for line in violations(reader))


def test_each_kind_of_page_is_among_the_pages():
    assert not PAGES or {f"{name}.html" for name in KINDS} <= set(PAGES)


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_search_finds_the_gaussian_chapter(browser, address, scheme):
    home = address if scheme == "http" else f"{HTML.as_uri()}/"
    with opened(browser, f"{home}search.html?q=gaussian", home) as (page, problems):
        page.wait_for_selector("#search-results li a")
        links = page.eval_on_selector_all("#search-results li a", "all => all.map(a => a.href)")
        assert any("chapters/gaussian.html" in link for link in links)
        page.wait_for_timeout(500)  # the summaries come after the links
        quoted = page.locator("#search-results .context").all_inner_texts()
        assert (len(quoted) > 5) == (scheme == "http")
        for text in quoted:
            assert not re.search(r"Skip to main|Ctrl|Show the code|Hide the code|Contents|\\|\.ipynb", text), text
        assert not problems


@pytest.mark.parametrize("scheme", ["http", "file"])
def test_links_show_what_they_lead_to(browser, address, scheme):
    """By pointer and by keyboard: a formula of the page, a statement, a figure and a work of others."""
    home = address if scheme == "http" else f"{HTML.as_uri()}/"
    with opened(browser, f"{home}chapters/discussion.html", home) as (page, problems):
        tip = page.locator("#preview")

        def shown(link, by):
            link.scroll_into_view_if_needed()
            link.hover() if by == "pointer" else page.keyboard.press("Tab") or link.focus()
            page.wait_for_selector("#preview:not([hidden])")
            assert link.get_attribute("aria-describedby") == "preview"
            box = tip.bounding_box()
            assert 0 <= box["x"] and box["x"] + box["width"] <= 1400 and box["height"] > 20
            return tip.inner_text()

        here = page.locator("article a[href='#equation-eq-one-curve']").first
        shown(here, "pointer")
        assert tip.locator("mjx-container").count() and not tip.locator("[id]").count()
        page.keyboard.press("Escape")
        assert tip.is_hidden() and here.get_attribute("aria-describedby") is None
        assert "previews/shown.js" not in " ".join(page.loaded)
        statement = page.locator("article a[href='appendix_a.html#thm-turning-point']").first
        assert "turn" in shown(statement, "keyboard").lower()
        assert "previews/shown.js" in " ".join(page.loaded) and tip.locator("mjx-container").count()
        work = page.locator("article a[href^='bibliography.html#id']").first
        assert "Chen" in shown(work, "keyboard")
        assert not violations(page) and not problems
    with opened(browser, f"{home}chapters/gallery.html", home) as (page, problems):
        page.locator("article a[href='gaussian.html#fig-limit']").first.hover()
        page.wait_for_function("document.querySelector('#preview img')?.naturalWidth > 0")
        assert page.locator("#preview figcaption").count() and not problems


def test_what_a_scroll_brings_under_a_resting_pointer_shows_nothing(browser, address):
    with opened(browser, f"{address}chapters/discussion.html", address) as (page, _):
        tip = page.locator("#preview")
        link = page.locator("article a[href='appendix_a.html#thm-turning-point']").first
        x, y = page.evaluate("""link => {
          const {x, y, height} = link.getClientRects()[0];
          scrollTo({top: scrollY + y - 500, behavior: "instant"});
          return [x + 5, 500 + height / 2];
        }""", link.element_handle())
        page.mouse.move(x, y)
        page.wait_for_selector("#preview:not([hidden])")
        page.keyboard.press("Escape")
        for step in (300, -300):
            page.evaluate("step => scrollBy({top: step, behavior: 'instant'})", step)
            page.wait_for_timeout(600)
        under = page.evaluate("at => document.elementFromPoint(...at).closest('a')?.hash", [x, y])
        assert under == "#thm-turning-point" and tip.is_hidden()
        page.mouse.move(x + 3, y)
        page.wait_for_selector("#preview:not([hidden])")


def test_a_proof_has_its_end_and_no_box(browser, address):
    """The theme has rules for its boxes that win over weaker ones."""
    seen = """node => [getComputedStyle(node, "::after").content, getComputedStyle(node).boxShadow]"""
    with opened(browser, f"{address}chapters/appendix_e.html", address) as (page, _):
        ends = [page.evaluate(seen, node) for node in page.query_selector_all("article div.proof")]
        proofs = page.locator("article [class='proof admonition']").count()
    assert {shadow for _, shadow in ends} == {"none"}
    assert 0 < sum("∎" in content for content, _ in ends) == proofs < len(ends)


def test_what_a_wider_window_leaves_too_narrow_can_be_reached(browser, address):
    """The sidebar comes out beside the article a moment after the window has its width."""
    wide = """() => [...document.querySelectorAll("article span.math")].filter(node => {
      const glyphs = node.querySelector("mjx-math");
      return glyphs?.getBoundingClientRect().right > node.getBoundingClientRect().right + 2;
    }).map(node => node.matches(".scrolls.goes-on") && node.tabIndex === 0)"""
    with opened(browser, f"{address}chapters/verdicts.html", address, 390) as (page, _):
        page.set_viewport_size({"width": 1000, "height": 900})
        page.wait_for_timeout(500)
        reached = page.evaluate(wide)
    assert len(reached) > 5 and all(reached)


# Of one, in a fold that shows only its name; of a section that holds claims; of an equation within a proof; none at all.
@pytest.mark.parametrize(("name", "place", "unfolds"), [
    ("introduction", "claim-data-always-expands", True), ("introduction", "what-this-book-adds", False),
    ("dimensions", "equation-eq-dim-bound", True), ("introduction", "%E0%A4%A", False),
])
def test_a_link_unfolds_what_it_leads_to_and_nothing_else(browser, address, name, place, unfolds):
    folds = """place => [...document.querySelectorAll("article details[open]:not(.hide)")]
      .map(fold => fold === document.getElementById(place) || fold.contains(document.getElementById(place)))"""
    for typed in (f"#{place}", ""):
        with opened(browser, f"{address}chapters/{name}.html{typed}", address, 390) as (page, problems):
            if not typed:
                assert page.evaluate(folds, place) == []
                page.evaluate("place => { location.hash = place; }", place)
                page.wait_for_function("place => location.hash.endsWith(place)", arg=place)
            assert page.evaluate(folds, place) == [True] * unfolds and not problems
            if unfolds:
                assert 0 <= page.locator(f"[id='{place}']").bounding_box()["y"] < HEIGHTS[390]


def test_a_dark_page_is_printed_in_the_light(browser, address):
    look = """() => ["body", "h1", "article img"].map(node => getComputedStyle(document.querySelector(node)))
      .flatMap(({backgroundColor, color, filter}) => [backgroundColor, color, filter])"""
    with opened(browser, f"{address}chapters/preliminaries.html", address, color_scheme="light") as (page, _):
        light = page.evaluate(look)
    with opened(browser, f"{address}chapters/preliminaries.html", address, color_scheme="dark") as (page, problems):
        dark = page.evaluate(look)
        page.evaluate(f"() => addEventListener('beforeprint', () => (window.onPaper = ({look})()))")
        page.pdf()
        assert page.evaluate("window.onPaper") == light != dark == page.evaluate(look) and not problems


def test_without_scripts_formulas_can_be_read_to_their_ends(browser, address):
    cut = """() => [...document.querySelectorAll("article span.math")].filter(node =>
      node.scrollWidth > node.clientWidth + 1 && node.checkVisibility()).map(node => getComputedStyle(node).overflowX)"""
    with opened(browser, f"{address}chapters/verdicts.html", address, 390, java_script_enabled=False) as (page, _):
        page.evaluate("document.querySelectorAll('article details').forEach(fold => (fold.open = true))")
        overflows = page.evaluate(cut)
        assert len(overflows) > 5 and set(overflows) == {"auto"}


def test_the_sections_in_the_sidebar_keep_from_the_line_beside_them(browser, address):
    with opened(browser, f"{address}chapters/gaussian.html", address) as (page, _):
        [line, *links] = page.evaluate("""() => [document.querySelector(".page-sections ul"), ...document.querySelectorAll(
          ".page-sections a")].map(node => node.getBoundingClientRect().left)""")
        current = page.evaluate("""() => { const link = document.querySelector(".page-sections a");
          const plain = getComputedStyle(link).color; link.setAttribute("aria-current", ""); return [plain, getComputedStyle(link).color]; }""")
    assert len(links) > 5 and min(links) >= line + 8 and len(set(links)) == 2
    assert len(set(current)) == 2  # that of the one being read is another


def test_verdicts_can_be_filtered_by_outcome(browser, address):
    with browser.new_page() as page:
        page.goto(f"{address}chapters/verdicts.html")
        rows = page.locator("table.verdicts:not(.own) tbody tr")
        total = rows.count()
        page.get_by_role("button", name="✗ does not hold").click()
        left = [row.inner_text() for row in rows.all() if row.is_visible()]
        assert 0 < len(left) < total and all(text.startswith("✗") for text in left)
        page.get_by_role("button", name="all (").click()
        assert sum(row.is_visible() for row in rows.all()) == total


def test_keyboard_focus_is_visible(browser, address):
    with opened(browser, f"{address}chapters/findings.html", address) as (page, _):
        stops = []
        for _ in range(12):
            page.keyboard.press("Tab")
            stops.append(page.evaluate(
                "[document.activeElement.outerHTML, getComputedStyle(document.activeElement).outlineWidth]"
            ))
        assert len({html for html, _ in stops}) > 8
        assert {width for _, width in stops} == {"3px"}, stops
        # What has no height has its mark on what is in it.
        page.locator(".bd-sidebar-primary summary").first.focus()
        seen = """() => [document.activeElement, document.activeElement.firstElementChild]
          .map(node => [getComputedStyle(node).outlineStyle, node.offsetHeight > 20])"""
        assert page.evaluate(seen) == [["none", False], ["solid", True]]


# Ties (n eps / theta whole), decimals that floats miss, both sides of eps = mean, n from 1 to 500.
SIZES = [1, 2, 3, 4, 5, 10, 25, 60, 100, 137, 500]


def test_explorer_agrees_with_the_module(browser, address):
    with opened(browser, f"{address}chapters/index.html", address) as (page, _):
        def explorer(call, *arguments):
            return page.evaluate(f"a => customElements.get('gap-explorer').models.{call}(...a)", arguments)

        for eps in (0.01, 0.5, 0.95, 0.99, 1, 1.5):
            for noise in (0.5, 2, 6):
                model = GaussianModel(1.0, noise)
                for n in SIZES:
                    assert explorer("gaussian.gap", n, eps, noise) == pytest.approx(model.gap(n, eps), rel=1e-11, abs=1e-300)
                assert explorer("gaussian.limit", eps) == model.limit(eps)
                turn = page.evaluate(
                    "a => String(customElements.get('gap-explorer').models.gaussian.turn(...a))", [eps, noise]
                )
                assert float(turn) == pytest.approx(model.turning_point(eps).item(), rel=1e-9)
        for eps in (0.01, 0.06, 0.07, 0.2, 0.3, 0.56, 1):
            for tau in (0.05, 0.2, 0.3, 0.7, 0.95):
                model = BernoulliModel(1.0, tau)
                for n in SIZES:
                    assert explorer("bernoulli.gap", n, eps, tau) == pytest.approx(model.gap(n, eps), abs=1e-9)
                    assert explorer("bernoulli.center", n, eps, tau) == pytest.approx(
                        model.strip_center(n, eps), abs=1e-9
                    )
                    assert explorer("bernoulli.halfwidth", n, eps, tau) == pytest.approx(
                        model.strip_halfwidth(n), abs=1e-9
                    )
                assert explorer("bernoulli.limit", eps, tau) == pytest.approx(model.limit(eps), abs=1e-12)


def test_explorer_shows_the_regression_as_the_module_computes_it(browser, address):
    with opened(browser, f"{address}chapters/explorer.html", address) as (page, problems):
        curves = page.evaluate("window.gapCurves")
        for key, design in (("regression", NormalDesign()), ("poisson", PoissonDesign())):
            table = curves[key]
            for j, i in enumerate((0, len(table["eps"]) // 2, len(table["eps"]) - 1)):
                eps, noise, n = table["eps"][i], table["noise"][j], table["n"][10]
                model = RegressionModel(design, 1.0, noise)
                call = f"customElements.get('gap-explorer').models.{key}"
                assert page.evaluate(f"{call}.gap({n}, {eps}, {noise})") == pytest.approx(model.gap(n, eps), rel=1e-6)
                assert page.evaluate(f"{call}.limit({eps}, {noise})") == pytest.approx(model.limit(eps), rel=1e-7)
                assert page.evaluate(f"{call}.threshold({eps}, {noise})") == pytest.approx(model.threshold(), rel=1e-7)
            page.select_option("gap-explorer select", key)
            assert "limit" in page.locator("gap-explorer .seen").inner_text()
            assert not violations(page) and not problems


SAID = """([key, settings, last]) => {
  const {models, words} = customElements.get("gap-explorer"), model = models[key];
  const sizes = model.curves?.n.filter(n => n <= last) ?? Array.from({length: last}, (_, k) => k + 1);
  return settings.map(([eps, noise]) => words(model, {eps, noise}, 1, sizes, sizes.map(n => model.gap(n, eps, noise))));
}"""
NUMBER = r"(\S+(?: \u00d7 10\S+)?)"


def said_number(text):
    """The number that the explorer's words mean."""
    raised = str.maketrans("\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207b\u2212", "0123456789--")
    return float(text.translate(raised).replace(" \u00d7 10", "e").rstrip(".,;:"))


def found(pattern, words):
    match = re.search(pattern, words)
    return match and said_number(match[1])


def check_words(words, sizes, gap, center, limit, turn):
    """Hold every number and every direction that the words state against exact curves."""
    zeros = gap.size if not gap.any() else int((gap != 0).argmax())
    assert (found(rf"is 0 up to n = {NUMBER}", words) or 0) == (sizes[zeros - 1] if zeros else 0), words
    if zeros < gap.size:
        assert found(rf"the gap is {NUMBER};", words) == pytest.approx(gap[-1], rel=6e-3, abs=1e-300), words
        assert found(rf"up to there is {NUMBER}, at", words) == pytest.approx(gap.max(), rel=6e-3), words
        best = found(rf"up to there is \S+(?: \u00d7 10\S+)?, at n = {NUMBER}", words)
        assert gap[int(best) - 1] == pytest.approx(gap.max(), rel=1e-9), words
    assert found(rf"limit {NUMBER}", words) == pytest.approx(limit, rel=6e-3), words
    steps = np.diff(center)
    clear = np.abs(steps) > 1e-13
    if "for ever" in words:
        assert turn == np.inf and (steps[clear] > 0).all(), words
    elif "from the first point on" in words:
        assert turn <= 1 and (steps[clear] < 0).all(), words
    else:
        assert found(rf"until n\* = {NUMBER}", words) == pytest.approx(turn, rel=6e-3), words
        assert (steps[clear & (sizes[1:] <= turn)] > 0).all() and (steps[clear & (sizes[:-1] >= turn)] < 0).all(), words


@pytest.mark.parametrize("last", [20, 200])
def test_explorer_says_what_the_exact_curves_show(browser, address, last):
    sizes = np.arange(1, last + 1)
    with opened(browser, f"{address}chapters/index.html", address) as (page, _):
        settings = [(eps / 100, noise) for eps in range(1, 151, 7) for noise in (0.5, 0.9, 1.7, 2, 3.3, 6)] + [(1, 2)]
        for (eps, noise), words in zip(settings, page.evaluate(SAID, ["gaussian", settings, last])):
            model = GaussianModel(1.0, noise)
            gap = model.gap(sizes, eps)
            check_words(words, sizes, gap, gap, model.limit(eps), model.turning_point(eps).item())
        settings = [(eps / 100, tau / 100) for eps in range(1, 101, 3) for tau in range(5, 100, 5)]
        settings += [(tau / 100, tau / 100) for tau in range(5, 100, 5)]
        for (eps, tau), words in zip(settings, page.evaluate(SAID, ["bernoulli", settings, last])):
            model = BernoulliModel(1.0, tau)
            turn = np.inf if model.limit(eps) > 0 else model.turning_point(eps).item()
            check_words(words, sizes, model.gap(sizes, eps), model.strip_center(sizes, eps), model.limit(eps), turn)


def test_explorer_words_are_refused_when_they_are_wrong():
    sizes = np.arange(1, 21)
    gap = GaussianModel(1.0, 2.0).gap(sizes, 0.5)
    words = (f"At n = 20 the gap is {gap[-1]:.3g}; the largest up to there is {gap.max():.3g}, at n = {gap.argmax() + 1}. "
             f"The gap grows until n* = {GaussianModel(1.0, 2.0).turning_point(0.5).item():.3g}, and then falls to the limit 0.")
    turn = GaussianModel(1.0, 2.0).turning_point(0.5).item()
    check_words(words, sizes, gap, gap, 0.0, turn)
    for wrong in (words.replace("grows until n* = ", "grows until n* = 1"), words.replace("limit 0", "limit 1"),
                  words.replace("The gap grows", "It is 0 up to n = 3. The gap grows"), words.replace(f"at n = {gap.argmax() + 1}", "at n = 2")):
        with pytest.raises(AssertionError):
            check_words(wrong, sizes, gap, gap, 0.0, turn)


def test_explorer_says_of_regression_what_was_computed(browser, address):
    with opened(browser, f"{address}chapters/explorer.html", address) as (page, _):
        curves = page.evaluate("window.gapCurves")
        for key in ("regression", "poisson"):
            table = curves[key]
            sizes = np.array(table["n"])
            settings = [(eps, noise) for eps in table["eps"] for noise in table["noise"]]
            for (eps, noise), words in zip(settings, page.evaluate(SAID, [key, settings, 500])):
                i, k = table["eps"].index(eps), table["noise"].index(noise)
                gap = np.array(table["gap"][k][i])
                assert np.diff(gap).all()  # that two sizes are level would be the rounding's word
                assert found(rf"that was computed is {NUMBER}, at", words) == pytest.approx(gap.max(), rel=6e-3)
                way, start = {"rises": 1, "falls": -1, "is level": 0}, 0
                for turn in re.finditer(r"(rises|falls|is level) until n = (\d+)", words):
                    end = int(np.flatnonzero(sizes == int(turn[2]))[0])
                    assert (np.sign(np.diff(gap[start : end + 1])) == way[turn[1]]).all(), words
                    start = end
                assert start == sizes.size - 1 or "and so on" in words
                assert ("is not below" in words) == (eps >= table["threshold"][k]), words


def test_explorer_by_keyboard_by_pointer_in_words_and_in_the_address(browser, address):
    with opened(browser, f"{address}chapters/index.html", address) as (page, problems):
        seen = page.locator("gap-explorer .seen")
        assert f"{GaussianModel(1, 2).turning_point(0.8).item():.3g}" in seen.inner_text()
        page.focus("gap-explorer input[name=eps]")
        for _ in range(20):
            page.keyboard.press("ArrowRight")
        assert "grows with every further training point" in seen.inner_text()
        page.check("gap-explorer input[name=rule]")
        assert "limit 1" in seen.inner_text()
        page.focus("gap-explorer input[name=n]")
        page.keyboard.press("ArrowRight")
        here = page.locator("gap-explorer output[data-of=n]")
        assert here.inner_text() == f"13: gap {GaussianModel(1, 2).gap(13, 1.0, rule='published'):.3g}"
        box = page.locator("gap-explorer .plot svg").bounding_box()
        page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 50)
        assert not here.inner_text().startswith("13:")
        page.select_option("gap-explorer select", "bernoulli")
        page.focus("gap-explorer input[name=noise]")
        page.keyboard.press("ArrowRight")
        assert page.locator("gap-explorer polygon.strip").count() == 1
        view, words = page.url, seen.inner_text()
        assert not violations(page) and not problems
    with opened(browser, view, address, 390) as (page, _):
        assert page.locator("gap-explorer .seen").inner_text() == words
    with opened(browser, f"{address}chapters/explorer.html#gap?model=poisson&eps=6.5&noise=1", address) as (page, _):
        assert page.locator("gap-explorer output[data-of=eps]").inner_text() == "6.5"
    # What is no model is the page's own.
    with opened(browser, f"{address}chapters/explorer.html#gap?model=__proto__&eps=NaN", address) as (page, _):
        assert page.locator("gap-explorer .seen").inner_text()
    with opened(browser, f"{address}chapters/explorer.html#gap?model=poisson&eps=6.5&noise=1", address) as (page, _):
        page.focus("gap-explorer input[name=to]")
        page.keyboard.press("ArrowLeft")
        assert "eps=6.5" in page.url


def test_explorer_plays_and_stays_still_where_motion_is_unwanted(browser, address):
    with opened(browser, f"{address}chapters/index.html", address) as (page, _):
        page.emulate_media(reduced_motion="no-preference")
        page.reload()
        before = page.locator("gap-explorer .law svg").inner_html()
        page.click("gap-explorer .play")
        page.wait_for_function("document.querySelector('gap-explorer').state.n > 15")
        assert page.locator("gap-explorer .law svg").inner_html() != before
        page.click("gap-explorer .play")
        page.emulate_media(reduced_motion="reduce")
        page.reload()
        assert not page.locator("gap-explorer .play").is_visible()
        assert page.locator("gap-explorer .law svg").is_visible()


def test_explorer_without_scripts_is_a_still_picture(browser, address):
    with opened(browser, f"{address}chapters/index.html", address, java_script_enabled=False) as (page, _):
        assert page.locator("gap-explorer img").is_visible()


def test_explorer_is_light(address):
    assert len(gzip.compress((ROOT / "book" / "extension" / "explorer.js").read_bytes())) <= 7_000
    assert (HTML / "_static" / "explorer" / "curves.js").stat().st_size <= 150_000
