import assert from "node:assert/strict";
import { test } from "node:test";

import { Countdown, digits, passed } from "../../static/js/exams/clock.js";
import { answered } from "../../static/js/exams/fields.js";
import {
  adopt,
  change,
  depart,
  entry,
  keepMine,
  landed,
  newest,
  patience,
  requests,
  same,
  unsaved,
} from "../../static/js/exams/queue.js";

const A = { choice: "a" };
const B = { choice: "b" };

function counter() {
  let seq = 0;
  return () => (seq += 1);
}

test("a change waits, departs with the revision it started from, and lands with the new one", () => {
  const waiting = change(entry(3, 2), A);
  assert.equal(unsaved(waiting), true);
  const flying = depart(waiting, "me", counter());
  assert.deepEqual(flying.flight, { client: "me", seq: 1, base_rev: 2, answer: A });
  const saved = landed(flying, 1, { item: 3, rev: 3 });
  assert.equal(saved.rev, 3);
  assert.equal(unsaved(saved), false);
});

test("what changes while an answer flies waits, and the flight keeps its key and content", () => {
  const next = counter();
  const flying = depart(change(entry(1, 0), A), "me", next);
  const both = change(flying, B);
  assert.deepEqual(depart(both, "me", next).flight, flying.flight);
  const after = depart(landed(both, 1, { item: 1, rev: 1 }), "me", next);
  assert.deepEqual(after.flight, { client: "me", seq: 2, base_rev: 1, answer: B });
});

test("going back to what flies already sends nothing more", () => {
  const flying = depart(change(entry(1, 0), A), "me", counter());
  assert.equal(change(change(flying, B), A).waiting, null);
});

test("a conflict keeps both answers until the candidate has chosen", () => {
  const next = counter();
  const flying = depart(change(entry(1, 0), A), "me", next);
  const torn = landed(flying, 1, { item: 1, conflict: true, rev: 4, answer: B });
  assert.deepEqual([torn.conflict, torn.mine, unsaved(torn)], [{ rev: 4, answer: B }, A, false]);
  assert.equal(depart(torn, "me", next), torn);
  const kept = depart(keepMine(torn), "me", next);
  assert.deepEqual(kept.flight, { client: "me", seq: 2, base_rev: 4, answer: A });
});

test("a refused answer is told and not sent for ever; a late one neither", () => {
  const flying = depart(change(entry(1, 0), A), "me", counter());
  assert.deepEqual(
    [
      unsaved(landed(flying, 1, { item: 1, refused: "Too small." })),
      newest(landed(flying, 1, { item: 1, refused: "x" })),
    ],
    [false, null],
  );
  assert.equal(landed(flying, 1, { item: 1, late: true }).late, true);
});

test("an answer to an older flight changes nothing", () => {
  const flying = depart(change(entry(1, 0), A), "me", counter());
  assert.equal(landed(flying, 9, { item: 1, rev: 7 }), flying);
});

test("requests are grouped by the window whose keys they carry", () => {
  const mine = depart(change(entry(1, 0), A), "me", counter());
  const left = depart(change(entry(2, 0), B), "before", counter());
  assert.deepEqual([...requests([mine, left, entry(3, 0)]).keys()], ["me", "before"]);
});

test("what an earlier page left goes on with its own key while the server knows nothing newer", () => {
  const left = depart(change(entry(1, 2), A), "before", counter());
  assert.equal(adopt(left, { rev: 2, answer: B }), left);
});

test("what an earlier page left and had arrived is not sent again", () => {
  const left = change(depart(change(entry(1, 2), A), "before", counter()), B);
  const held = adopt(left, { rev: 3, answer: A });
  assert.deepEqual([held.rev, held.flight, held.waiting], [3, null, B]);
  assert.equal(unsaved(adopt(depart(change(entry(1, 2), A), "before", counter()), { rev: 3, answer: A })), false);
});

test("what an earlier page left and another device overtook is the candidate's to decide", () => {
  const left = depart(change(entry(1, 2), A), "before", counter());
  const held = adopt(left, { rev: 5, answer: B });
  assert.deepEqual([held.conflict, held.mine], [{ rev: 5, answer: B }, A]);
});

test("trying again never ends and never waits long", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 50].map(patience), [1, 2, 4, 8, 10, 10]);
});

test("the clock follows the server and says each threshold once", () => {
  let milliseconds = 0;
  const clock = new Countdown(61, () => milliseconds);
  milliseconds = 2000;
  assert.equal(clock.left, 59);
  assert.equal(passed(61, clock.left), 60);
  assert.equal(passed(59, 58), null);
  assert.equal(passed(1000, 10), 30);
  clock.set(30);
  assert.equal(digits(clock.left), "0:30");
  assert.deepEqual([3605, 2400, 59.2, -3].map(digits), ["1:00:05", "40:00", "1:00", "0:00"]);
});

test("an empty drawing or an empty field is no answer", () => {
  for (const empty of [
    null,
    { choices: [] },
    { value: "" },
    { kind: "box", objects: [] },
    { kind: "classification", choice: null },
  ]) {
    assert.equal(answered(empty), false);
  }
  for (const full of [
    A,
    { value: "0" },
    { pairs: { a: "1" } },
    { kind: "box", objects: [{}] },
    { kind: "classification", choice: "cat" },
  ]) {
    assert.equal(answered(full), true);
  }
});

test("an answer that comes back with its names in another order is no conflict", () => {
  const drawn = { kind: "box", objects: [{ id: "1", label: "cat", box: [1, 2, 3, 4] }] };
  const kept = { objects: [{ id: "1", box: [1, 2, 3, 4], label: "cat" }], kind: "box" };
  const flying = depart(change(entry(3, 0), drawn), "me", counter());
  const adopted = adopt(flying, { rev: 1, answer: kept });
  assert.deepEqual([adopted.conflict, adopted.rev, unsaved(adopted)], [null, 1, false]);
  assert.equal(same({ a: [1, 2] }, { a: [2, 1] }), false);
});
