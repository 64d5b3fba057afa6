import assert from "node:assert/strict";
import { test } from "node:test";
import {
  closeTo,
  fit,
  handleAt,
  handlePoints,
  handleSide,
  panned,
  pinched,
  targetSide,
  toPicture,
  toScreen,
  zoomed,
} from "../../static/js/annotate/viewport.js";

const PICTURE = { width: 960, height: 640 };
const FRAME = { width: 374, height: 400 };

const near = (/** @type {number} */ a, /** @type {number} */ b) => assert.ok(Math.abs(a - b) < 1e-6, `${a} is ${b}`);

test("the whole picture stands in the middle", () => {
  const view = fit(PICTURE, FRAME);
  near(view.scale, 374 / 960);
  near(view.x, 0);
  near(toScreen(view, { x: 480, y: 320 }).y, 200);
});

test("there and back again", () => {
  const view = { x: -31, y: 17, scale: 2.5 };
  assert.deepEqual(toPicture(view, toScreen(view, { x: 12, y: 34 })), { x: 12, y: 34 });
});

test("what is under the pointer stays under it", () => {
  const at = { x: 200, y: 180 };
  const view = fit(PICTURE, FRAME);
  const before = toPicture(view, at);
  const after = toPicture(zoomed(view, at, 3, PICTURE, FRAME), at);
  near(before.x, after.x);
  near(before.y, after.y);
});

test("zooming has ends", () => {
  const view = fit(PICTURE, FRAME);
  assert.equal(zoomed(view, { x: 0, y: 0 }, 1e9, PICTURE, FRAME).scale, 32);
  near(zoomed(view, { x: 0, y: 0 }, 1e-9, PICTURE, FRAME).scale, view.scale / 2);
});

test("the picture can not be pushed out of sight", () => {
  const away = panned(fit(PICTURE, FRAME), 1e6, -1e6, PICTURE, FRAME);
  assert.ok(away.x < FRAME.width);
  assert.ok(away.y + PICTURE.height * away.scale > 0);
});

test("two fingers twice as far apart show everything twice as large, and carry it along", () => {
  const view = { x: -100, y: -100, scale: 1 };
  const before = [
    { x: 100, y: 200 },
    { x: 200, y: 200 },
  ];
  const after = [
    { x: 70, y: 220 },
    { x: 270, y: 220 },
  ];
  const seen = pinched(view, before, after, PICTURE, FRAME);
  near(seen.scale, 2);
  const middle = toScreen(seen, toPicture(view, { x: 150, y: 200 }));
  near(middle.x, 170);
  near(middle.y, 220);
});

test("close to a box means all of it, in the middle", () => {
  const view = closeTo([400, 300, 40, 20], PICTURE, FRAME);
  const [a, b] = [toScreen(view, { x: 400, y: 300 }), toScreen(view, { x: 440, y: 320 })];
  assert.ok(a.x > 0 && a.y > 0 && b.x < FRAME.width && b.y < FRAME.height);
  near((a.x + b.x) / 2, FRAME.width / 2);
});

test("a finger gets a target of 44 pixels", () => {
  assert.equal(targetSide("touch"), 44);
  assert.ok(handleSide("touch", 1) > handleSide("mouse", 1));
  assert.ok(handleSide("mouse", 8) > handleSide("mouse", 1));
});

test("targets never overlap, however small the box", () => {
  for (const scale of [0.2, 1, 7, 30]) {
    for (const side of [1, 5, 40, 200]) {
      const points = [...handlePoints([100, 100, side, side], { x: 0, y: 0, scale }, 44).values()];
      points.forEach((a, index) => {
        for (const b of points.slice(index + 1)) {
          const apart = Math.max(Math.abs(a.x - b.x), Math.abs(a.y - b.y));
          assert.ok(apart >= 44 - 1e-6, `side ${side} at ${scale}: ${apart}`);
        }
      });
    }
  }
});

test("the handle under a point is found, the middle of the box is free", () => {
  const points = handlePoints([100, 100, 10, 10], { x: 0, y: 0, scale: 1 }, 44);
  assert.equal(handleAt(points, { x: 61, y: 61 }, 44), "nw");
  assert.equal(handleAt(points, { x: 105, y: 105 }, 43), null);
});
