import assert from "node:assert/strict";
import { test } from "node:test";
import {
  area,
  around,
  fromCorners,
  HANDLES,
  holds,
  moved,
  resized,
  stretched,
  under,
} from "../../static/js/annotate/geometry.js";

const PICTURE = { width: 100, height: 80 };

/** Deterministic numbers, so that a failure can be looked at again. */
function* dice(seed = 7) {
  let state = seed;
  for (;;) {
    state = (state * 1664525 + 1013904223) % 4294967296;
    yield state / 4294967296;
  }
}

function assertFits([left, top, width, height]) {
  assert.ok([left, top, width, height].every(Number.isInteger), `${[left, top, width, height]} are whole pixels`);
  assert.ok(left >= 0 && top >= 0 && width >= 1 && height >= 1);
  assert.ok(left + width <= PICTURE.width && top + height <= PICTURE.height);
}

test("a box can be drawn from any corner", () => {
  const [a, b] = [
    { x: 10, y: 10 },
    { x: 30, y: 25 },
  ];
  assert.deepEqual(fromCorners(a, b, PICTURE), [10, 10, 20, 15]);
  assert.deepEqual(fromCorners(b, a, PICTURE), [10, 10, 20, 15]);
});

test("a box drawn outside ends at the edge of the picture", () => {
  assert.deepEqual(fromCorners({ x: -20, y: 70 }, { x: 500, y: 500 }, PICTURE), [0, 70, 100, 10]);
});

test("moving stops at the edge and keeps the size", () => {
  assert.deepEqual(moved([80, 10, 15, 10], 50, -50, PICTURE), [85, 0, 15, 10]);
});

test("the keyboard resizes from the right and lower edge", () => {
  assert.deepEqual(stretched([10, 10, 20, 20], 1, -10, PICTURE), [10, 10, 21, 10]);
  assert.deepEqual(stretched([10, 10, 20, 20], -500, 500, PICTURE), [10, 10, 1, 70]);
});

test("each handle moves only its own edges", () => {
  assert.deepEqual(resized([10, 10, 20, 20], "nw", 2, 3, PICTURE), [12, 13, 18, 17]);
  assert.deepEqual(resized([10, 10, 20, 20], "e", 5, 99, PICTURE), [10, 10, 25, 20]);
  assert.deepEqual(resized([10, 10, 20, 20], "s", 99, 5, PICTURE), [10, 10, 20, 25]);
});

test("a box dragged inside out stays a box", () => {
  assert.deepEqual(resized([10, 10, 20, 20], "e", -30, 0, PICTURE), [0, 10, 10, 20]);
});

test("whatever is done to it, a box lies inside the picture and has a size", () => {
  const random = dice();
  const roll = (/** @type {number} */ span) => /** @type {number} */ (random.next().value - 0.5) * span;
  for (let turn = 0; turn < 500; turn += 1) {
    let box = fromCorners({ x: roll(400), y: roll(400) }, { x: roll(400), y: roll(400) }, PICTURE);
    assertFits(box);
    box = moved(box, roll(300), roll(300), PICTURE);
    assertFits(box);
    box = resized(box, HANDLES[turn % HANDLES.length], roll(300), roll(300), PICTURE);
    assertFits(box);
    assertFits(stretched(box, roll(300), roll(300), PICTURE));
  }
});

test("the smallest of several boxes is reached first, and a finger may miss by a little", () => {
  const [large, small] = [{ box: [0, 0, 50, 50] }, { box: [10, 10, 5, 5] }];
  assert.deepEqual(under([large, small], { x: 12, y: 12 }), [small, large]);
  assert.deepEqual(under([small], { x: 17, y: 12 }), []);
  assert.deepEqual(under([small], { x: 17, y: 12 }, 3), [small]);
  assert.ok(holds([10, 10, 5, 5], { x: 15, y: 15 }));
});

test("around several boxes, and around none", () => {
  assert.deepEqual(
    around([
      [0, 0, 5, 5],
      [10, 20, 5, 5],
    ]),
    [0, 0, 15, 25],
  );
  assert.equal(around([]), null);
  assert.equal(area([1, 2, 3, 4]), 12);
});
