// What the formulas need once they are set, the page's sections, and the table of verdicts.

// How much of a box's content is beyond its right edge. A formula in a line also holds what only screen readers see.
function beyond(box) {
  const glyphs = box.matches("span.math") && box.querySelector("mjx-math");
  if (glyphs) return glyphs.getBoundingClientRect().right - box.getBoundingClientRect().right;
  return box.scrollWidth - box.clientWidth - box.scrollLeft;
}

// All is measured before anything is changed: the other way round, the page would be laid out anew for each formula.
function reachFormulas(within) {
  const boxes = [...within.querySelectorAll("mjx-container[display='true'], .math, .pst-scrollable-table-container, pre")];
  for (const [box, more, left] of boxes.map(box => [box, beyond(box), box.scrollLeft])) {
    // The eye has to see that there is more, until it is in view.
    box.classList.toggle("goes-on", more > 2);
    box.onscroll = () => box.classList.toggle("goes-on", beyond(box) > 2);
    // A formula wider than the page scrolls; the keyboard has to reach it then, and only then.
    if (!box.matches("mjx-container, span.math")) continue;
    const wide = more + left > 2;
    box.classList.toggle("scrolls", wide);
    if (wide) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

window.addEventListener("load", async () => {
  await window.MathJax?.startup?.promise;
  // A table header that is one formula takes its name from the formula's text.
  for (const formula of document.querySelectorAll("th math")) {
    formula.setAttribute("aria-label", formula.textContent);
  }
  reachFormulas(document);
  // The page has its width some time after the window, if the sidebar comes out or goes.
  const page = document.querySelector("article") ?? document.body;
  let width = page.clientWidth;
  new ResizeObserver(() => {
    if (page.clientWidth === width) return;
    width = page.clientWidth;
    reachFormulas(document);
  }).observe(page);
  // What is in a fold has a width only once that is open.
  document.addEventListener("toggle", ({target}) => target.open && reachFormulas(target), true);
});

function closeContents() {
  const menu = document.querySelector(".page-contents[open]");
  if (menu) menu.open = false;
  return menu;
}
document.addEventListener("click", ({ target }) => target.closest(".page-contents summary") || closeContents());
document.addEventListener("keydown", ({ key }) => key === "Escape" && closeContents()?.firstElementChild.focus());

// The section that is being read, among those of the page in the sidebar.
function followSections() {
  const links = [...document.querySelectorAll(".page-sections a")];
  const sections = links.map(link => document.getElementById(link.hash.slice(1)));
  function mark() {
    const last = sections.findLastIndex(section => section && section.getBoundingClientRect().top < 140);
    links.forEach((link, k) => link.toggleAttribute("aria-current", k === last));
  }
  if (!links.length) return;
  document.addEventListener("scroll", () => requestAnimationFrame(mark), {passive: true});
  mark();
}
document.addEventListener("DOMContentLoaded", followSections);

// The table of verdicts shows one outcome at a time when asked. Without scripts it shows all.
function filterVerdicts(table) {
  const outcome = row => row.cells[0].textContent.trim();
  const rows = [...table.tBodies[0].rows];
  const rank = text => "✓≈✗".indexOf(text[0]) + (text[1] === "+") / 2;
  const group = document.createElement("div");
  group.className = "verdict-filter";
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "Show verdicts");
  for (const shown of ["all", ...[...new Set(rows.map(outcome))].sort((a, b) => rank(a) - rank(b))]) {
    const button = document.createElement("button");
    const fits = row => shown === "all" || outcome(row) === shown;
    button.type = "button";
    button.textContent = `${shown} (${rows.filter(fits).length})`;
    button.setAttribute("aria-pressed", shown === "all");
    button.addEventListener("click", () => {
      rows.forEach(row => (row.hidden = !fits(row)));
      for (const other of group.children) other.setAttribute("aria-pressed", other === button);
    });
    group.append(button);
  }
  const box = table.closest(".pst-scrollable-table-container") ?? table;
  box.before(group);
}

document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("table.verdicts:not(.own)").forEach(filterVerdicts));

// A link to a claim, or to what is in a proof that is folded, unfolds it.
function unfold() {
  const target = document.getElementById(location.hash.slice(1));
  for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
}
document.addEventListener("DOMContentLoaded", unfold);
window.addEventListener("hashchange", unfold);

// Paper is white: what is dark on the screen is printed as it is in the light.
let shown;
window.addEventListener("beforeprint", () => {
  shown = document.documentElement.dataset.theme;
  document.documentElement.dataset.theme = "light";
});
window.addEventListener("afterprint", () => (document.documentElement.dataset.theme = shown));

// What the search quotes of a page is its text: no menu, no code, no TeX where a letter will do.
document.addEventListener("DOMContentLoaded", () => {
  if (typeof Search === "undefined") return;
  const letters = {varepsilon: "ε", mu: "μ", sigma: "σ", theta: "θ", tau: "τ", rho: "ρ", delta: "δ", infty: "∞", le: "≤", ge: "≥", to: "→"};
  Search.htmlToText = (text, anchor) => {
    const page = new DOMParser().parseFromString(text, "text/html").querySelector("article.bd-article");
    const part = (anchor && page?.querySelector(anchor)) || page;
    part?.querySelectorAll(".headerlink, script, style, details, div.math, .cell_input, .take-away, .verdict-filter").forEach(each => each.remove());
    return (part?.textContent ?? "").replace(/\s+/g, " ").replace(/\\[([]|\\[)\]]/g, "")
      .replace(/\\([a-z]+) ?/g, (_, name) => letters[name] ?? "").replace(/\\[^a-z]/g, " ").replace(/[{}]/g, "");
  };
});
