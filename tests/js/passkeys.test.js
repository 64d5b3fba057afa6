import assert from "node:assert/strict";
import { test } from "node:test";
import { bytesOf, isHouse, readable, sendable, textOf } from "../../static/js/academy/passkeys.js";

test("bytes survive the way through letters, whatever their number", () => {
  for (const size of [0, 1, 2, 3, 32, 255]) {
    const bytes = Uint8Array.from({ length: size }, (_, index) => (index * 37 + 250) % 256);
    const text = textOf(bytes.buffer);
    assert.match(text, /^[A-Za-z0-9_-]*$/);
    assert.deepEqual(new Uint8Array(bytesOf(text)), bytes);
  }
});

test("what the browser does not say is left out", () => {
  assert.equal(textOf(undefined), null);
  const sent = sendable({
    id: "x",
    rawId: new ArrayBuffer(1),
    type: "public-key",
    response: { clientDataJSON: new ArrayBuffer(2) },
  });
  assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(sent.response))), ["clientDataJSON"]);
});

test("every name in a question becomes bytes", () => {
  const read = readable({
    challenge: "AQID",
    user: { id: "BA", name: "n" },
    excludeCredentials: [{ id: "BQ", type: "public-key" }],
    allowCredentials: [{ id: "Bg", type: "public-key" }],
  });
  assert.deepEqual(new Uint8Array(read.challenge), Uint8Array.of(1, 2, 3));
  assert.deepEqual(new Uint8Array(read.user.id), Uint8Array.of(4));
  assert.deepEqual(new Uint8Array(read.excludeCredentials[0].id), Uint8Array.of(5));
  assert.deepEqual(new Uint8Array(read.allowCredentials[0].id), Uint8Array.of(6));
});

test("passkeys are offered under the name of the house only", () => {
  const at = (address) => new URL(address);
  assert.ok(isHouse("http://localhost:8000", at("http://localhost:8000/sign-in")));
  assert.ok(isHouse("https://academy.example:443", at("https://academy.example/")));
  assert.ok(!isHouse("http://localhost:8000", at("http://127.0.0.1:8000/")));
  assert.ok(!isHouse("https://192.168.0.2", at("https://192.168.0.2/")));
  assert.ok(!isHouse("https://[::1]", at("https://[::1]/")));
});
