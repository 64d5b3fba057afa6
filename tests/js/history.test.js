import assert from "node:assert/strict";
import { test } from "node:test";
import { begin, commit, MEMORY, redo, undo } from "../../static/js/annotate/history.js";

test("what was done can be undone and redone", () => {
  const done = commit(commit(begin("a"), "b"), "c");
  assert.equal(undo(done).present, "b");
  assert.equal(undo(undo(done)).present, "a");
  assert.equal(redo(undo(done)).present, "c");
});

test("at either end nothing happens", () => {
  const start = begin("a");
  assert.equal(undo(start), start);
  assert.equal(redo(start), start);
});

test("a new drawing forgets what had been undone", () => {
  const forked = commit(undo(commit(begin("a"), "b")), "c");
  assert.equal(redo(forked), forked);
  assert.equal(undo(forked).present, "a");
});

test("presses of an arrow in quick succession are one step", () => {
  const held = commit(commit(commit(begin("a"), "b", "move 1"), "c", "move 1"), "d", "move 1");
  assert.equal(undo(held).present, "a");
});

test("another movement is another step", () => {
  const two = commit(commit(begin("a"), "b", "move 1"), "c", "move 2");
  assert.equal(undo(two).present, "b");
  assert.equal(undo(undo(commit(undo(two), "d", "move 1"))).present, "a");
});

test("the same drawing is no step", () => {
  const start = begin("a");
  assert.equal(commit(start, "a"), start);
});

test("the memory is long but not endless", () => {
  let history = begin(0);
  for (let turn = 1; turn <= MEMORY + 50; turn += 1) {
    history = commit(history, turn);
  }
  assert.equal(history.past.length, MEMORY);
});
