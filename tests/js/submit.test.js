import assert from "node:assert/strict";
import { test } from "node:test";
import { newKey, SubmitRefused, submitOnce, waitBefore } from "../../static/js/annotate/submit.js";

const json = (body, status = 200, headers = {}) => new Response(JSON.stringify(body), { status, headers });

/** A server that answers one after the other; an Error is a lost connection. */
function server(...answers) {
  const requests = [];
  const fetcher = async (url, request) => {
    requests.push({ url, ...request });
    const answer = answers.shift();
    if (answer instanceof Error) {
      throw answer;
    }
    return answer;
  };
  return { requests, fetcher };
}

const options = (fetcher, more = {}) => ({ csrf: "token", key: "the-key", fetcher, pause: async () => {}, ...more });

test("the same key goes with every try until an answer comes", async () => {
  const lost = new TypeError("network");
  const { requests, fetcher } = server(lost, json({}, 503), lost, json({ location: "/done" }));
  const told = [];
  const answer = await submitOnce("/hand-in", { n: 1 }, options(fetcher, { tell: (seconds) => told.push(seconds) }));
  assert.deepEqual(answer, { location: "/done" });
  assert.deepEqual(new Set(requests.map(({ headers }) => headers["Idempotency-Key"])), new Set(["the-key"]));
  assert.deepEqual(new Set(requests.map(({ body }) => body)), new Set(['{"n":1}']));
  assert.equal(requests[0].headers["X-CSRFToken"], "token");
  assert.deepEqual(told, [1, 2, 4]);
});

test("an answer that breaks off half way is no answer", async () => {
  const torn = { ok: true, status: 200, headers: new Headers(), text: () => Promise.reject(new TypeError("torn")) };
  const { requests, fetcher } = server(torn, json({ location: "/done" }));
  await submitOnce("/hand-in", {}, options(fetcher));
  assert.equal(requests.length, 2);
});

test("a no is a no: the sentence of the server reaches the learner", async () => {
  const { requests, fetcher } = server(json({ detail: "Box a1 is too small." }, 422));
  await assert.rejects(submitOnce("/hand-in", {}, options(fetcher)), (error) => {
    assert.ok(error instanceof SubmitRefused);
    assert.equal(error.message, "Box a1 is too small.");
    assert.equal(error.status, 422);
    return true;
  });
  assert.equal(requests.length, 1);
});

test("a sign-in page instead of an answer is a refusal without words", async () => {
  const { fetcher } = server(new Response("<!doctype html>", { status: 200 }));
  await assert.rejects(submitOnce("/hand-in", {}, options(fetcher)), { name: "SubmitRefused", message: "" });
});

test("the server may say how long to wait", async () => {
  const { fetcher } = server(json({}, 503, { "Retry-After": "10" }), json({}));
  const told = [];
  await submitOnce("/hand-in", {}, options(fetcher, { tell: (seconds) => told.push(seconds) }));
  assert.deepEqual(told, [10]);
});

test("whoever wants to go on drawing can stop it", async () => {
  const stop = new AbortController();
  const { fetcher } = server(new TypeError("network"), json({}));
  const pause = async () => stop.abort();
  await assert.rejects(submitOnce("/hand-in", {}, options(fetcher, { pause, signal: stop.signal })), {
    name: "AbortError",
  });
});

test("waits grow, but never beyond half a minute", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6, 60].map(waitBefore), [1, 2, 4, 8, 16, 30, 30]);
});

test("keys are never the same", () => {
  const keys = new Set(Array.from({ length: 100 }, newKey));
  assert.equal(keys.size, 100);
  assert.match([...keys][0], /^[0-9a-f]{32}$/);
});
