/**
 * Where the picture stands on the screen: screen = picture * scale + (x, y). Values in, values out.
 */

import { between } from "./geometry.js";

/** @typedef {import("./geometry.js").Point} Point */
/** @typedef {import("./geometry.js").Size} Size */
/** @typedef {import("./geometry.js").Box} Box */
/** @typedef {import("./geometry.js").Handle} Handle */
/** @typedef {{readonly x: number, readonly y: number, readonly scale: number}} View */
/** @typedef {"mouse" | "pen" | "touch"} PointerKind */

const LARGEST_SCALE = 32;
const SIGHT = 48;

/**
 * The whole picture in the middle of the frame.
 * @param {Size} picture
 * @param {Size} frame
 * @returns {View}
 */
export function fit(picture, frame) {
  const scale = fittingScale(picture, frame);
  return {
    scale,
    x: (frame.width - picture.width * scale) / 2,
    y: (frame.height - picture.height * scale) / 2,
  };
}

/**
 * @param {Size} picture
 * @param {Size} frame
 */
function fittingScale(picture, frame) {
  const scale = Math.min(frame.width / picture.width, frame.height / picture.height);
  return Number.isFinite(scale) && scale > 0 ? scale : 1;
}

/**
 * Zoomed so that what is under the point stays under it.
 * @param {View} view
 * @param {Point} at on the screen
 * @param {number} factor
 * @param {Size} picture
 * @param {Size} frame
 * @returns {View}
 */
export function zoomed(view, at, factor, picture, frame) {
  const scale = between(view.scale * factor, fittingScale(picture, frame) / 2, LARGEST_SCALE);
  const kept = toPicture(view, at);
  return inSight({ scale, x: at.x - kept.x * scale, y: at.y - kept.y * scale }, picture, frame);
}

/**
 * @param {View} view
 * @param {number} dx
 * @param {number} dy
 * @param {Size} picture
 * @param {Size} frame
 * @returns {View}
 */
export function panned(view, dx, dy, picture, frame) {
  return inSight({ ...view, x: view.x + dx, y: view.y + dy }, picture, frame);
}

/**
 * Two fingers: what was between them at the start is between them now, as much larger as they are further apart.
 * @param {View} view when the fingers came down
 * @param {readonly [Point, Point]} before
 * @param {readonly [Point, Point]} after
 * @param {Size} picture
 * @param {Size} frame
 * @returns {View}
 */
export function pinched(view, before, after, picture, frame) {
  const [from, to] = [middle(before), middle(after)];
  const factor = distance(after) / Math.max(1, distance(before));
  const shifted = { ...view, x: view.x + to.x - from.x, y: view.y + to.y - from.y };
  return zoomed(shifted, to, factor, picture, frame);
}

/** @param {readonly [Point, Point]} fingers */
function middle([a, b]) {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

/** @param {readonly [Point, Point]} fingers */
function distance([a, b]) {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/**
 * The picture can not be lost: a strip of it always stays in the frame.
 * @param {View} view
 * @param {Size} picture
 * @param {Size} frame
 * @returns {View}
 */
export function inSight(view, picture, frame) {
  const strip = { x: Math.min(SIGHT, frame.width / 2), y: Math.min(SIGHT, frame.height / 2) };
  return {
    scale: view.scale,
    x: between(view.x, strip.x - picture.width * view.scale, frame.width - strip.x),
    y: between(view.y, strip.y - picture.height * view.scale, frame.height - strip.y),
  };
}

/**
 * Close enough to a box to see its edges, with some surroundings.
 * @param {Box} box
 * @param {Size} picture
 * @param {Size} frame
 * @returns {View}
 */
export function closeTo([left, top, width, height], picture, frame) {
  const room = 2.5;
  const scale = between(
    Math.min(frame.width / (width * room), frame.height / (height * room)),
    fittingScale(picture, frame),
    LARGEST_SCALE / 4,
  );
  const view = {
    scale,
    x: frame.width / 2 - (left + width / 2) * scale,
    y: frame.height / 2 - (top + height / 2) * scale,
  };
  return inSight(view, picture, frame);
}

/**
 * @param {View} view
 * @param {Point} point on the screen
 * @returns {Point}
 */
export function toPicture(view, point) {
  return { x: (point.x - view.x) / view.scale, y: (point.y - view.y) / view.scale };
}

/**
 * @param {View} view
 * @param {Point} point in the picture
 * @returns {Point}
 */
export function toScreen(view, point) {
  return { x: point.x * view.scale + view.x, y: point.y * view.scale + view.y };
}

/**
 * The side of what can be taken hold of, on the screen: 44 px for a finger, less for a needle.
 * @param {PointerKind} pointer
 */
export function targetSide(pointer) {
  return pointer === "touch" ? 44 : pointer === "pen" ? 28 : 18;
}

/**
 * The side of a handle as it is drawn: larger for a finger, and larger the closer one looks.
 * @param {PointerKind} pointer
 * @param {number} scale
 */
export function handleSide(pointer, scale) {
  const base = pointer === "touch" ? 20 : pointer === "pen" ? 14 : 10;
  return between(base + 2 * Math.log2(Math.max(scale, 1)), base, base + 8);
}

/**
 * Handles of a box in screen pixels. On a small box they stand outside it, so that no two targets overlap and
 * its middle can still be dragged; the handles of its sides come only when there is room.
 * @param {Box} box
 * @param {View} view
 * @param {number} target
 * @returns {Map<Handle, Point>}
 */
export function handlePoints([left, top, width, height], view, target) {
  const a = toScreen(view, { x: left, y: top });
  const b = toScreen(view, { x: left + width, y: top + height });
  const out = { x: Math.max(0, (2 * target - (b.x - a.x)) / 2), y: Math.max(0, (2 * target - (b.y - a.y)) / 2) };
  const [west, north, east, south] = [a.x - out.x, a.y - out.y, b.x + out.x, b.y + out.y];
  /** @type {Map<Handle, Point>} */
  const points = new Map([
    ["nw", { x: west, y: north }],
    ["ne", { x: east, y: north }],
    ["se", { x: east, y: south }],
    ["sw", { x: west, y: south }],
  ]);
  if (b.x - a.x >= 3 * target) {
    points.set("n", { x: (west + east) / 2, y: north });
    points.set("s", { x: (west + east) / 2, y: south });
  }
  if (b.y - a.y >= 3 * target) {
    points.set("w", { x: west, y: (north + south) / 2 });
    points.set("e", { x: east, y: (north + south) / 2 });
  }
  return points;
}

/**
 * The handle under a point of the screen.
 * @param {Map<Handle, Point>} points
 * @param {Point} at
 * @param {number} target
 * @returns {Handle | null}
 */
export function handleAt(points, at, target) {
  for (const [handle, point] of points) {
    if (Math.abs(point.x - at.x) <= target / 2 && Math.abs(point.y - at.y) <= target / 2) {
      return handle;
    }
  }
  return null;
}
