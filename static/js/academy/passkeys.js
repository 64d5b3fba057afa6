// @ts-check
// Passkeys: hands our questions to the browser and its answers back. A button says what it is for in data-passkey
// ("add", "sign in", "second step", "confirm"); where the browser knows no passkeys, another sentence stands instead.

/** @typedef {{question: string, answer: string, purpose: string, next: string, failed: string}} Ceremony */

/** @param {string} text @returns {ArrayBuffer} */
export function bytesOf(text) {
  const padded = text
    .replace(/-/g, "+")
    .replace(/_/g, "/")
    .padEnd(Math.ceil(text.length / 4) * 4, "=");
  return Uint8Array.from(atob(padded), (char) => char.charCodeAt(0)).buffer;
}

/** @param {ArrayBuffer | null | undefined} buffer @returns {string | null} */
export function textOf(buffer) {
  if (!buffer) return null;
  const text = btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""));
  return text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** The question as the browser wants it: bytes where we sent letters. @param {any} options */
export function readable(options) {
  const named = (/** @type {any[] | undefined} */ list) => list?.map((each) => ({ ...each, id: bytesOf(each.id) }));
  const read = { ...options, challenge: bytesOf(options.challenge) };
  if (options.user) read.user = { ...options.user, id: bytesOf(options.user.id) };
  if (options.excludeCredentials) read.excludeCredentials = named(options.excludeCredentials);
  if (options.allowCredentials) read.allowCredentials = named(options.allowCredentials);
  return read;
}

/** The answer as we want it: letters where the browser has bytes. @param {any} made */
export function sendable(made) {
  const { response } = made;
  return {
    id: made.id,
    rawId: textOf(made.rawId),
    type: made.type,
    authenticatorAttachment: made.authenticatorAttachment ?? undefined,
    response: {
      clientDataJSON: textOf(response.clientDataJSON),
      attestationObject: textOf(response.attestationObject) ?? undefined,
      authenticatorData: textOf(response.authenticatorData) ?? undefined,
      signature: textOf(response.signature) ?? undefined,
      userHandle: textOf(response.userHandle) ?? undefined,
      transports: response.getTransports?.() ?? undefined,
    },
  };
}

/** A refusal with the sentence we sent, and perhaps the page that leads on. */
class Refusal extends Error {
  /** @param {string} message @param {string} [next] */
  constructor(message, next) {
    super(message);
    this.next = next;
  }
}

/** @param {string} url @param {unknown} body */
async function post(url, body) {
  const csrf = document.querySelector("meta[name=csrf-token]")?.getAttribute("content") ?? "";
  const answer = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf },
    body: JSON.stringify(body),
  });
  const read = await answer.json();
  if (!answer.ok) throw new Refusal(read.detail ?? "", read.next);
  return read;
}

/** Ask, let the browser answer, send the answer; the page to go to. @param {Ceremony} ceremony */
async function perform({ question, answer, purpose, next }) {
  const options = readable(await post(question, { purpose }));
  const credential =
    purpose === "add"
      ? await navigator.credentials.create({ publicKey: options })
      : await navigator.credentials.get({ publicKey: options });
  return (await post(answer, { purpose, next, credential: sendable(credential) })).next;
}

/** @param {HTMLElement} place */
function offer(place) {
  const button = /** @type {HTMLButtonElement} */ (place.querySelector("button"));
  const said = /** @type {HTMLElement} */ (place.querySelector("[data-said]"));
  const { question = "", answer = "", passkey: purpose = "", next = "", failed = "" } = place.dataset;
  place.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    said.textContent = "";
    try {
      location.assign(await perform({ question, answer, purpose, next, failed }));
    } catch (error) {
      if (error instanceof Refusal && error.next) location.assign(error.next);
      said.textContent = (error instanceof Refusal && error.message) || failed;
      button.disabled = false;
      button.focus();
    }
  });
}

/** Passkeys answer one house under its own name: not under another one, and not under a number.
 * @param {string} house @param {{origin: string, hostname: string}} here */
export function isHouse(house, here) {
  return new URL(house).origin === here.origin && !/^[\d.]+$|:/.test(here.hostname);
}

if (typeof document !== "undefined") {
  const house = /** @type {HTMLElement | null} */ (document.querySelector("[data-house]"))?.dataset.house ?? "";
  const able = window.isSecureContext && "PublicKeyCredential" in window && house !== "" && isHouse(house, location);
  for (const place of document.querySelectorAll("[data-passkey]")) {
    if (able) offer(/** @type {HTMLElement} */ (place));
  }
  for (const sentence of document.querySelectorAll("[data-without-passkeys]")) {
    /** @type {HTMLElement} */ (sentence).hidden = able;
  }
}
