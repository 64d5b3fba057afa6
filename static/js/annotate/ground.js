/**
 * What is drawn upon: a picture, or, where it is very large, a small one and over it the tiles that are looked at.
 */

import { svg } from "./svg.js";
import { seen } from "./tiles.js";

/** @typedef {import("./geometry.js").Size} Size */
/** @typedef {import("./viewport.js").View} View */
/** @typedef {import("./tiles.js").Tiling} Tiling */
/** @typedef {{url: string, width: number, height: number, alt: string, thumb?: string, tiles?: Tiling | null}} Picture */

const MOST = 120;
const PATIENCE = 120;

export class Ground {
  /** @param {Picture} picture */
  constructor(picture) {
    this.picture = picture;
    const { url, thumb, tiles, width, height } = picture;
    const whole = { href: (tiles && thumb) || url, width, height, preserveAspectRatio: "none" };
    this.fine = svg("g");
    this.group = svg("g", { id: `ground-${Math.random().toString(36).slice(2)}` }, [svg("image", whole), this.fine]);
    /** @type {Map<string, SVGImageElement>} */
    this.shown = new Map();
    this.timer = 0;
  }

  /** @returns {SVGUseElement} the same once more, for the lens */
  copy() {
    return svg("use", { href: `#${this.group.id}` });
  }

  /**
   * Fetch what is looked at, once the picture stands still.
   * @param {View} view
   * @param {Size} frame
   */
  look(view, frame) {
    const tiles = this.picture.tiles;
    if (!tiles) {
      return;
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.show(tiles, view, frame), PATIENCE);
  }

  /**
   * @param {Tiling} tiling
   * @param {View} view
   * @param {Size} frame
   */
  show(tiling, view, frame) {
    const wanted = seen(tiling, this.picture, view, frame, devicePixelRatio || 1);
    for (const { key, url, ...place } of wanted) {
      // What is wanted now lies on top, whatever was there before of it.
      const tile = this.shown.get(key) ?? svg("image", { href: url, ...place, preserveAspectRatio: "none" });
      this.shown.delete(key);
      this.shown.set(key, tile);
      this.fine.append(tile);
    }
    for (const [key, tile] of [...this.shown].slice(0, Math.max(0, this.shown.size - Math.max(MOST, wanted.length)))) {
      tile.remove();
      this.shown.delete(key);
    }
  }
}
