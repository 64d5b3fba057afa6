/**
 * Undo and redo over drawings that are never changed in place; knows nothing of the page.
 */

/**
 * @template T
 * @typedef {{readonly past: readonly T[], readonly present: T, readonly future: readonly T[], readonly mark: string}} History
 */

/** So many steps can be taken back; older ones are forgotten. */
export const MEMORY = 500;

/**
 * @template T
 * @param {T} present
 * @returns {History<T>}
 */
export function begin(present) {
  return { past: [], present, future: [], mark: "" };
}

/**
 * A new drawing. Commits with the same mark in a row are one step: holding an arrow key is one move, not forty.
 * @template T
 * @param {History<T>} history
 * @param {T} present
 * @param {string} [mark]
 * @returns {History<T>}
 */
export function commit(history, present, mark = "") {
  if (present === history.present) {
    return history;
  }
  const goesOn = mark !== "" && mark === history.mark;
  const past = goesOn ? history.past : [...history.past, history.present].slice(-MEMORY);
  return { past, present, future: [], mark };
}

/**
 * @template T
 * @param {History<T>} history
 * @returns {History<T>}
 */
export function undo(history) {
  const before = history.past.at(-1);
  if (before === undefined) {
    return history;
  }
  return { past: history.past.slice(0, -1), present: before, future: [history.present, ...history.future], mark: "" };
}

/**
 * @template T
 * @param {History<T>} history
 * @returns {History<T>}
 */
export function redo(history) {
  const [next, ...rest] = history.future;
  if (next === undefined) {
    return history;
  }
  return { past: [...history.past, history.present], present: next, future: rest, mark: "" };
}
