// What a link leads to, beside it: formula, statement, figure or work. By pointer, and by keyboard until Escape.

(() => {
  const root = document.documentElement.dataset.content_root ?? "./";
  const tip = document.createElement("div");
  let link, timer, loaded, pointer, brought;

  // Other pages' targets, in one script, when the first of them is wanted: see book/extension/previews.py.
  function others() {
    loaded ??= new Promise((done, fail) => {
      const script = document.createElement("script");
      script.src = `${root}_static/previews/shown.js`;
      script.onload = () => done(window.previews);
      script.onerror = fail;
      document.head.append(script);
    });
    return loaded;
  }

  async function look(to) {
    const anchor = decodeURIComponent(to.hash.slice(1));
    if (to.pathname === location.pathname) {
      const target = document.getElementById(anchor);
      if (!target?.matches("div.math, div.proof, figure, .citation")) return;
      const copy = target.cloneNode(true);
      copy.querySelectorAll(".headerlink, .take-away, details, button").forEach(part => part.remove());
      copy.querySelectorAll("a").forEach(each => each.replaceWith(...each.childNodes));
      copy.removeAttribute("role"); // an item, but here of no list
      for (const part of [copy, ...copy.querySelectorAll("*")]) {
        for (const name of ["id", "tabindex", "for"]) part.removeAttribute(name);
      }
      return copy.outerHTML;
    }
    const page = to.pathname.split("/").pop().replace(/\.html$/, "");
    return (await others())[`${page}#${anchor}`]?.replaceAll('src="../', `src="${root}`);
  }

  function place() {
    const at = link.getClientRects()[0], box = tip.getBoundingClientRect(), edge = 8;
    const left = Math.max(edge, Math.min(at.left, innerWidth - box.width - edge));
    const below = at.bottom + edge + box.height < innerHeight || at.top < box.height + edge;
    tip.style.left = `${left}px`;
    tip.style.top = `${below ? at.bottom + 4 : at.top - box.height - 4}px`;
  }

  async function show(wanted) {
    clearTimeout(timer);
    if (wanted === link) return;
    hide();
    link = wanted;
    const html = await look(new URL(wanted.href)).catch(() => null);
    if (!html || link !== wanted) return;
    tip.innerHTML = html;
    tip.hidden = false;
    if (tip.querySelector(".math:not(:has(mjx-container))")) await window.MathJax?.typesetPromise?.([tip]);
    if (link !== wanted) return;
    wanted.setAttribute("aria-describedby", tip.id);
    tip.querySelectorAll("img").forEach(image => image.addEventListener("load", place));
    place();
  }

  function hide() {
    clearTimeout(timer);
    link?.removeAttribute("aria-describedby");
    tip.hidden = true;
    link = undefined;
  }

  const leads = node => node.closest?.("article a.internal[href*='#']:not(.headerlink)");
  const at = event => `${event.clientX} ${event.clientY}`;
  const soon = (act, wait) => { clearTimeout(timer); timer = setTimeout(act, wait); };

  document.addEventListener("DOMContentLoaded", () => {
    tip.id = "preview";
    tip.hidden = true;
    tip.setAttribute("role", "tooltip");
    document.querySelector("main article")?.append(tip);
  });
  document.addEventListener("pointerover", event => {
    if (event.pointerType !== "mouse") return;
    const wanted = leads(event.target);
    // What a scroll brings under a pointer at rest is not pointed at before that moves.
    brought = at(event) === pointer && wanted !== link ? wanted : undefined;
    if (wanted && !brought) soon(() => show(wanted), 150);
    else if (tip.contains(event.target)) clearTimeout(timer);
    else if (link !== document.activeElement) soon(hide, 250);
  });
  document.addEventListener("pointermove", event => {
    if (at(event) === pointer) return;
    pointer = at(event);
    const wanted = brought;
    brought = undefined;
    if (wanted) soon(() => show(wanted), 150);
  }, { passive: true });
  document.addEventListener("focusin", event => {
    const wanted = leads(event.target);
    if (wanted?.matches(":focus-visible")) show(wanted);
    else if (link) hide();
  });
  document.addEventListener("keydown", event => event.key === "Escape" && hide());
  document.addEventListener("scroll", () => link && place(), { passive: true });
})();
