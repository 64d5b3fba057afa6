/**
 * The shape of a sound as lines of a drawing. Values in, values out.
 */

/** @typedef {{data: number[]}} Peaks lowest and highest of each stretch, one after the other, from -128 to 127 */

/**
 * A closed outline: the highest from left to right, the lowest back. The loudest place fills the height.
 * @param {Peaks} peaks
 * @param {number} width
 * @param {number} height
 */
export function outline({ data }, width, height) {
  const count = Math.floor(data.length / 2);
  if (count === 0) {
    return "";
  }
  const loudest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  const x = (/** @type {number} */ place) => round(((place + 0.5) / count) * width);
  const y = (/** @type {number} */ value) => round(height / 2 - (value / loudest) * (height / 2 - 2));
  const places = Array.from({ length: count }, (_, place) => place);
  const high = places.map((place) => `${x(place)} ${y(data[2 * place + 1] ?? 0)}`);
  const low = places.reverse().map((place) => `${x(place)} ${y(data[2 * place] ?? 0)}`);
  return `M${high.join("L")}L${low.join("L")}Z`;
}

/**
 * Where a key leads, in seconds; null for keys that lead nowhere.
 * @param {string} key
 * @param {number} at
 * @param {number} seconds
 */
export function placeAfter(key, at, seconds) {
  const step = Math.min(5, Math.max(0.05, seconds / 20));
  /** @type {Record<string, number>} */
  const places = {
    ArrowLeft: at - step,
    ArrowDown: at - step,
    ArrowRight: at + step,
    ArrowUp: at + step,
    Home: 0,
    End: seconds,
    PageUp: at + 5 * step,
    PageDown: at - 5 * step,
  };
  const wanted = places[key];
  return wanted === undefined ? null : Math.min(seconds, Math.max(0, wanted));
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
