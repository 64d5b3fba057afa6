import assert from "node:assert/strict";
import { test } from "node:test";
import { commandOf, labelOf } from "../../static/js/annotate/keys.js";

const press = (code, more = {}) => ({
  code,
  key: "",
  shiftKey: false,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  ...more,
});

test("keys are known by their place: with a Korean keyboard N writes another letter and means the same", () => {
  assert.deepEqual(commandOf(press("KeyN", { key: "ㅜ" })), { act: "add" });
  assert.deepEqual(commandOf(press("KeyZ", { key: "ㅋ", ctrlKey: true })), { act: "undo" });
  assert.deepEqual(commandOf(press("KeyN", { key: "Process", isComposing: true })), { act: "add" });
});

test("arrows move by one pixel, with shift by ten, with alt they resize", () => {
  assert.deepEqual(commandOf(press("ArrowLeft")), { act: "move", dx: -1, dy: 0 });
  assert.deepEqual(commandOf(press("ArrowDown", { shiftKey: true })), { act: "move", dx: 0, dy: 10 });
  assert.deepEqual(commandOf(press("ArrowRight", { altKey: true })), { act: "resize", dx: 1, dy: 0 });
});

test("undo and redo work with both customs and on a Mac", () => {
  assert.deepEqual(commandOf(press("KeyZ", { metaKey: true })), { act: "undo" });
  assert.deepEqual(commandOf(press("KeyZ", { ctrlKey: true, shiftKey: true })), { act: "redo" });
  assert.deepEqual(commandOf(press("KeyY", { ctrlKey: true })), { act: "redo" });
});

test("a label is given by its own digit or letter, on the pad too, and by no other", () => {
  const keys = ["1", "c", "3", ""];
  assert.deepEqual(labelOf(press("Digit3"), keys), { act: "label", number: 3 });
  assert.deepEqual(labelOf(press("Numpad1"), keys), { act: "label", number: 1 });
  assert.deepEqual(labelOf(press("KeyC", { key: "ㅊ" }), keys), { act: "label", number: 2 });
  for (const other of [
    press("Digit2"),
    press("KeyX"),
    press("KeyC", { ctrlKey: true }),
    press("Digit3", { shiftKey: true }),
  ]) {
    assert.equal(labelOf(other, keys), null);
  }
  assert.equal(commandOf(press("Digit2")), null);
});

test("the browser keeps its own keys", () => {
  assert.equal(commandOf(press("KeyR", { ctrlKey: true })), null);
  assert.equal(commandOf(press("Digit1", { ctrlKey: true })), null);
  assert.equal(commandOf(press("Tab")), null);
  assert.equal(commandOf(press("KeyQ")), null);
});

test("the question mark asks for help wherever it lies", () => {
  assert.deepEqual(commandOf(press("Slash", { shiftKey: true })), { act: "help" });
  assert.deepEqual(commandOf(press("Minus", { key: "?", shiftKey: true })), { act: "help" });
});
