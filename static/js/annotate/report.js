/**
 * The result over the picture: mine, gold or both, and each verdict in words beside it.
 *
 * Colour is never the only signal: mine is drawn solid, gold dashed, and every kind of mistake has its own pattern and number.
 */

import { around, under } from "./geometry.js";
import { fill, html } from "./list.js";
import { place, svg } from "./svg.js";

/** @typedef {import("./geometry.js").Box} Box */
/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").Gesture} Gesture */
/** @typedef {import("./stage.js").Tool} Tool */
/** @typedef {{id: string, label: string, box: Box}} Shape */
/** @typedef {{verdict: string, gold: string | null, answer: string | null, similarity: number, rule: string | null, words: string}} Verdict */
/** @typedef {{gold: {objects?: Shape[], choice?: string, accepted?: string[]}, verdicts: Verdict[]}} Report */
/** @typedef {{number: number, verdict: Verdict, mine: Shape | null, gold: Shape | null, box: Box | null}} Finding */

/** The worst first. */
const GRAVITY = ["missed", "extra", "wrong_label", "merged", "split", "duplicate", "loose", "matched"];

/**
 * @param {readonly Verdict[]} verdicts
 * @returns {Verdict[]}
 */
export function worstFirst(verdicts) {
  const rank = (/** @type {Verdict} */ { verdict }) => {
    const place = GRAVITY.indexOf(verdict);
    return place < 0 ? GRAVITY.length : place;
  };
  return [...verdicts].sort((a, b) => rank(a) - rank(b) || a.similarity - b.similarity);
}

/**
 * Verdicts with the shapes they speak of.
 * @param {Report} report
 * @param {readonly Shape[]} mine
 * @returns {Finding[]}
 */
export function findings(report, mine) {
  const golds = new Map((report.gold.objects ?? []).map((shape) => [shape.id, shape]));
  const mines = new Map(mine.map((shape) => [shape.id, shape]));
  return worstFirst(report.verdicts).map((verdict, index) => {
    const [own, gold] = [mines.get(verdict.answer ?? "") ?? null, golds.get(verdict.gold ?? "") ?? null];
    const boxes = [own, gold].flatMap((shape) => (shape ? [shape.box] : []));
    return { number: index + 1, verdict, mine: own, gold, box: around(boxes) };
  });
}

/**
 * How strongly each layer shows when the slider stands between mine (0) and gold (1); both fully in the middle.
 * @param {number} value
 */
export function layerOpacity(value) {
  return { mine: Math.min(1, 2 * (1 - value)), gold: Math.min(1, 2 * value) };
}

/** @implements {Tool} */
export class ReportView {
  /**
   * @param {Stage} stage
   * @param {HTMLElement} root
   * @param {Record<string, string>} texts
   * @param {Report} report
   * @param {readonly Shape[]} mine
   */
  constructor(stage, root, texts, report, mine) {
    this.stage = stage;
    this.root = root;
    this.texts = texts;
    this.found = findings(report, mine);
    this.layers = { gold: svg("g", { class: "report-gold" }), mine: svg("g", { class: "report-mine" }) };
    this.numbers = svg("g", { class: "report-numbers", "aria-hidden": "true" });
    stage.shapes.append(this.layers.gold, this.layers.mine, this.numbers);
    /** @type {Map<number, SVGGElement>} */
    this.tags = new Map();
    this.last = { x: 0, y: 0 };
    this.chosen = 0;
    this.begun = false;
    this.drawShapes();
    this.drawList();
    this.bindLayers();
    this.viewChanged();
  }

  drawShapes() {
    for (const { number, verdict, mine, gold, box } of this.found) {
      for (const [layer, shape] of /** @type {const} */ ([
        ["gold", gold],
        ["mine", mine],
      ])) {
        if (shape) {
          const rects = [svg("rect", { class: "shape-halo" }), svg("rect", { class: "shape-line" })];
          for (const rect of rects) {
            place(rect, shape.box);
          }
          const group = svg("g", { class: `found found-${verdict.verdict}`, "data-number": number }, rects);
          this.layers[layer].append(group);
        }
      }
      if (box && verdict.verdict !== "matched") {
        const tag = svg("g", { class: `found-tag found-${verdict.verdict}` }, [
          svg("circle", { r: 13 }),
          svg("text", { "text-anchor": "middle", y: 5 }),
        ]);
        tag.lastElementChild?.append(String(number));
        this.tags.set(number, tag);
        this.numbers.append(tag);
      }
    }
  }

