import assert from "node:assert/strict";
import { test } from "node:test";
import { levelFor, seen } from "../../static/js/annotate/tiles.js";
import { fit } from "../../static/js/annotate/viewport.js";

const TILING = { url: "/media/t/tiles/{level}/{x}/{y}", side: 512, levels: 5 };
const PICTURE = { width: 8000, height: 5000 };
const PHONE = { width: 374, height: 400 };

test("the level is as fine as the screen and no finer", () => {
  assert.equal(levelFor(TILING, 1), 4);
  assert.equal(levelFor(TILING, 8), 4, "there is no finer one");
  assert.equal(levelFor(TILING, 0.5), 3);
  assert.equal(levelFor(TILING, 0.6), 4, "rather too fine than blurred");
  assert.equal(levelFor(TILING, 0.05), 0);
  assert.equal(levelFor(TILING, 0.001), 0);
});

test("the whole picture on a phone is a handful of tiles", () => {
  const tiles = seen(TILING, PICTURE, fit(PICTURE, PHONE), PHONE, 2);
  assert.deepEqual(
    tiles.map((tile) => tile.key),
    ["1/0/0", "1/1/0", "1/0/1", "1/1/1"],
  );
});

test("what is looked at closely is fetched and nothing beside", () => {
  const view = { scale: 1, x: -4000, y: -2000 };
  const tiles = seen(TILING, PICTURE, view, PHONE, 1);
  assert.deepEqual(
    tiles.map((tile) => tile.key),
    ["4/7/3", "4/8/3", "4/7/4", "4/8/4"],
  );
  assert.deepEqual(tiles[0], { key: "4/7/3", url: "/media/t/tiles/4/7/3", x: 3584, y: 1536, width: 512, height: 512 });
});

test("tiles at the edge end with the picture", () => {
  const tiles = seen(TILING, PICTURE, { scale: 1, x: -7900, y: -4900 }, PHONE, 1);
  const last = tiles[tiles.length - 1];
  assert.equal((last?.x ?? 0) + (last?.width ?? 0), 8000);
  assert.equal((last?.y ?? 0) + (last?.height ?? 0), 5000);
});

test("where no picture is, no tile is fetched", () => {
  assert.deepEqual(seen(TILING, PICTURE, { scale: 1, x: 4000, y: 0 }, PHONE, 1), []);
});
