/**
 * What the workspace says: the names of shapes, what just happened (aloud), and whether everything is safe (always to be seen).
 */

import { fill } from "./list.js";

/** @typedef {import("./boxes.js").Shape} Shape */
/** @typedef {import("./boxes.js").Label} Label */

export class Voice {
  /**
   * @param {HTMLElement} root
   * @param {Record<string, string>} texts
   * @param {string} language
   * @param {(name: string) => Label} labelNamed
   */
  constructor(root, texts, language, labelNamed) {
    this.live = /** @type {HTMLElement | null} */ (root.querySelector("[data-live]"));
    this.saved = /** @type {HTMLElement | null} */ (root.querySelector("[data-saved]"));
    this.texts = texts;
    this.language = language;
    this.labelNamed = labelNamed;
  }

  /** @param {string} words read aloud, politely */
  say(words) {
    if (this.live) {
      this.live.textContent = words;
    }
  }

  /** @param {Date} at */
  clock(at) {
    return at.toLocaleTimeString(this.language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  }

  /**
   * @param {string} words
   * @param {"saved" | "failed"} kind
   */
  state(words, kind) {
    if (this.saved) {
      this.saved.textContent = words;
      this.saved.dataset.state = kind;
    }
  }

  /** @param {import("./store.js").DraftState} state */
  tellDraft(state) {
    if (state.kind === "saved") {
      this.state(fill(this.texts.saved, { time: this.clock(state.at) }), "saved");
    } else {
      this.state(this.texts.not_saved ?? "", "failed");
    }
  }

  /**
   * @param {Shape} shape
   * @param {number} index
   * @param {number} count
   */
  nameOf(shape, index, count) {
    const [left, top, width, height] = shape.box;
    const label = this.labelNamed(shape.label).title;
    return fill(this.texts.shape_name, { label, number: index + 1, count, left, top, width, height });
  }

  /** @param {{kind: string, shape: Shape}} event */
  told({ kind, shape }) {
    const [left, top, width, height] = shape.box;
    const label = this.labelNamed(shape.label).title;
    return fill(this.texts[`said_${kind}`], { label, left, top, width, height });
  }
}
