/**
 * Making SVG elements.
 */

/** @typedef {import("./geometry.js").Box} Box */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An SVG element with its attributes.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} name
 * @param {Record<string, string | number>} [attributes]
 * @param {readonly SVGElement[]} [children]
 * @returns {SVGElementTagNameMap[K]}
 */
export function svg(name, attributes = {}, children = []) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, String(value));
  }
  element.append(...children);
  return element;
}

/**
 * @param {SVGRectElement} rect
 * @param {Box} box
 */
export function place(rect, [x, y, width, height]) {
  for (const [key, value] of Object.entries({ x, y, width, height })) {
    rect.setAttribute(key, String(value));
  }
}