  drawList() {
    const list = this.root.querySelector("[data-verdicts]");
    list?.replaceChildren(...this.found.map((finding) => this.row(finding)));
  }

  /** @param {Finding} finding */
  row({ number, verdict, box }) {
    const { texts } = this;
    const kind = html("span", { class: `verdict-kind verdict-${verdict.verdict}` }, [
      texts[`verdict_${verdict.verdict}`] ?? verdict.verdict,
    ]);
    const words = html("span", { class: "verdict-words" }, [verdict.words]);
    const head = box
      ? html("button", { type: "button", class: "verdict-show", "data-number": String(number) }, [kind, words])
      : html("div", { class: "verdict-show" }, [kind, words]);
    head.addEventListener("click", () => this.choose(number, true));
    const row = html("li", { class: "verdict" }, [head]);
    const rule = verdict.rule ? this.root.querySelector(`[data-rule="${CSS.escape(verdict.rule)}"]`) : null;
    if (rule && verdict.rule) {
      const link = html("a", { class: "verdict-rule", href: `#${rule.id}` }, [
        fill(texts.rule, { number: verdict.rule }),
      ]);
      row.append(link);
    }
    return row;
  }

  bindLayers() {
    const slider = /** @type {HTMLInputElement | null} */ (this.root.querySelector("[data-layer-slider]"));
    const show = (/** @type {number} */ value) => {
      const opacity = layerOpacity(value);
      this.layers.mine.setAttribute("opacity", String(opacity.mine));
      this.layers.gold.setAttribute("opacity", String(opacity.gold));
    };
    const radios = /** @type {NodeListOf<HTMLInputElement>} */ (this.root.querySelectorAll("[data-layer]"));
    for (const radio of radios) {
      radio.addEventListener("change", () => {
        const value = { mine: 0, both: 0.5, gold: 1 }[radio.value] ?? 0.5;
        if (slider) {
          slider.value = String(value * 100);
        }
        show(value);
      });
    }
    slider?.addEventListener("input", () => {
      const value = Number(slider.value) / 100;
      show(value);
      for (const radio of radios) {
        radio.checked = radio.value === (value === 0 ? "mine" : value === 1 ? "gold" : "both");
      }
    });
    show(0.5);
  }

  /**
   * @param {number} number
   * @param {boolean} zoom
   */
  choose(number, zoom) {
    this.chosen = number;
    for (const element of this.root.querySelectorAll("[data-number]")) {
      element.classList.toggle("is-chosen", element.getAttribute("data-number") === String(number));
    }
    const button = this.root.querySelector(`button[data-number="${number}"]`);
    for (const other of this.root.querySelectorAll("button[data-number]")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    const box = this.found.find((finding) => finding.number === number)?.box;
    if (box && zoom) {
      this.stage.zoomTo(box);
    }
  }

  /** The worst mistake, close; nothing when there is none. */
  showWorst() {
    const worst = this.found.find(({ verdict, box }) => box && verdict.verdict !== "matched");
    if (worst) {
      this.choose(worst.number, true);
    }
  }

  viewChanged() {
    const scale = this.stage.view.scale;
    for (const { number, box } of this.found) {
      if (box) {
        this.tags.get(number)?.setAttribute("transform", `translate(${box[0]} ${box[1]}) scale(${1 / scale})`);
      }
    }
  }

  /** @param {Gesture} gesture */
  start({ screen }) {
    this.last = screen;
    this.begun = false;
  }

  /** @param {Gesture} gesture */
  move({ screen }) {
    const [dx, dy] = [screen.x - this.last.x, screen.y - this.last.y];
    if (this.begun || Math.hypot(dx, dy) > 6) {
      this.begun = true;
      this.last = screen;
      this.stage.pan(dx, dy);
    }
  }

  /** @param {Gesture} gesture */
  end({ at }) {
    if (!this.begun) {
      const boxes = this.found.flatMap(({ number, box }) => (box ? [{ number, box }] : []));
      const found = under(boxes, at, 8 / this.stage.view.scale);
      const current = found.findIndex(({ number }) => number === this.chosen);
      const next = found[(current + 1) % Math.max(1, found.length)];
      if (next) {
        this.choose(next.number, false);
        this.root.querySelector(`button[data-number="${next.number}"]`)?.scrollIntoView({ block: "nearest" });
      }
    }
  }

  cancel() {
    this.begun = false;
  }

  cursor() {
    return "grab";
  }
}
