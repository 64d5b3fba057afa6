/**
 * What a key means in the workspace. Bound to the place of the key (`code`), not to the letter: with a Korean keyboard
 * the same key writes another letter, and while a syllable is composed it writes none.
 */

/** @typedef {{code: string, key: string, shiftKey: boolean, altKey: boolean, ctrlKey: boolean, metaKey: boolean}} Press */
/**
 * @typedef {{act: "undo" | "redo" | "add" | "remove" | "zoom-in" | "zoom-out" | "fit" | "help" | "leave" | "space"}
 *   | {act: "label", number: number}
 *   | {act: "move" | "resize", dx: number, dy: number}} Command
 */

/** @type {Record<string, readonly [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @type {Record<string, Command>} */
const PLAIN = {
  KeyN: { act: "add" },
  Delete: { act: "remove" },
  Backspace: { act: "remove" },
  Equal: { act: "zoom-in" },
  NumpadAdd: { act: "zoom-in" },
  Minus: { act: "zoom-out" },
  NumpadSubtract: { act: "zoom-out" },
  KeyF: { act: "fit" },
  Escape: { act: "leave" },
  Space: { act: "space" },
};

/**
 * The label a key stands for: the one that has this digit or letter as its own.
 * @param {Press} press
 * @param {readonly string[]} keys the keys of the labels in their order; "" for a label without one
 * @returns {Command | null}
 */
export function labelOf(press, keys) {
  const found = /^(?:(?:Digit|Numpad)([1-9])|Key([A-Z]))$/.exec(press.code);
  if (!found || press.shiftKey || press.altKey || press.ctrlKey || press.metaKey) {
    return null;
  }
  const number = keys.indexOf((found[1] ?? found[2] ?? "").toLowerCase()) + 1;
  return number > 0 ? { act: "label", number } : null;
}

/**
 * @param {Press} press
 * @returns {Command | null}
 */
export function commandOf(press) {
  const arrow = ARROWS[press.code];
  if (arrow && !press.ctrlKey && !press.metaKey) {
    const step = press.shiftKey ? 10 : 1;
    return { act: press.altKey ? "resize" : "move", dx: arrow[0] * step, dy: arrow[1] * step };
  }
  if ((press.ctrlKey || press.metaKey) && !press.altKey) {
    if (press.code === "KeyZ") {
      return { act: press.shiftKey ? "redo" : "undo" };
    }
    return press.code === "KeyY" ? { act: "redo" } : null;
  }
  if (press.altKey || press.ctrlKey || press.metaKey) {
    return null;
  }
  if (press.key === "?" || (press.code === "Slash" && press.shiftKey)) {
    return { act: "help" };
  }
  return PLAIN[press.code] ?? null;
}
