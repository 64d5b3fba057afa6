import assert from "node:assert/strict";
import { test } from "node:test";

import { fill, mayHelp, tokenIn } from "../../static/js/academy/bringing.js";

test("a sentence is filled in, and what nobody knows stays", () => {
  assert.equal(fill("{done} of {total} MB sent", { done: "1.5", total: "3.0" }), "1.5 of 3.0 MB sent");
  assert.equal(fill("Remove {name}", { name: "a{name}.zip" }), "Remove a{name}.zip");
  assert.equal(fill("{other}", {}), "{other}");
});

test("sending again helps when the network is gone or the house is busy, not when the file was refused", () => {
  assert.deepEqual([0, 409, 423, 429, 500, 503].map(mayHelp), Array(6).fill(true));
  assert.deepEqual([400, 401, 403, 404, 413, 415, 422].map(mayHelp), Array(7).fill(false));
});

test("a transfer is known by the end of its address", () => {
  assert.equal(tokenIn("http://house/gold/transfers/20261122-ab12"), "20261122-ab12");
  assert.equal(tokenIn("/gold/transfers/20261122-ab12/"), "20261122-ab12");
  assert.equal(tokenIn(null), "");
});
