/**
 * Boxes in pixels of the original picture: left, top, width, height.
 *
 * Whole pixels only: a spoken name like "left 120" must be the truth, and one press of an arrow key one pixel.
 */

/** @typedef {readonly [number, number, number, number]} Box */
/** @typedef {{readonly x: number, readonly y: number}} Point */
/** @typedef {{readonly width: number, readonly height: number}} Size */
/** @typedef {"nw" | "n" | "ne" | "e" | "se" | "s" | "sw" | "w"} Handle */

/** @type {readonly Handle[]} */
export const HANDLES = ["nw", "n", "ne", "e", "se", "s", "sw", "w"];

/** The smallest side that can be graded. */
export const SMALLEST_SIDE = 1;

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
export function between(value, low, high) {
  return Math.min(Math.max(value, low), high);
}

/**
 * The box between two corners, in whichever direction it was drawn, inside the picture.
 * @param {Point} a
 * @param {Point} b
 * @param {Size} picture
 * @returns {Box}
 */
export function fromCorners(a, b, picture) {
  const left = between(Math.round(Math.min(a.x, b.x)), 0, picture.width - SMALLEST_SIDE);
  const top = between(Math.round(Math.min(a.y, b.y)), 0, picture.height - SMALLEST_SIDE);
  const right = between(Math.round(Math.max(a.x, b.x)), left + SMALLEST_SIDE, picture.width);
  const bottom = between(Math.round(Math.max(a.y, b.y)), top + SMALLEST_SIDE, picture.height);
  return [left, top, right - left, bottom - top];
}

/**
 * Moved whole: at the edge of the picture it stops and keeps its size.
 * @param {Box} box
 * @param {number} dx
 * @param {number} dy
 * @param {Size} picture
 * @returns {Box}
 */
export function moved([left, top, width, height], dx, dy, picture) {
  return [
    between(Math.round(left + dx), 0, Math.max(0, picture.width - width)),
    between(Math.round(top + dy), 0, Math.max(0, picture.height - height)),
    width,
    height,
  ];
}

/**
 * The right and lower edge pushed by so many pixels, the way the keyboard resizes.
 * @param {Box} box
 * @param {number} dx
 * @param {number} dy
 * @param {Size} picture
 * @returns {Box}
 */
export function stretched([left, top, width, height], dx, dy, picture) {
  return [
    left,
    top,
    between(Math.round(width + dx), SMALLEST_SIDE, picture.width - left),
    between(Math.round(height + dy), SMALLEST_SIDE, picture.height - top),
  ];
}

/**
 * One handle dragged by so many pixels; dragged over the other side, the box turns inside out and stays a box.
 * @param {Box} box
 * @param {Handle} handle
 * @param {number} dx
 * @param {number} dy
 * @param {Size} picture
 * @returns {Box}
 */
export function resized([left, top, width, height], handle, dx, dy, picture) {
  const a = { x: left + (handle.includes("w") ? dx : 0), y: top + (handle.includes("n") ? dy : 0) };
  const b = {
    x: left + width + (handle.includes("e") ? dx : 0),
    y: top + height + (handle.includes("s") ? dy : 0),
  };
  return fromCorners(a, b, picture);
}

/**
 * @param {Box} box
 * @param {Point} point
 * @param {number} [slack] how far outside still counts: a finger is not a needle
 */
export function holds([left, top, width, height], { x, y }, slack = 0) {
  return x >= left - slack && x <= left + width + slack && y >= top - slack && y <= top + height + slack;
}

/**
 * What lies under the point, the smallest first, so that a small box inside a large one can be reached.
 * @template {{readonly box: Box}} T
 * @param {readonly T[]} objects
 * @param {Point} point
 * @param {number} [slack]
 * @returns {T[]}
 */
export function under(objects, point, slack = 0) {
  return objects.filter((object) => holds(object.box, point, slack)).sort((a, b) => area(a.box) - area(b.box));
}

/** @param {Box} box */
export function area([, , width, height]) {
  return width * height;
}

/**
 * The smallest box around several; nothing around nothing.
 * @param {readonly Box[]} boxes
 * @returns {Box | null}
 */
export function around(boxes) {
  if (boxes.length === 0) {
    return null;
  }
  const left = Math.min(...boxes.map((box) => box[0]));
  const top = Math.min(...boxes.map((box) => box[1]));
  const right = Math.max(...boxes.map((box) => box[0] + box[2]));
  const bottom = Math.max(...boxes.map((box) => box[1] + box[3]));
  return [left, top, right - left, bottom - top];
}

/**
 * @param {Box} a
 * @param {Box} b
 */
export function same(a, b) {
  return a.every((value, index) => value === b[index]);
}
