/**
 * The box tool: drawing, taking hold of, moving and resizing, by pointer and by keyboard.
 *
 * It changes no drawing itself: it hands a new one to `commit` and is told by `show` what to draw.
 */

import { fromCorners, holds, moved, resized, same, stretched, under } from "./geometry.js";
import { place, svg } from "./svg.js";
import { handleAt, handlePoints, handleSide, targetSide } from "./viewport.js";

/** @typedef {import("./geometry.js").Box} Box */
/** @typedef {import("./geometry.js").Point} Point */
/** @typedef {import("./geometry.js").Handle} Handle */
/** @typedef {import("./stage.js").Stage} Stage */
/** @typedef {import("./stage.js").Gesture} Gesture */
/** @typedef {import("./stage.js").Tool} Tool */
/** @typedef {import("./viewport.js").View} View */
/** @typedef {{readonly id: string, readonly label: string, readonly box: Box}} Shape */
/** @typedef {readonly Shape[]} Drawing */
/** @typedef {{name: string, title: string, color: string, key: string}} Label */
/**
 * @typedef {object} BoxHost
 * @property {() => Drawing} drawing
 * @property {() => string} label the label new boxes get
 * @property {(name: string) => Label} labelNamed
 * @property {(drawing: Drawing, event: {kind: "added" | "moved" | "resized" | "removed" | "relabelled", shape: Shape, mark?: string}) => void} commit
 * @property {(id: string | null) => void} selected
 * @property {(shape: Shape, index: number, count: number) => string} nameOf
 */

/** @type {Record<Handle, string>} */
const CURSORS = { nw: "nwse", se: "nwse", ne: "nesw", sw: "nesw", n: "ns", s: "ns", e: "ew", w: "ew" };
const BURST = 1000;
const CROWD = 300;

/**
 * An id no other shape of the drawing has.
 * @param {Drawing} drawing
 */
export function freshId(drawing) {
  const numbers = drawing.map(({ id }) => Number(/^a(\d+)$/.exec(id)?.[1] ?? 0));
  return `a${Math.max(0, ...numbers) + 1}`;
}

/** @implements {Tool} */
export class BoxTool {
  /**
   * @param {Stage} stage
   * @param {BoxHost} host
   * @param {boolean} readOnly
   */
  constructor(stage, host, readOnly) {
    this.stage = stage;
    this.host = host;
    this.readOnly = readOnly;
    /** @type {string | null} */
    this.selectedId = null;
    /** @type {Map<string, {group: SVGGElement, rects: SVGRectElement[], tag: SVGTextElement, shown: Shape | null, place: string}>} */
    this.drawn = new Map();
    /** @type {{from: Gesture, begun: boolean, what: "draw" | "move" | Handle, before: Box | null, box: Box | null, last: Point} | null} */
    this.hold = null;
    this.burst = { mark: "", until: 0, number: 0 };
    this.tagScale = 0;
    this.draft = svg("rect", { class: "shape-draft", display: "none" });
    this.layer = svg("g", { class: "stage-shapes" });
    this.tags = svg("g", { "aria-hidden": "true" });
    stage.shapes.append(this.layer, this.tags, this.draft);
    this.layer.addEventListener("focusin", (event) => {
      const group = /** @type {Element} */ (event.target).closest("[data-shape]");
      this.select(group?.getAttribute("data-shape") ?? null);
    });
  }

  /** @returns {Shape | null} */
  get selected() {
    return this.host.drawing().find(({ id }) => id === this.selectedId) ?? null;
  }

  /**
   * @param {string | null} id
   * @param {{focus?: boolean}} [options]
   */
  select(id, { focus = false } = {}) {
    const changed = id !== this.selectedId;
    this.selectedId = id;
    if (changed) {
      for (const [key, { group }] of this.drawn) {
        group.setAttribute("aria-pressed", String(key === id));
      }
      this.showHandles();
      this.host.selected(id);
    }
    if (focus) {
      (id === null ? this.stage.frame : this.drawn.get(id)?.group)?.focus({ preventScroll: true });
    }
  }

  /** Draw what the drawing says now. */
  show() {
    const drawing = this.host.drawing();
    const present = new Set(drawing.map(({ id }) => id));
    for (const [id, { group, tag }] of this.drawn) {
      if (!present.has(id)) {
        if (group === document.activeElement) {
          this.stage.frame.focus({ preventScroll: true });
        }
        group.remove();
        tag.remove();
        this.drawn.delete(id);
      }
    }
    for (const [index, shape] of drawing.entries()) {
      this.draw(shape, index, drawing.length);
    }
    if (this.selectedId !== null && !present.has(this.selectedId)) {
      this.select(null);
    }
    this.layer.classList.toggle("is-crowd", drawing.length > CROWD);
    this.showHandles();
  }

