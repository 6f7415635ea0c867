// <gap-explorer model="gaussian">: the gap against n, recomputed as you move the sliders.
(() => {
  const C0 = (Math.sqrt(10) + 3) / (6 * Math.sqrt(2 * Math.PI));
  const SIZES = [20, 50, 100, 200, 500];

  // The normal distribution function: its power series, whose terms are all of one sign.
  function cdf(x) {
    if (Math.abs(x) > 8) return x > 0 ? 1 : 0;
    let term = x, sum = x;
    for (let k = 3; Math.abs(term) > 1e-18; k += 2) sum += term *= (x * x) / k;
    return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
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

  const models = {
    gaussian: {
      name: "Gaussian model", slider: ["noise σ/μ", 0.5, 6, 0.1, 2], eps: [0.01, 1.5, 0.01, 0.95], unit: "μ",
      gap(n, eps, noise) {
        const t = Math.sqrt(n) / noise, a = eps * t;
        return cdf(a - t) + cdf(-a - t) - 2 * cdf(-t);
      },
      limit: (eps) => (Math.sign(fraction(eps)[0] - fraction(eps)[1]) + 1) / 2,
      turn: (eps, noise) => turningTime(eps) * noise ** 2,
    },
    bernoulli: {
      name: "Bernoulli model", slider: ["signal τ", 0.05, 0.95, 0.05, 0.2], eps: [0.01, 1, 0.01, 0.1], unit: "θ",
      gap(n, eps, tau) {
        const [e, whole] = fraction(eps), p = Math.log((1 + tau) / 2), q = Math.log((1 - tau) / 2);
        const above = (x) => (Math.sign(x) + 1) / 2;
        let sum = 0;
        for (let b = 0; b <= n; b++) {
          const u = (2 * b - n) * whole;
          const weight = above(n * e - u) + above(-n * e - u) - 2 * above(-u);
          if (weight) sum += weight * Math.exp(logFactorial(n) - logFactorial(b) - logFactorial(n - b) + b * p + (n - b) * q);
        }
        return tau * sum;
      },
      center: (n, eps, tau) => tau * models.gaussian.gap(n, eps / tau, Math.sqrt(1 - tau * tau) / tau),
      halfwidth: (n, eps, tau) => 4 * tau * C0 * (1 + tau * tau) / Math.sqrt(n * (1 - tau * tau)),
      limit(eps, tau) {
        const [[a, b], [c, d]] = [fraction(eps), fraction(tau)];
        return tau * (Math.sign(a * d - c * b) + 1) / 2;
      },
      turn: (eps, tau) => turningTime(eps / tau) * (1 / tau ** 2 - 1),
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

  // Regression has no closed form: these curves were computed by the build.
  for (const [key, curves] of Object.entries(window.gapCurves ?? {})) {
    models[key] = {
      name: curves.name, curves, unit: "", eps: [0, curves.eps.length - 1, 1, 3],
      slider: ["noise σ", 0, curves.noise.length - 1, 1, 1],
      gap: (n, i, k) => curves.gap[k][i][curves.n.indexOf(n)],
      limit: (i, k) => curves.limit[k][i],
      turn: (i, k) => curves.turn[k][i] ?? Infinity,
    };
  }

  const round = (x, digits = 3) => String(Number(x.toPrecision(digits)));
  const line = (points) => points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  function ticks(top) {
    const step = [1, 2, 5, 10].map((k) => k * 10 ** Math.floor(Math.log10(top / 4))).find((s) => top / s <= 6);
    return Array.from({ length: Math.floor(top / step + 1e-9) + 1 }, (_, k) => Number((k * step).toPrecision(6)));
  }

  class GapExplorer extends HTMLElement {
    connectedCallback() {
      this.state = { model: this.getAttribute("model") || "gaussian", size: 2, rule: 1 };
      const asked = new URLSearchParams(location.hash.startsWith("#gap?") ? location.hash.slice(5) : "");
      if (models[asked.get("model")]) this.state.model = asked.get("model");
      this.reset();
      for (const [key, value] of asked) if (key in this.state && key !== "model" && isFinite(value)) this.state[key] = Number(value);
      this.build();
      if (asked.size) this.scrollIntoView();
    }

    get model() { return models[this.state.model]; }

    reset() {
      this.state.eps = this.model.eps[3];
      this.state.noise = this.model.slider?.[4] ?? 0;
    }

    build() {
      const { model, state } = this, range = (key, label, [min, max, step]) =>
        `<label>${label} <output data-of="${key}"></output><input type="range" name="${key}" min="${min}" max="${max}" step="${step}" value="${state[key]}"></label>`;
      this.innerHTML = `<form aria-label="What the picture shows">
        <label>model <select name="model">${Object.entries(models).map(([key, { name }]) => `<option value="${key}"${key === state.model ? " selected" : ""}>${name}</option>`).join("")}</select></label>
        ${range("eps", `attack ε${model.unit && ` / ${model.unit}`}`, model.eps)}
        ${model.slider ? range("noise", ...[model.slider[0], model.slider.slice(1)]) : ""}
        ${range("size", "training points up to", [0, SIZES.length - 1, 1])}
        <label class="rule"><input type="checkbox" name="rule"${state.rule === 2 ? " checked" : ""}${model.curves ? " disabled" : ""}> the paper's published rule</label>
        </form><div class="plot"></div><p class="seen" aria-live="polite"></p>`;
      const form = this.querySelector("form");
      form.onsubmit = () => false;
      form.oninput = ({ target }) => {
        const { name, value, checked } = target;
        this.state[name] = name === "model" ? value : name === "rule" ? 1 + checked : Number(value);
        if (name === "model") {
          this.reset();
          this.build();
          this.querySelector("select").focus();
        }
        this.draw();
        history.replaceState(null, "", `#gap?${new URLSearchParams(this.state)}`);
      };
      this.draw();
    }

    draw() {
      const { model, state: { eps, noise, size, rule } } = this, last = SIZES[size];
      const factor = model.curves ? 1 : rule;
      const sizes = (model.curves?.n ?? Array.from({ length: last }, (_, k) => k + 1)).filter((n) => n <= last);
      const gap = sizes.map((n) => factor * model.gap(n, eps, noise));
      const limit = factor * model.limit(eps, noise), turn = model.turn(eps, noise);
      const strip = model.center && sizes.map((n) => [factor * model.center(n, eps, noise), factor * model.halfwidth(n, eps, noise)]);
      this.querySelectorAll("output").forEach((output) => {
        const key = output.dataset.of, value = this.state[key];
        output.textContent = key === "size" ? last : model.curves?.[key][value] ?? value;
        output.nextElementSibling.setAttribute("aria-valuetext", output.textContent);
      });

      const top = Math.max(...gap, limit, 1e-9) * 1.12, bottom = Math.min(0, ...gap) * 1.12;
      const X = (n) => 62 + 558 * (n - 1) / (last - 1), Y = (g) => 300 - 280 * (Math.min(Math.max(g, bottom), top) - bottom) / (top - bottom);
      const path = sizes.map((n, k) => [X(n), Y(gap[k])]);
      // On the side of the limit where the curve is not, unless the sizes stand there.
      const below = gap.at(-1) > limit && Y(limit) < 280;
      let marks = `<line class="limit" x1="62" x2="620" y1="${Y(limit)}" y2="${Y(limit)}"/><text x="616" y="${Y(limit) + (below ? 15 : -5)}" text-anchor="end" class="limit">limit ${round(limit)}</text>`;
      if (turn > sizes[0] && turn <= last) {
        const right = X(turn) < 500;
        marks += `<line class="turn" x1="${X(turn)}" x2="${X(turn)}" y1="20" y2="300"/><text class="turn" x="${X(turn) + (right ? 5 : -5)}" y="31" text-anchor="${right ? "start" : "end"}">turning point n* = ${round(turn)}</text>`;
      }
      if (strip) {
        marks = `<polygon class="strip" points="${line([...sizes.map((n, k) => [X(n), Y(strip[k][0] + strip[k][1])]), ...sizes.map((n, k) => [X(n), Y(strip[k][0] - strip[k][1])]).reverse()])}"/>
          <polyline class="center" points="${line(sizes.map((n, k) => [X(n), Y(strip[k][0])]))}"/>${marks}`;
      }
      this.querySelector(".plot").innerHTML = `<svg viewBox="0 0 640 345" role="img" aria-label="The gap against the number of training points; the text below says what is seen">
        ${ticks(top).map((g) => `<line class="grid" x1="62" x2="620" y1="${Y(g)}" y2="${Y(g)}"/><text x="56" y="${Y(g) + 4}" text-anchor="end">${g}</text>`).join("")}
        ${ticks(last).map((n) => n || 1).map((n) => `<text x="${X(n)}" y="318" text-anchor="middle">${n}</text>`).join("")}
        <text x="341" y="340" text-anchor="middle">training points n</text><text x="66" y="14">gap</text>${marks}
        <polyline class="gap" points="${line(path)}"/>
        ${last <= 100 ? path.map(([x, y]) => `<circle class="gap" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="2.5"/>`).join("") : ""}</svg>`;
      this.querySelector(".seen").textContent = this.words(gap, sizes, limit, turn);
    }

    words(gap, sizes, limit, turn) {
      const { model } = this, last = sizes.at(-1), best = gap.indexOf(Math.max(...gap)), what = model.center ? "the centre of its strip" : "it";
      const end = `At n = ${last} the gap is ${round(gap.at(-1))}; the largest up to there is ${round(gap[best])}, at n = ${sizes[best]}. `;
      if (turn === Infinity) return `${end}A strong attack: ${what} grows with every further training point, for ever, up to the limit ${round(limit)}.`;
      if (turn <= sizes[0]) return `${end}Here more data closes the gap from the start, down to the limit ${round(limit)}.`;
      if (model.curves && turn === model.curves.n.at(-1)) return `${end}More data widens the gap beyond this picture, before it falls to the limit ${round(limit)}.`;
      const when = turn > last ? `, beyond this picture` : "";
      return `${end}More data first widens the gap: ${what} grows until n* = ${round(turn)}${when}, and then falls towards the limit ${round(limit)}.`;
    }
  }
  GapExplorer.models = models;
  customElements.define("gap-explorer", GapExplorer);
})();
