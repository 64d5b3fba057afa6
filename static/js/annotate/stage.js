/**
 * The picture on the screen: one transformed group, and fingers, pens, wheels and the space bar that move it.
 *
 * What is drawn on it is the business of a tool; the stage tells the tool where in the picture a gesture is.
 */

import { Ground } from "./ground.js";
import { svg } from "./svg.js";
import { closeTo, fit, panned, pinched, toPicture, toScreen, zoomed } from "./viewport.js";

/** @typedef {import("./geometry.js").Point} Point */
/** @typedef {import("./geometry.js").Box} Box */
/** @typedef {import("./viewport.js").View} View */
/** @typedef {import("./viewport.js").PointerKind} PointerKind */
/** @typedef {import("./ground.js").Picture} Picture */
/**
 * A gesture in the picture; `screen` is the same place in pixels of the frame.
 * @typedef {{at: Point, screen: Point, pointer: PointerKind}} Gesture
 */
/**
 * @typedef {object} Tool
 * @property {(gesture: Gesture) => void} start
 * @property {(gesture: Gesture) => void} move
 * @property {(gesture: Gesture) => void} end
 * @property {() => void} cancel
 * @property {(view: View) => void} viewChanged
 * @property {(gesture: Gesture) => string} cursor
 */

const LENS = 60;
const LENS_ZOOM = 2.5;

/** @param {View} view */
function transform({ x, y, scale }) {
  return `translate(${x} ${y}) scale(${scale})`;
}

export class Stage {
  /**
   * @param {SVGSVGElement} frame
   * @param {Picture} picture
   */
  constructor(frame, picture) {
    this.frame = frame;
    this.picture = picture;
    /** @type {Tool | null} */
    this.tool = null;
    /** @type {PointerKind} */
    this.pointer = matchMedia("(pointer: coarse)").matches ? "touch" : "mouse";
    this.hand = false;
    this.spaceHeld = false;
    /** @type {Map<number, Point>} */
    this.down = new Map();
    /** @type {{kind: "tool" | "wait"} | {kind: "pan", from: Point, view: View} | {kind: "pinch", from: [Point, Point], view: View} | null} */
    this.gesture = null;
    this.touched = false;
    this.ground = new Ground(picture);
    this.shapes = svg("g");
    this.world = svg("g", { class: "stage-world" }, [this.ground.group, this.shapes]);
    this.overlay = svg("g", { class: "stage-overlay" });
    this.lens = this.makeLens();
    frame.append(this.world, this.overlay, this.lens.group);
    /** @type {View} */
    this.view = fit(picture, this.size());
    this.listen();
    this.setView(this.view);
  }

  size() {
    const { width, height } = this.frame.getBoundingClientRect();
    return { width: width || 300, height: height || 300 };
  }

  /** @param {View} view */
  setView(view) {
    this.view = view;
    this.world.setAttribute("transform", transform(view));
    this.ground.look(view, this.size());
    this.tool?.viewChanged(view);
  }

  fit() {
    this.touched = false;
    this.setView(fit(this.picture, this.size()));
  }

  /** @param {number} factor around the middle of the frame */
  zoom(factor) {
    this.touched = true;
    const size = this.size();
    this.setView(zoomed(this.view, { x: size.width / 2, y: size.height / 2 }, factor, this.picture, size));
  }

  /**
   * @param {number} dx
   * @param {number} dy
   */
  pan(dx, dy) {
    this.touched = true;
    this.setView(panned(this.view, dx, dy, this.picture, this.size()));
  }

  /** @param {Box} box */
  zoomTo(box) {
    this.touched = true;
    this.setView(closeTo(box, this.picture, this.size()));
  }

  /** @returns {Point} the middle of what is seen, in the picture */
  middle() {
    const { width, height } = this.size();
    return toPicture(this.view, { x: width / 2, y: height / 2 });
  }

  /**
   * Bring a box into the frame if none of it can be seen, without zooming.
   * @param {Box} box
   */
  reveal([left, top, width, height]) {
    const size = this.size();
    const middle = toScreen(this.view, { x: left + width / 2, y: top + height / 2 });
    if (middle.x < 0 || middle.y < 0 || middle.x > size.width || middle.y > size.height) {
      this.pan(size.width / 2 - middle.x, size.height / 2 - middle.y);
    }
  }

  listen() {
    const frame = this.frame;
    frame.addEventListener("pointerdown", (event) => this.pressed(event));
    frame.addEventListener("pointermove", (event) => this.moved(event));
    frame.addEventListener("pointerup", (event) => this.released(event, false));
    frame.addEventListener("pointercancel", (event) => this.released(event, true));
    frame.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
    document.addEventListener("keydown", (event) => {
      // Over the picture with the mouse, the focus nowhere: the space bar is meant for the picture.
      if (event.code === "Space" && event.target === document.body && frame.matches(":hover")) {
        event.preventDefault();
        this.holdSpace(true);
      }
    });
    document.addEventListener("keyup", (event) => {
      if (event.code === "Space" && this.spaceHeld) {
        this.holdSpace(false);
      }
    });
    addEventListener("blur", () => this.holdSpace(false));
    new ResizeObserver(() => {
      if (this.touched) {
        this.pan(0, 0);
      } else {
        this.fit();
      }
    }).observe(frame);
  }

  /** @param {boolean} held */
  holdSpace(held) {
    this.spaceHeld = held;
    this.frame.dataset.cursor = held ? "grab" : "";
  }

