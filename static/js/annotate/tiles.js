/**
 * Which tiles of a very large picture are looked at. Values in, values out; academy/uploads/tiles.py numbers them alike.
 */

import { toPicture } from "./viewport.js";

/** @typedef {import("./geometry.js").Size} Size */
/** @typedef {import("./viewport.js").View} View */
/** @typedef {{url: string, side: number, levels: number}} Tiling `url` holds {level}, {x} and {y} */
/** @typedef {{key: string, url: string, x: number, y: number, width: number, height: number}} Tile in pixels of the picture */

/**
 * The coarsest level that is as fine as the screen; 0 is the whole picture in one tile.
 * @param {Tiling} tiling
 * @param {number} scale pixels of the screen for one of the picture
 */
export function levelFor({ levels }, scale) {
  const coarser = Math.floor(Math.log2(1 / Math.max(scale, 1e-9)) + 1e-9);
  return Math.min(levels - 1, Math.max(0, levels - 1 - coarser));
}

/**
 * The tiles that are seen, and a strip around them.
 * @param {Tiling} tiling
 * @param {Size} picture
 * @param {View} view
 * @param {Size} frame
 * @param {number} fineness pixels of the screen for one of the page
 * @returns {Tile[]}
 */
export function seen(tiling, picture, view, frame, fineness) {
  const level = levelFor(tiling, view.scale * fineness);
  const by = 2 ** (tiling.levels - 1 - level);
  const [width, height] = [Math.ceil(picture.width / by), Math.ceil(picture.height / by)];
  const [wide, high] = [picture.width / width, picture.height / height];
  const from = toPicture(view, { x: 0, y: 0 });
  const to = toPicture(view, { x: frame.width, y: frame.height });
  const columns = between(from.x / wide, to.x / wide, width, tiling.side);
  const rows = between(from.y / high, to.y / high, height, tiling.side);
  return rows.flatMap((y) =>
    columns.map((x) => {
      const [left, top] = [x * tiling.side, y * tiling.side];
      return {
        key: `${level}/${x}/${y}`,
        url: tiling.url.replace("{level}", String(level)).replace("{x}", String(x)).replace("{y}", String(y)),
        x: left * wide,
        y: top * high,
        width: (Math.min(left + tiling.side, width) - left) * wide,
        height: (Math.min(top + tiling.side, height) - top) * high,
      };
    }),
  );
}

/**
 * Numbers of the tiles that reach from one place to another.
 * @param {number} from
 * @param {number} to
 * @param {number} length of the whole level
 * @param {number} side
 */
function between(from, to, length, side) {
  const last = Math.ceil(length / side) - 1;
  const first = Math.max(0, Math.floor(from / side - 0.25));
  const end = Math.min(last, Math.floor(to / side + 0.25));
  return Array.from({ length: Math.max(0, end - first + 1) }, (_, place) => first + place);
}
