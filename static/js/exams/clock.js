/**
 * The time left. The server says how many seconds; from there a clock runs that nobody can set.
 */

/** Seconds at which the time left is said aloud, besides when it is asked for. */
export const THRESHOLDS = [1800, 900, 600, 300, 120, 60, 30];

/**
 * @param {number} seconds
 * @returns {string} 39:05, or 1:02:00
 */
export function digits(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  const hours = Math.floor(whole / 3600);
  const shown = [...(hours > 0 ? [hours] : []), Math.floor(whole / 60) % 60, whole % 60];
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}

/**
 * The threshold passed between two looks at the clock, if any.
 * @param {number} before
 * @param {number} after
 * @returns {number | null}
 */
export function passed(before, after) {
  return THRESHOLDS.filter((threshold) => before > threshold && after <= threshold).pop() ?? null;
}

export class Countdown {
  /**
   * @param {number} seconds
   * @param {() => number} tick milliseconds that only ever grow
   */
  constructor(seconds, tick = () => performance.now()) {
    this.tick = tick;
    this.end = tick() + seconds * 1000;
  }

  /** @param {number} seconds what the server said just now */
  set(seconds) {
    this.end = this.tick() + seconds * 1000;
  }

  get left() {
    return (this.end - this.tick()) / 1000;
  }
}
