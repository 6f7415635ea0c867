// <gap-explorer model="gaussian">: the gap against n, recomputed as you move the sliders, and the
// law of the signal at the n under the pointer.
(() => {
  const C0 = (Math.sqrt(10) + 3) / (6 * Math.sqrt(2 * Math.PI));
  const LAST = [20, 50, 100, 200, 500];
  const STILL = matchMedia("(prefers-reduced-motion: reduce)");

  // Points and weights of the tanh-sinh rule on [-1, 1], dense enough for a bell on 18 of its deviations.
  const RULE = Array.from({ length: 181 }, (_, k) => {
    const u = (k - 90) / 25, s = Math.PI / 2 * Math.sinh(u);
    return [Math.tanh(s), Math.PI / 50 * Math.cosh(u) / Math.cosh(s) ** 2];
  });

  // G(t): the integral over [0, a] of the bell at t less the bell at -t, of which no more than 1e-17 is left out.
  function secondDifference(a, t) {
    const low = Math.max(0, t - Math.hypot(Math.max(t - a, 0), 9)), half = (Math.min(a, t + 9) - low) / 2;
    const sum = RULE.reduce((sum, [x, weight]) => {
      const v = low + half * (1 + x);
      return sum - weight * Math.exp(-((v - t) ** 2) / 2) * Math.expm1(-2 * v * t);
    }, 0);
    return sum * half / Math.sqrt(2 * Math.PI);
  }

  const factorials = [0];
  function logFactorial(n) {
    while (factorials.length <= n) factorials.push(factorials.at(-1) + Math.log(factorials.length));
    return factorials[n];
  }

  // The number "0.07" as 7/100: ties are decided in whole numbers.
  function fraction(decimal) {
    const places = (String(decimal).split(".")[1] ?? "").length;
    return [Math.round(decimal * 10 ** places), 10 ** places];
  }

  const above = (x) => (Math.sign(x) + 1) / 2;

  // Lattice points u of the signal with their probability and their weight in the gap, in units of tau.
  function lattice(n, eps, tau) {
    const [e, whole] = fraction(eps), p = Math.log((1 + tau) / 2), q = Math.log((1 - tau) / 2);
    return Array.from({ length: n + 1 }, (_, b) => {
      const k = (2 * b - n) * whole;
      return {
        u: (2 * b - n) / n,
        mass: Math.exp(logFactorial(n) - logFactorial(b) - logFactorial(n - b) + b * p + (n - b) * q),
        weight: above(n * e - k) + above(-n * e - k) - 2 * above(-k),
      };
    });
  }

  const models = {
    gaussian: {
      name: "Gaussian model", eps: [0.01, 1.5, 0.01, 0.8], unit: "μ", noise: ["noise σ/μ", 0.5, 6, 0.1, 2],
      gap(n, eps, noise) {
        const t = Math.sqrt(n) / noise;
        return secondDifference(eps * t, t);
      },
      limit: (eps) => above(fraction(eps)[0] - fraction(eps)[1]),
      turn: (eps, noise) => turningTime(eps) * noise ** 2,
    },
    bernoulli: {
      name: "Bernoulli model", eps: [0.01, 1, 0.01, 0.1], unit: "θ", noise: ["signal τ", 0.05, 0.95, 0.05, 0.2],
      gap: (n, eps, tau) => tau * lattice(n, eps, tau).reduce((sum, { mass, weight }) => sum + weight * mass, 0),
      center: (n, eps, tau) => tau * models.gaussian.gap(n, eps / tau, Math.sqrt(1 - tau * tau) / tau),
      halfwidth: (n, eps, tau) => 4 * tau * C0 * (1 + tau * tau) / Math.sqrt(n * (1 - tau * tau)),
      limit(eps, tau) {
        const [[a, b], [c, d]] = [fraction(eps), fraction(tau)];
        return tau * above(a * d - c * b);
      },
      turn: (eps, tau) => models.bernoulli.limit(eps, tau) > 0 ? Infinity : turningTime(eps / tau) * (1 / tau ** 2 - 1),
    },
  };

  // n* (mean/std)^2: twice the root of a concave function, between its proven bounds.
  function turningTime(rho) {
    if (rho > 1 - 1e-12) return Infinity;
    const slope = (s) => 2 - (1 - rho) * Math.exp((2 - rho) * rho * s) - (1 + rho) * Math.exp(-(2 + rho) * rho * s);
    let low = 1.4, high = 1.6 - Math.log(1 - rho);
    for (let k = 0; k < 100; k++) {
      const middle = (low + high) / 2;
      if (slope(middle) > 0) low = middle; else high = middle;
    }
    return low + high;
  }

  // Regression has no closed form: these curves were computed by the build, for a list of settings.
  for (const [key, curves] of Object.entries(window.gapCurves ?? {})) {
    const at = (eps, noise) => [curves.noise.indexOf(noise), curves.eps.indexOf(eps)];
    models[key] = {
      name: curves.name, curves, unit: "", eps: curves.eps, noise: ["noise σ", ...curves.noise],
      gap(n, eps, noise) { const [k, i] = at(eps, noise); return curves.gap[k][i][curves.n.indexOf(n)]; },
      limit(eps, noise) { const [k, i] = at(eps, noise); return curves.limit[k][i]; },
      threshold: (eps, noise) => curves.threshold[at(eps, noise)[0]],
    };
  }

  function text(x, digits = 3) {
    const [number, power] = (x && Math.abs(x) < 1e-4 ? x.toExponential(digits - 1) : String(Number(x.toPrecision(digits)))).split("e");
    const raised = [...(power ?? "")].map((digit) => "⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹"["-+0123456789".indexOf(digit)]).join("");
    return (power ? `${Number(number)} × 10${raised}` : number).replace("-", "−");
  }
  const line = (points) => points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  const nearest = (values, x) => values.reduce((a, b) => (Math.abs(b - x) < Math.abs(a - x) ? b : a));
  function ticks(low, high) {
    const width = high - low, step = [1, 2, 5, 10].map((k) => k * 10 ** Math.floor(Math.log10(width / 5))).find((s) => width / s <= 6);
    const first = Math.ceil(low / step - 1e-9);
    return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, k) => Number(((first + k) * step).toPrecision(6)));
  }

  // What the picture shows, in words: the numbers are those of the curve, and "for ever" is said only
  // of what is proven to be monotone.
  function words(model, { eps, noise }, factor, sizes, gap) {
    const limit = factor * model.limit(eps, noise), best = gap.indexOf(Math.max(...gap)), last = sizes.at(-1);
    const zeros = gap.findIndex((g) => g !== 0);
    const said = [];
    if (zeros !== 0 && model.center) said.push(zeros < 0 ? `The gap is 0 up to n = ${last}.` : `The gap is 0 up to n = ${sizes[zeros] - 1}: no value of the signal lies within the attack yet.`);
    if (zeros >= 0) said.push(`At n = ${last} the gap is ${text(gap.at(-1))}; the largest ${model.curves ? "that was computed" : "up to there"} is ${text(gap[best])}, at n = ${sizes[best]}.`);
    if (model.curves) {
      const turns = [];
      for (let k = 1; k < gap.length; k++) {
        const way = gap[k] > gap[k - 1] ? "rises" : gap[k] < gap[k - 1] ? "falls" : "is level";
        if (turns.at(-1)?.way === way) turns.at(-1).to = sizes[k]; else turns.push({ way, to: sizes[k] });
      }
      const shown = turns.slice(0, 4).map(({ way, to }) => `${way} until n = ${to}`);
      said.push(`From n = ${sizes[0]} it ${shown.join(", then ")}${turns.length > 4 ? ", and so on" : ""}.`);
      said.push(`Its limit is ${text(limit)}; ` + (eps >= model.threshold(eps, noise)
        ? `the attack is not below the threshold ${text(model.threshold(eps, noise))}, so the robust slope tends to 0.`
        : `the attack is below the threshold ${text(model.threshold(eps, noise))}.`));
      return said.join(" ");
    }
    const turn = model.turn(eps, noise), what = model.center ? "The centre of its strip" : "The gap";
    if (turn === Infinity) said.push(`A strong attack: ${what.toLowerCase()} grows with every further training point, for ever, up to the limit ${text(limit)}.`);
    else if (turn <= 1) said.push(`${what} falls from the first point on, to the limit ${text(limit)}.`);
    else said.push(`${what} grows until n* = ${text(turn)}${turn > last ? ", beyond this picture" : ""}, and then falls to the limit ${text(limit)}.`);
    return said.join(" ");
  }

  class GapExplorer extends HTMLElement {
    connectedCallback() {
      this.state = { model: this.getAttribute("model") || "gaussian", to: 100, n: 12, rule: 1 };
      const asked = new URLSearchParams(location.hash.startsWith("#gap?") ? location.hash.slice(5) : "");
      if (Object.hasOwn(models, asked.get("model"))) this.state.model = asked.get("model");
      this.reset();
      for (const [key, value] of asked) if (key in this.state && key !== "model" && value !== "" && isFinite(value)) this.set(key, Number(value));
      this.build();
      if (asked.size) this.scrollIntoView();
    }

    get model() { return models[this.state.model]; }

    // The values that a slider may take.
    options(key) {
      if (key === "to") return LAST;
      if (key === "n") return (this.model.curves?.n ?? Array.from({ length: this.state.to }, (_, k) => k + 1)).filter((n) => n <= this.state.to);
      if (key === "rule") return [1, 2];
      const numbers = key === "eps" ? this.model.eps : this.model.noise.slice(1);
      if (this.model.curves) return numbers;
      const [low, high, step] = numbers, whole = Math.round(1 / step);
      return Array.from({ length: Math.round((high - low) / step) + 1 }, (_, k) => Math.round(low * whole + k) / whole);
    }

    set(key, value) { this.state[key] = nearest(this.options(key), value); }

    reset() {
      const { curves, eps, noise } = this.model;
      this.state.eps = curves ? eps[Math.floor(eps.length / 3)] : eps[3];
      this.state.noise = curves ? nearest(noise.slice(1), 1) : noise[4];
      this.set("n", this.state.n);
    }

    build() {
      const { model, state } = this, slider = (key, label) =>
        `<label>${label} <output data-of="${key}"></output><input type="range" name="${key}" min="0" max="${this.options(key).length - 1}"></label>`;
      this.innerHTML = `<form aria-label="What the picture shows">
        <label>model <select name="model">${Object.entries(models).map(([key, { name }]) => `<option value="${key}"${key === state.model ? " selected" : ""}>${name}</option>`).join("")}</select></label>
        ${slider("eps", `attack ε${model.unit && ` / ${model.unit}`}`)}${slider("noise", model.noise[0])}${slider("to", "training points up to")}
        <label class="rule"><input type="checkbox" name="rule"${state.rule === 2 ? " checked" : ""}${model.curves ? " disabled" : ""}> the paper's published rule</label>
        </form><div class="plot"></div>
        <div class="at">${slider("n", "look at n =")}<button type="button" class="play">play</button></div>
        <div class="law"></div><p class="seen" aria-live="polite"></p>`;
      this.querySelector("form").onsubmit = () => false;
      this.oninput = ({ target: { name, value, checked } }) => {
        if (name !== "n") this.stop();
        if (name === "model") {
          this.state.model = value;
          this.reset();
          this.build();
          this.querySelector("select").focus();
        } else if (name === "rule") this.state.rule = 1 + checked;
        else this.state[name] = this.options(name)[value];
        if (name === "to") this.set("n", this.state.n);
        if (name === "n") this.look(); else this.draw();
        this.keep();
      };
      const play = this.querySelector(".play");
      // Where motion is unwanted the slider alone moves.
      play.hidden = STILL.matches;
      play.onclick = () => (this.timer ? this.stop() : this.play());
      this.querySelector(".plot").onpointermove = ({ target, clientX }) => {
        const svg = target.closest("svg");
        if (!svg || this.timer) return;
        const box = svg.getBoundingClientRect(), x = (clientX - box.left) * 640 / box.width;
        this.state.n = nearest(this.options("n"), 1 + (x - this.left) / (620 - this.left) * (this.state.to - 1));
        this.look();
      };
      this.draw();
    }

    keep() { history.replaceState(null, "", `#gap?${new URLSearchParams(this.state)}`); }

    play() {
      const sizes = this.options("n");
      let k = sizes.indexOf(this.state.n);
      if (k >= sizes.length - 1) k = -1;
      this.querySelector(".play").textContent = "stop";
      this.timer = setInterval(() => {
        // The same share of n in each step: what happens, happens early.
        k = Math.min(sizes.length - 1, Math.max(k + 1, Math.round((k + 1) * 1.03)));
        this.state.n = sizes[k];
        this.look();
        if (k === sizes.length - 1) this.stop();
      }, 90);
    }

    stop() {
      clearInterval(this.timer);
      this.timer = null;
      this.querySelector(".play").textContent = "play";
    }

    disconnectedCallback() { clearInterval(this.timer); }

    draw() {
      const { model, state: { eps, noise, to, rule } } = this, factor = model.curves ? 1 : rule, sizes = this.options("n");
      const gap = this.gap = sizes.map((n) => factor * model.gap(n, eps, noise));
      const limit = factor * model.limit(eps, noise), turn = model.turn?.(eps, noise) ?? Infinity;
      const center = model.center && sizes.map((n) => factor * model.center(n, eps, noise));
      const most = Math.max(...gap, ...(center ?? []), limit, 1e-9), least = Math.min(0, ...gap);
      const top = most + 0.12 * (most - least), bottom = least - (least < 0 ? 0.08 * (most - least) : 0);
      const heights = ticks(bottom, top), left = this.left = 20 + 10.5 * Math.max(...heights.map((g) => text(g).length));
      const X = this.X = (n) => left + (620 - left) * (n - 1) / (to - 1);
      const Y = this.Y = (g) => 300 - 280 * (Math.min(Math.max(g, bottom), top) - bottom) / (top - bottom);
      const path = sizes.map((n, k) => [X(n), Y(gap[k])]);
      let marks = "";
      if (center) {
        const half = sizes.map((n) => factor * model.halfwidth(n, eps, noise));
        marks += `<polygon class="strip" points="${line([...sizes.map((n, k) => [X(n), Y(center[k] + half[k])]), ...sizes.map((n, k) => [X(n), Y(center[k] - half[k])]).reverse()])}"/>
          <polyline class="center" points="${line(sizes.map((n, k) => [X(n), Y(center[k])]))}"/>`;
      }
      marks += `<line class="limit" x1="${left}" x2="620" y1="${Y(limit)}" y2="${Y(limit)}"/>`;
      const marked = turn > sizes[0] && turn <= to;
      if (marked) marks += `<line class="turn" x1="${X(turn)}" x2="${X(turn)}" y1="20" y2="300"/>`;
      const key = [["gap", "gap"], center && ["center", "centre of the strip of Theorem 3 (shaded)"], ["limit", `limit ${text(limit)}`], marked && ["turn", `turning point n* = ${text(turn)}`]].filter(Boolean);
      this.querySelector(".plot").innerHTML = `<svg viewBox="0 0 640 345" role="img" aria-label="The gap against the number of training points; the text below says what is seen">
        ${heights.map((g) => `<line class="grid" x1="${left}" x2="620" y1="${Y(g)}" y2="${Y(g)}"/><text x="${left - 6}" y="${Y(g) + 4}" text-anchor="end">${text(g)}</text>`).join("")}
        ${ticks(0, to).map((n) => n || 1).map((n) => `<text x="${X(n)}" y="318" text-anchor="middle">${n}</text>`).join("")}
        <text x="${(left + 620) / 2}" y="340" text-anchor="middle">training points n</text>${marks}
        <polyline class="gap" points="${line(path)}"/>
        ${to <= 100 ? path.map(([x, y]) => `<circle class="gap" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="2.5"/>`).join("") : ""}
        <g class="here"></g></svg><p class="key">${key.map(([name, label]) => `<span class="${name}">${label}</span>`).join("")}</p>`;
      this.querySelector(".seen").textContent = words(model, this.state, factor, sizes, gap);
      for (const name of ["eps", "noise", "to"]) this.show(name);
      this.look();
    }

    // A slider's position and the value that stands beside it.
    show(key, said = text(this.state[key], 6)) {
      const input = this.querySelector(`input[name=${key}]`), values = this.options(key);
      input.max = values.length - 1;
      input.value = values.indexOf(this.state[key]);
      input.setAttribute("aria-valuetext", said);
      this.querySelector(`output[data-of=${key}]`).textContent = said;
    }

    // The value at one n, and there the law of the signal.
    look() {
      const { model, state: { n, eps, noise } } = this, gap = this.gap[this.options("n").indexOf(n)];
      this.show("n", `${n}: gap ${text(gap)}`);
      this.querySelector(".here").innerHTML = `<line x1="${this.X(n)}" x2="${this.X(n)}" y1="20" y2="300"/><circle cx="${this.X(n)}" cy="${this.Y(gap)}" r="5"/>`;
      this.querySelector(".law").innerHTML = model.curves ? "" : this.law(n, eps, noise);
    }

    law(n, eps, noise) {
      const { model } = this, mean = model.center ? noise : 1, [low, high] = model.center ? [-1, 1] : [-1.6, 3.2];
      const X = (u) => 30 + 590 * (u - low) / (high - low), Y = (share) => 105 - 90 * share;
      let picture;
      if (model.center) {
        const points = lattice(n, eps, noise), most = Math.max(...points.map(({ mass }) => mass));
        picture = points.map(({ u, mass, weight }) => mass > most / 400 ? `<line class="mass ${weight > 0 ? "cost" : weight < 0 ? "gain" : ""}" x1="${X(u)}" x2="${X(u)}" y1="${Y(0)}" y2="${Y(mass / most).toFixed(1)}"/>` : "").join("");
      } else {
        const spread = noise / Math.sqrt(n), bell = (u) => Math.exp(-(((u - 1) / spread) ** 2) / 2);
        const outline = (from, to) => Array.from({ length: 201 }, (_, k) => from + (to - from) * k / 200).map((u) => [X(u), Y(bell(u))]);
        const area = (from, to, name) => `<polygon class="${name}" points="${line([[X(from), Y(0)], ...outline(from, to), [X(to), Y(0)]])}"/>`;
        // The bell itself is drawn where it is, however narrow.
        const middle = outline(Math.max(low, 1 - 5 * spread), Math.min(high, 1 + 5 * spread));
        picture = area(0, eps, "cost") + area(-eps, 0, "gain") + `<polyline class="bell" points="${line([[X(low), middle[0][1]], ...middle, [X(high), middle.at(-1)[1]]])}"/>`;
      }
      const marks = [[-eps, "−ε"], [0, "0"], [eps, "ε"], [mean, model.center ? "τ" : "μ"]].filter(([u], k, all) => k !== 3 || all.slice(0, 3).every(([v]) => Math.abs(X(u) - X(v)) > 18));
      return `<svg viewBox="0 0 640 132" role="img" aria-label="Law of the signal at n = ${n}, centred at ${model.center ? "tau" : "mu"}">
        <line class="axis" x1="30" x2="620" y1="${Y(0)}" y2="${Y(0)}"/>${picture}
        ${marks.map(([u, label]) => `<line class="axis" x1="${X(u)}" x2="${X(u)}" y1="105" y2="110"/><text x="${X(u)}" y="126" text-anchor="middle">${label}</text>`).join("")}</svg>
        <p class="key"><span class="cost">the robust model loses</span><span class="gain">it gains</span>(the law of the signal at n = ${n}; the gap is the difference of the coloured parts)</p>`;
    }
  }
  Object.assign(GapExplorer, { models, words });
  customElements.define("gap-explorer", GapExplorer);
})();