  /**
   * @param {Shape} shape
   * @param {number} index
   * @param {number} count
   */
  draw(shape, index, count) {
    let parts = this.drawn.get(shape.id);
    if (!parts) {
      const rects = [svg("rect", { class: "shape-halo" }), svg("rect", { class: "shape-line" })];
      const tag = svg("text", { class: "shape-tag" });
      const group = svg("g", { class: "shape", tabindex: 0, role: "button", "data-shape": shape.id }, rects);
      parts = { group, rects, tag, shown: null, place: "" };
      this.drawn.set(shape.id, parts);
      this.tags.append(tag);
    }
    if (this.layer.children[index] !== parts.group) {
      this.layer.insertBefore(parts.group, this.layer.children[index] ?? null);
    }
    // In a crowd nobody needs to hear how many there are after every stroke.
    const order = `${index}/${count > CROWD ? "" : count}`;
    if (parts.shown === shape && parts.place === order) {
      return;
    }
    parts.shown = shape;
    parts.place = order;
    const label = this.host.labelNamed(shape.label);
    parts.group.setAttribute("aria-label", this.host.nameOf(shape, index, count));
    parts.group.setAttribute("aria-pressed", String(shape.id === this.selectedId));
    for (const rect of parts.rects) {
      place(rect, shape.box);
    }
    parts.rects[1]?.setAttribute("stroke", label.color);
    parts.tag.textContent = count > CROWD ? "" : label.title;
    this.placeTag(parts.tag, shape.box);
  }

  /**
   * @param {SVGTextElement} tag
   * @param {Box} box
   */
  placeTag(tag, [left, top]) {
    const size = 15 / this.stage.view.scale;
    tag.setAttribute("x", String(left + size * 0.15));
    tag.setAttribute("y", String(top - size * 0.2));
    tag.setAttribute("font-size", String(size));
    tag.setAttribute("stroke-width", String(size / 4));
  }

  viewChanged() {
    const scale = this.stage.view.scale;
    if (scale !== this.tagScale && this.drawn.size <= CROWD) {
      this.tagScale = scale;
      for (const { id, box } of this.host.drawing()) {
        const parts = this.drawn.get(id);
        if (parts) {
          this.placeTag(parts.tag, box);
        }
      }
    }
    this.showHandles();
  }

  /** @param {Box} [box] */
  handles(box = this.selected?.box) {
    const target = targetSide(this.stage.pointer);
    return box && !this.readOnly ? handlePoints(box, this.stage.view, target) : new Map();
  }

  /** @param {Box} [box] */
  showHandles(box) {
    const side = handleSide(this.stage.pointer, this.stage.view.scale);
    const points = this.handles(box);
    const shown = box ?? this.selected?.box;
    const corners = shown ? handlePoints(shown, this.stage.view, 0) : points;
    const leashes = [...points].map(([handle, { x, y }]) => {
      const corner = corners.get(handle) ?? { x, y };
      return svg("line", { class: "shape-leash", x1: corner.x, y1: corner.y, x2: x, y2: y });
    });
    const rects = [...points.values()].map(({ x, y }) =>
      svg("rect", {
        class: "shape-handle",
        x: x - side / 2,
        y: y - side / 2,
        width: side,
        height: side,
        rx: side / 4,
      }),
    );
    this.stage.overlay.replaceChildren(...leashes, ...rects);
  }

  /** @param {Gesture} gesture */
  start(gesture) {
    const selected = this.selected;
    /** @type {"draw" | "move" | Handle} */
    let what = "draw";
    if (selected && !this.readOnly) {
      const handle = handleAt(this.handles(), gesture.screen, targetSide(gesture.pointer));
      what = handle ?? (holds(selected.box, gesture.at) ? "move" : "draw");
    }
    this.hold = { from: gesture, begun: false, what, before: selected?.box ?? null, box: null, last: gesture.screen };
  }

  /** @param {Gesture} gesture */
  move(gesture) {
    const hold = this.hold;
    if (!hold) {
      return;
    }
    if (this.readOnly) {
      this.stage.pan(gesture.screen.x - hold.last.x, gesture.screen.y - hold.last.y);
      hold.last = gesture.screen;
      return;
    }
    const far = Math.hypot(gesture.screen.x - hold.from.screen.x, gesture.screen.y - hold.from.screen.y);
    if (!hold.begun && far < (gesture.pointer === "touch" ? 8 : 4)) {
      return;
    }
    hold.begun = true;
    hold.box = this.held(hold, gesture.at);
    place(this.draft, hold.box);
    this.draft.removeAttribute("display");
    this.stage.lensBox(hold.box);
    if (hold.what === "draw") {
      this.stage.overlay.replaceChildren();
    } else {
      this.drawn.get(this.selectedId ?? "")?.group.setAttribute("opacity", "0.3");
      this.showHandles(hold.box);
    }
  }

