import assert from "node:assert/strict";
import { test } from "node:test";
import { freshId } from "../../static/js/annotate/boxes.js";
import { fill } from "../../static/js/annotate/list.js";
import { findings, layerOpacity, worstFirst } from "../../static/js/annotate/report.js";

const verdict = (kind, similarity, gold, answer) => ({
  verdict: kind,
  similarity,
  gold,
  answer,
  rule: null,
  words: `${kind} ${gold} ${answer}`,
});

test("the worst comes first", () => {
  const sorted = worstFirst([
    verdict("matched", 0.9, "1", "a1"),
    verdict("loose", 0.4, "2", "a2"),
    verdict("loose", 0.2, "3", "a3"),
    verdict("missed", 0, "4", null),
  ]);
  assert.deepEqual(
    sorted.map(({ words }) => words),
    ["missed 4 null", "loose 3 a3", "loose 2 a2", "matched 1 a1"],
  );
});

test("a verdict of a kind not yet known does no harm", () => {
  assert.equal(worstFirst([verdict("future", 0, null, null), verdict("matched", 1, "1", "a1")])[0].verdict, "matched");
});

test("a finding shows both shapes it speaks of", () => {
  const gold = { objects: [{ id: "1", label: "car", box: [0, 0, 10, 10] }] };
  const mine = [{ id: "1", label: "car", box: [5, 5, 20, 10] }];
  const [found] = findings({ gold, verdicts: [verdict("loose", 0.3, "1", "1")] }, mine);
  assert.deepEqual(found.box, [0, 0, 25, 15]);
  assert.equal(found.number, 1);
});

test("a choice has no shapes", () => {
  const [found] = findings({ gold: { choice: "car" }, verdicts: [verdict("wrong_label", 0, "car", "dog")] }, []);
  assert.equal(found.box, null);
});

test("in the middle of the slider both are seen in full", () => {
  assert.deepEqual(layerOpacity(0), { mine: 1, gold: 0 });
  assert.deepEqual(layerOpacity(0.5), { mine: 1, gold: 1 });
  assert.deepEqual(layerOpacity(1), { mine: 0, gold: 1 });
});

test("sentences are filled by name, in whatever order the language has", () => {
  assert.equal(fill("%(b)s before %(a)s", { a: 1, b: "two" }), "two before 1");
  assert.equal(fill("%(missing)s stays", {}), "%(missing)s stays");
  assert.equal(fill(undefined), "");
});

test("a new shape never takes the name of another", () => {
  assert.equal(freshId([]), "a1");
  assert.equal(freshId([{ id: "a7" }, { id: "x" }]), "a8");
});
