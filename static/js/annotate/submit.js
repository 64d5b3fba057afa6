/**
 * Handing in, once: the same key goes with every try, so a lost answer or a second click makes no second attempt.
 */

/** @typedef {{csrf: string, key: string, tell?: (seconds: number) => void, signal?: AbortSignal, fetcher?: typeof fetch, pause?: (milliseconds: number, signal?: AbortSignal) => Promise<void>}} SubmitOptions */

const LONGEST_WAIT = 30;
const PATIENCE = 20_000;

/** The server understood and said no; trying again would not help. */
export class SubmitRefused extends Error {
  /**
   * @param {string} message fit for the reader
   * @param {number} status
   */
  constructor(message, status) {
    super(message);
    this.name = "SubmitRefused";
    this.status = status;
  }
}

/**
 * Seconds to wait before try number n (from 1): 1, 2, 4, 8, 16, 30, 30 ...
 * @param {number} attempt
 */
export function waitBefore(attempt) {
  return Math.min(2 ** (attempt - 1), LONGEST_WAIT);
}

/**
 * A new idempotency key. `randomUUID` exists only on https and on the own machine; a class may run on plain http.
 * @returns {string}
 */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>} earlier when the network comes back or the signal says stop
 */
function pauseOrOnline(milliseconds, signal) {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      removeEventListener("online", wake);
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    addEventListener("online", wake);
    signal?.addEventListener("abort", wake);
  });
}

/** @param {number} status */
function worthAnotherTry(status) {
  return status === 408 || status === 429 || status >= 500;
}

/**
 * @param {string} url
 * @param {unknown} body
 * @param {SubmitOptions} options
 * @returns {Promise<any>} the server's answer; throws SubmitRefused, or the signal's reason when stopped
 */
export async function submitOnce(url, body, { csrf, key, tell, signal, fetcher = fetch, pause = pauseOrOnline }) {
  const request = {
    method: "POST",
    /** @type {RequestCredentials} */
    credentials: "same-origin",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      "X-CSRFToken": csrf,
      "Idempotency-Key": key,
    },
    body: JSON.stringify(body),
  };
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    const response = await tried(fetcher, url, request);
    if (response && !worthAnotherTry(response.status)) {
      const answer = parsed(response);
      if (response.ok && answer !== null) {
        return answer;
      }
      throw new SubmitRefused(String(answer?.detail ?? answer?.title ?? ""), response.status);
    }
    const asked = Number(response?.headers.get("Retry-After"));
    const seconds = asked > 0 ? Math.min(asked, LONGEST_WAIT) : waitBefore(attempt);
    tell?.(seconds);
    await pause(seconds * 1000, signal);
  }
}

/**
 * @param {typeof fetch} fetcher
 * @param {string} url
 * @param {RequestInit} request
 * @returns {Promise<{ok: boolean, status: number, headers: Headers, text: string} | null>} null when no whole answer came
 */
async function tried(fetcher, url, request) {
  try {
    const response = await fetcher(url, { ...request, signal: AbortSignal.timeout(PATIENCE) });
    return { ok: response.ok, status: response.status, headers: response.headers, text: await response.text() };
  } catch {
    return null;
  }
}

/**
 * @param {{text: string}} response
 * @returns {any} null when it is not JSON, for instance the sign-in page
 */
function parsed({ text }) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