  /**
   * @param {PointerEvent | WheelEvent} event
   * @returns {Point}
   */
  where(event) {
    const { left, top } = this.frame.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  /**
   * @param {Point} screen
   * @returns {Gesture}
   */
  told(screen) {
    return { at: toPicture(this.view, screen), screen, pointer: this.pointer };
  }

  /** @param {PointerEvent} event */
  pressed(event) {
    const kind = event.pointerType === "touch" || event.pointerType === "pen" ? event.pointerType : "mouse";
    if (kind === "touch" && this.pointer === "pen" && this.down.size > 0) {
      return; // The hand that holds the pen rests on the glass.
    }
    this.pointer = kind;
    const at = this.where(event);
    this.down.set(event.pointerId, at);
    this.frame.setPointerCapture(event.pointerId);
    if (this.down.size === 2) {
      this.startPinch();
    } else if (this.down.size > 2) {
      return;
    } else if (event.button === 1 || (event.button === 0 && (this.hand || this.spaceHeld || !this.tool))) {
      event.preventDefault();
      this.touched = true;
      this.gesture = { kind: "pan", from: at, view: this.view };
      this.world.classList.add("is-moving");
      this.frame.dataset.cursor = "grabbing";
    } else if (event.button === 0 && this.tool) {
      this.gesture = { kind: "tool" };
      this.tool.start(this.told(at));
    }
  }

  startPinch() {
    if (this.gesture?.kind === "tool") {
      this.tool?.cancel();
    }
    this.hideLens();
    this.touched = true;
    const [a, b] = [...this.down.values()];
    if (a && b) {
      this.gesture = { kind: "pinch", from: [a, b], view: this.view };
    }
  }

  /** @param {PointerEvent} event */
  moved(event) {
    const at = this.where(event);
    if (!this.down.has(event.pointerId)) {
      if (event.pointerType === "mouse" && !this.spaceHeld && !this.hand) {
        this.pointer = "mouse";
        this.frame.dataset.cursor = this.tool?.cursor(this.told(at)) ?? "grab";
      }
      return;
    }
    this.down.set(event.pointerId, at);
    const gesture = this.gesture;
    if (gesture?.kind === "pan") {
      const [dx, dy] = [at.x - gesture.from.x, at.y - gesture.from.y];
      this.setView(panned(gesture.view, dx, dy, this.picture, this.size()));
    } else if (gesture?.kind === "pinch") {
      const [a, b] = [...this.down.values()];
      if (a && b) {
        this.setView(pinched(gesture.view, gesture.from, [a, b], this.picture, this.size()));
      }
    } else if (gesture?.kind === "tool") {
      this.tool?.move(this.told(at));
      if (this.pointer === "touch") {
        this.showLens(at);
      }
    }
  }

  /**
   * @param {PointerEvent} event
   * @param {boolean} lost
   */
  released(event, lost) {
    if (!this.down.delete(event.pointerId)) {
      return;
    }
    const gesture = this.gesture;
    if (gesture?.kind === "tool") {
      if (lost) {
        this.tool?.cancel();
      } else {
        this.tool?.end(this.told(this.where(event)));
      }
    }
    this.hideLens();
    this.world.classList.remove("is-moving");
    // After a pinch the finger that stays draws nothing.
    this.gesture = this.down.size > 0 ? { kind: "wait" } : null;
    if (gesture?.kind === "pan") {
      this.frame.dataset.cursor = this.spaceHeld || this.hand ? "grab" : "";
    }
  }

  /** @param {WheelEvent} event */
  wheeled(event) {
    event.preventDefault();
    this.touched = true;
    const step = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 20 : event.deltaY;
    const factor = Math.exp(-step / (event.ctrlKey ? 100 : 400));
    this.setView(zoomed(this.view, this.where(event), factor, this.picture, this.size()));
  }

  makeLens() {
    const name = `lens-${Math.random().toString(36).slice(2)}`;
    const clip = svg("clipPath", { id: name }, [svg("circle", { cx: LENS, cy: LENS, r: LENS })]);
    const box = svg("rect", { class: "stage-lens-box" });
    const world = svg("g", {}, [this.ground.copy(), box]);
    const cross = svg("path", {
      class: "stage-lens-cross",
      d: `M${LENS} ${LENS - 14}v28M${LENS - 14} ${LENS}h28`,
    });
    const inside = svg("g", { "clip-path": `url(#${name})` }, [
      svg("rect", { class: "stage-lens-ground", width: 2 * LENS, height: 2 * LENS }),
      world,
      cross,
    ]);
    const rim = svg("circle", { class: "stage-lens-rim", cx: LENS, cy: LENS, r: LENS });
    const group = svg("g", { class: "stage-lens", display: "none", "aria-hidden": "true" }, [clip, inside, rim]);
    return { group, world, box };
  }

  /**
   * What the finger hides, shown beside it.
   * @param {Point} screen
   */
  showLens(screen) {
    const { width } = this.size();
    const margin = 8;
    const inTheWay = screen.x < 3 * LENS && screen.y < 3 * LENS;
    const x = inTheWay ? width - 2 * LENS - margin : margin;
    const at = toPicture(this.view, screen);
    const scale = this.view.scale * LENS_ZOOM;
    this.lens.group.setAttribute("transform", `translate(${x} ${margin})`);
    this.lens.world.setAttribute("transform", transform({ x: LENS - at.x * scale, y: LENS - at.y * scale, scale }));
    this.lens.group.removeAttribute("display");
  }

  hideLens() {
    this.lens.group.setAttribute("display", "none");
    this.lensBox(null);
  }

  /** @param {Box | null} box the box in the making, seen in the lens too */
  lensBox(box) {
    const [x, y, width, height] = box ?? [0, 0, 0, 0];
    for (const [key, value] of Object.entries({ x, y, width, height })) {
      this.lens.box.setAttribute(key, String(value));
    }
  }
}