  /**
   * @param {{from: Gesture, what: "draw" | "move" | Handle, before: Box | null}} hold
   * @param {Point} at
   * @returns {Box}
   */
  held({ from, what, before }, at) {
    const picture = this.stage.picture;
    if (what === "draw" || !before) {
      return fromCorners(from.at, at, picture);
    }
    const [dx, dy] = [at.x - from.at.x, at.y - from.at.y];
    return what === "move" ? moved(before, dx, dy, picture) : resized(before, what, dx, dy, picture);
  }

  /** @param {Gesture} gesture */
  end(gesture) {
    const hold = this.hold;
    this.cancel();
    if (!hold) {
      return;
    }
    if (!hold.begun || !hold.box) {
      this.tapped(gesture);
    } else if (hold.what === "draw") {
      // Let go at once: the next label belongs to the next box, and the next stroke may begin beside this one.
      this.add(hold.box);
      this.select(null);
    } else {
      this.reshape(hold.box, hold.what === "move" ? "moved" : "resized");
    }
  }

  cancel() {
    this.hold = null;
    this.draft.setAttribute("display", "none");
    this.drawn.get(this.selectedId ?? "")?.group.removeAttribute("opacity");
    this.showHandles();
  }

  /**
   * The next shape under the finger: a second tap reaches what lies below.
   * @param {Gesture} gesture
   */
  tapped({ at, pointer }) {
    const slack = targetSide(pointer) / 4 / this.stage.view.scale;
    const found = under(this.host.drawing(), at, slack);
    const current = found.findIndex(({ id }) => id === this.selectedId);
    const next = found[(current + 1) % Math.max(1, found.length)];
    this.select(next?.id ?? null, { focus: true });
  }

  /**
   * @param {Box} box
   * @returns {string} the name of the new shape
   */
  add(box) {
    const drawing = this.host.drawing();
    const shape = { id: freshId(drawing), label: this.host.label(), box };
    this.host.commit([...drawing, shape], { kind: "added", shape });
    return shape.id;
  }

  /** A box for whoever draws with the keyboard, in the middle of what is seen. */
  addInTheMiddle() {
    const { x, y } = this.stage.middle();
    const { width, height } = this.stage.size();
    const half = Math.min(width, height) / 6 / this.stage.view.scale;
    const box = fromCorners({ x: x - half, y: y - half }, { x: x + half, y: y + half }, this.stage.picture);
    this.select(this.add(box), { focus: true });
  }

  /**
   * @param {Box} box
   * @param {"moved" | "resized"} kind
   * @param {string} [mark]
   */
  reshape(box, kind, mark) {
    const before = this.selected;
    if (before && !same(before.box, box)) {
      const shape = { ...before, box };
      const drawing = this.host.drawing().map((other) => (other.id === shape.id ? shape : other));
      this.host.commit(drawing, mark ? { kind, shape, mark } : { kind, shape });
    }
  }

  /**
   * @param {number} dx
   * @param {number} dy
   * @param {"moved" | "resized"} kind
   */
  nudge(dx, dy, kind) {
    const shape = this.selected;
    if (shape) {
      const push = kind === "moved" ? moved : stretched;
      const box = push(shape.box, dx, dy, this.stage.picture);
      this.reshape(box, kind, this.markOf(`${kind} ${shape.id}`));
      this.stage.reveal(box);
    }
  }

  /**
   * Presses in quick succession share a mark, and with it a step of the history.
   * @param {string} what
   */
  markOf(what) {
    const now = Date.now();
    if (this.burst.mark !== what || now > this.burst.until) {
      this.burst.number += 1;
    }
    this.burst = { ...this.burst, mark: what, until: now + BURST };
    return `${what} ${this.burst.number}`;
  }

  /** @param {Box} box in numbers, as somebody typed them */
  setBox([left, top, width, height]) {
    const corner = { x: left + width, y: top + height };
    this.reshape(fromCorners({ x: left, y: top }, corner, this.stage.picture), "resized");
  }

  /** @param {string} label */
  relabel(label) {
    const before = this.selected;
    if (before && before.label !== label) {
      const shape = { ...before, label };
      const drawing = this.host.drawing().map((other) => (other.id === shape.id ? shape : other));
      this.host.commit(drawing, { kind: "relabelled", shape });
    }
  }

  remove() {
    const shape = this.selected;
    if (shape) {
      const before = this.host.drawing();
      const index = before.indexOf(shape);
      const drawing = before.filter((other) => other !== shape);
      this.host.commit(drawing, { kind: "removed", shape });
      return drawing[Math.min(index, drawing.length - 1)]?.id ?? null;
    }
    return null;
  }

  /** @param {Gesture} gesture */
  cursor({ at, screen }) {
    if (this.readOnly) {
      return "grab";
    }
    const handle = handleAt(this.handles(), screen, targetSide("mouse"));
    const selected = this.selected;
    return handle ? CURSORS[handle] : selected && holds(selected.box, at) ? "move" : "draw";
  }
}
