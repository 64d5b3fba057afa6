import assert from "node:assert/strict";
import { test } from "node:test";
import { Keeper } from "../../static/js/annotate/store.js";

/** A device whose disk fails so many times. */
function device(failures = 0) {
  const rows = new Map();
  let left = failures;
  return {
    rows,
    async load(key) {
      return rows.get(key) ?? null;
    },
    async save(key, draft) {
      if (left > 0) {
        left -= 1;
        throw new Error("disk full");
      }
      rows.set(key, structuredClone(draft));
    },
    async remove(key) {
      rows.delete(key);
    },
  };
}

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

test("each action is on the device, and says so", async () => {
  const told = [];
  const store = device();
  const keeper = new Keeper(store, "one", (state) => told.push(state.kind));
  await keeper.keep({ document: { n: 1 } });
  await keeper.keep({ document: { n: 2 } });
  assert.deepEqual(store.rows.get("one").document, { n: 2 });
  assert.deepEqual(told, ["saved", "saved"]);
});

test("a failed save says so and goes on trying", async () => {
  const told = [];
  const store = device(2);
  const keeper = new Keeper(store, "one", (state) => told.push(state.kind), 5);
  await keeper.keep({ document: "precious" });
  assert.deepEqual(told, ["failed"]);
  while (told.length < 3) {
    await pause(5);
  }
  assert.deepEqual(told, ["failed", "failed", "saved"]);
  assert.equal(store.rows.get("one").document, "precious");
});

test("the key of a submission stays with the draft through a reload", async () => {
  const store = device();
  await new Keeper(store, "one", () => undefined).keep({ document: 1, key: "k", sending: true });
  const reloaded = new Keeper(store, "one", () => undefined);
  await reloaded.restore();
  await reloaded.keep({ document: 2 });
  assert.equal(store.rows.get("one").key, "k");
  assert.equal(store.rows.get("one").sending, true);
});

test("what was drawn before the draft was found wins over it", async () => {
  const store = device();
  await new Keeper(store, "one", () => undefined).keep({ document: "old" });
  const keeper = new Keeper(store, "one", () => undefined);
  const restoring = keeper.restore();
  await keeper.keep({ document: "new" });
  await restoring;
  assert.equal(keeper.draft.document, "new");
});

test("after handing in nothing is left, and no late save brings it back", async () => {
  const store = device(1);
  const keeper = new Keeper(store, "one", () => undefined, 5);
  await keeper.keep({ document: 1 });
  await keeper.clear();
  await pause(30);
  assert.equal(store.rows.size, 0);
});
