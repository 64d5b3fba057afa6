import assert from "node:assert/strict";
import { test } from "node:test";
import { outline, placeAfter } from "../../static/js/academy/peaks.js";

test("the loudest place of a sound fills the height", () => {
  assert.equal(outline({ data: [-10, 10, -50, 50] }, 100, 104), "M25 42L75 2L75 102L25 62Z");
});

test("silence is a line and nothing is nothing", () => {
  assert.equal(outline({ data: [0, 0] }, 10, 10), "M5 5L5 5Z");
  assert.equal(outline({ data: [] }, 10, 10), "");
});

test("keys lead through a sound and never out of it", () => {
  assert.equal(placeAfter("ArrowRight", 0, 40), 2);
  assert.equal(placeAfter("ArrowLeft", 1, 40), 0);
  assert.equal(placeAfter("End", 1, 40), 40);
  assert.equal(placeAfter("Home", 9, 40), 0);
  assert.equal(placeAfter("PageUp", 39, 40), 40);
  assert.equal(placeAfter("ArrowRight", 0, 3600), 5, "no more than five seconds");
  assert.equal(placeAfter("a", 1, 40), null);
});
