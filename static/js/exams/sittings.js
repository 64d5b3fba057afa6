/**
 * The paper: one item on the screen, every change saved by itself, the time left, and the way to the end.
 */

import { mount } from "../annotate/workspace.js";
import { Countdown, digits, passed } from "./clock.js";
import { answered, readAnswer, writeAnswer } from "./fields.js";
import * as queue from "./queue.js";
import { Sender } from "./sender.js";

const DEBOUNCE = 1000;
const HEARTBEAT = 45_000;
/** What is drawn lies in our own queue until the server has it; a second draft beside it could only disagree. */
const NO_DRAFTS = { load: async () => null, save: async () => undefined, remove: async () => undefined };

/** @param {string} selector @param {ParentNode} [within] @returns {any} */
const one = (selector, within = document) => within.querySelector(selector);
/** @param {string} selector @returns {any[]} */
const every = (selector) => Array.from(document.querySelectorAll(selector));

const paper = JSON.parse(one("[data-paper]").textContent);
const texts = paper.texts;
const items = every("[data-item]");
/** @type {Map<number, queue.Stored>} */
const stored = new Map(paper.items.map((/** @type {any} */ held) => [held.item, held]));
/** @type {Map<number, queue.Answer | null>} */
const shown = new Map(paper.items.map((/** @type {any} */ held) => [held.item, held.answer]));
/** @type {Map<number, queue.Entry>} */
const entries = new Map(paper.items.map((/** @type {any} */ held) => [held.item, queue.entry(held.item, held.rev)]));
/** @type {Map<number, any>} */
const workspaces = new Map();
const clock = new Countdown(paper.seconds_left);
/** @type {ReturnType<typeof setTimeout> | undefined} */
let soon;

/** @param {string} text @param {Record<string, string>} values */
function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

function timeNow() {
  return new Intl.DateTimeFormat(document.documentElement.lang, {
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  }).format(new Date());
}

/** @param {string} text */
function announce(text) {
  one("[data-announce]").textContent = text;
}

/** @param {import("./sender.js").State} state */
function tell(state) {
  const place = one("[data-paper-saved]");
  const words = state === "saved" ? fill(texts.saved, { time: timeNow() }) : texts[state];
  place.closest(".saved")?.classList.toggle("saved--failed", state === "trying" || state === "signed-out");
  if (place.textContent !== words) {
    place.textContent = words;
    if (state === "trying" || state === "signed-out") {
      announce(words);
    }
  }
  place.dataset.state = state;
  if (state === "over") {
    finish();
  }
}

// One item on the screen ----------------------------------------------------------------------------------------------

/** @param {number} number */
function element(number) {
  return one(`[data-item="${number}"]`);
}

/** The screen asked for in the address: an item, or the page for handing in. */
function show() {
  const wanted = location.hash.slice(1);
  const screens = [...items, one("#hand-in")];
  const current = screens.find((screen) => screen.id === wanted) ?? items[0];
  for (const screen of screens) {
    screen.hidden = screen !== current;
  }
  for (const link of every("[data-goto]")) {
    const here = link.getAttribute("href") === `#${current.id}`;
    if (here) {
      link.setAttribute("aria-current", "true");
    } else {
      link.removeAttribute("aria-current");
    }
  }
  if (current.dataset.item) {
    open(Number(current.dataset.item));
  } else {
    listOpenItems();
  }
  if (wanted) {
    scrollTo({ top: 0 });
    one("h2", current).focus({ preventScroll: true });
  }
}

/** A workspace is mounted when it is first seen: before, it has no size. @param {number} number */
function open(number) {
  const place = one("[data-workspace]", element(number));
  if (!place || workspaces.has(number)) {
    return;
  }
  const config = one("[data-workspace-config]", place);
  const settings = JSON.parse(config.textContent);
  settings.document = shown.get(number) ?? null;
  config.textContent = JSON.stringify(settings);
  const workspace = mount(place, { drafts: NO_DRAFTS });
  workspaces.set(number, workspace);
  workspace.onChange(() => edited(number, workspace.document()));
}

function listOpenItems() {
  const missing = items
    .map((item) => Number(item.dataset.item))
    .filter((number) => !answered(shown.get(number) ?? null));
  const place = one("[data-open-items]");
  place.textContent = missing.length ? fill(texts.open_items, { items: missing.join(", ") }) : texts.all_answered;
}

/** Fetch every picture while there is a network, so that an item can be opened without one. */
function preload() {
  for (const config of every("[data-workspace-config]")) {
    new Image().src = JSON.parse(config.textContent).image.url;
  }
}

/** @param {number} number */
function mark(number) {
  const done = answered(shown.get(number) ?? null);
  const link = one(`[data-goto="${number}"]`);
  link.classList.toggle("overview__item--done", done);
  one("[data-answered]", link).textContent = done ? texts.answered : texts.not_answered;
}

// Changes -------------------------------------------------------------------------------------------------------------

/** @param {number} number @param {queue.Answer | null} answer */
function edited(number, answer) {
  if (
    answer === null ||
    queue.same(answer, shown.get(number)) ||
    (answer.kind && !answered(answer) && !shown.get(number))
  ) {
    return;
  }
  shown.set(number, answer);
  mark(number);
  sender.change(number, answer);
  clearTimeout(soon);
  soon = setTimeout(() => sender.flush(), DEBOUNCE);
}

/** What became of an item: a conflict and a refusal are shown where they happened. @param {number} number */
function changed(number) {
  const held = entries.get(number);
  if (!held) {
    return;
  }
  const place = one("[data-conflict]", element(number));
  place.hidden = !held.conflict;
  const refusal = one("[data-refused]", element(number));
  refusal.hidden = !held.refused;
  one("[data-words]", refusal).textContent = held.refused ? fill(texts.refused, { why: held.refused }) : "";
  if (held.conflict) {
    announce(fill(texts.conflict, { item: String(number) }));
  }
}

/** @param {number} number */
async function keepMine(number) {
  const held = entries.get(number);
  if (held) {
    tell("saving");
    await sender.put(queue.keepMine(held));
    await sender.flush();
  }
}

/** Taking the stored answer: forget ours, and let the server draw the page again. @param {number} number */
async function takeStored(number) {
  const held = entries.get(number);
  if (held) {
    await sender.put(queue.entry(number, held.rev));
    await sender.flush();
    location.hash = `item-${number}`;
    location.reload();
  }
}

/** @param {boolean} yes */
function elsewhere(yes) {
  const place = one("[data-elsewhere]");
  if (place.hidden === yes) {
    place.hidden = !yes;
    for (const item of items) {
      item.inert = yes;
    }
    if (yes) {
      announce(one("[data-words]", place).textContent);
    }
  }
}

// Time ----------------------------------------------------------------------------------------------------------------

let before = clock.left;

function tick() {
  const left = clock.left;
  const place = one("[data-time-left]");
  place.textContent = digits(left);
  place.closest(".time-left")?.classList.toggle("time-left--short", left <= 300);
  const threshold = passed(before, left);
  if (threshold !== null) {
    announce(spoken(threshold));
  }
  if (before > 0 && left <= 0) {
    announce(texts.time_over);
    one("[data-time-over]").hidden = false;
    sender.flush();
  }
  if (left <= 0 && sender.settled) {
    finish();
  }
  before = left;
}

/** @param {number} seconds */
function spoken(seconds) {
  const minutes = Math.floor(seconds / 60);
  return minutes >= 1
    ? fill(texts.minutes_left, { minutes: String(minutes) })
    : fill(texts.seconds_left, { seconds: String(Math.max(0, Math.ceil(seconds))) });
}

let finished = false;

/** The server has closed the sitting, or will now: the form asks for the result. */
function finish() {
  if (!finished) {
    finished = true;
    one("[data-hand-in]").submit();
  }
}

/** Hand in only when everything has been acknowledged; otherwise say what is missing and go on trying. @param {Event} event */
async function handIn(event) {
  event.preventDefault();
  const button = one("[type=submit]", one("[data-hand-in]"));
  button.setAttribute("aria-disabled", "true");
  clearTimeout(soon);
  // Asking the server even when nothing waits: a form sent into a dead network would lose the page.
  for (let tries = 0; tries < 40 && !(await sender.flush()); tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  button.removeAttribute("aria-disabled");
  const conflicts = [...entries.values()].filter((held) => held.conflict);
  if (conflicts.length > 0) {
    location.hash = `item-${conflicts[0].item}`;
  } else if (sender.settled) {
    finish();
  } else {
    one("[data-not-yet]").hidden = false;
    announce(texts.not_yet);
  }
}

// Start ---------------------------------------------------------------------------------------------------------------

const csrf = one("meta[name=csrf-token]").content;
const sender = new Sender({
  url: paper.url,
  csrf,
  sitting: paper.sitting,
  entries,
  changed,
  tell,
  time: (seconds) => clock.set(seconds),
  elsewhere,
});

async function start() {
  await sender.recover(stored);
  for (const [number, held] of entries) {
    const newer = queue.newest(held);
    if (newer) {
      shown.set(number, newer);
    }
    const question = one("[data-question]", element(number));
    if (question) {
      writeAnswer(question, shown.get(number) ?? null);
      for (const kind of ["input", "change"]) {
        question.addEventListener(kind, () => edited(number, readAnswer(question)));
      }
    }
    mark(number);
    one("[data-keep-mine]", element(number)).addEventListener("click", () => keepMine(number));
    one("[data-take-stored]", element(number)).addEventListener("click", () => takeStored(number));
  }
  document.body.classList.add("one-at-a-time");
  for (const form of every("form[data-plain]")) {
    form.addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      sender.flush();
    });
  }
  one("[data-hand-in]").addEventListener("submit", handIn);
  one("[data-say-time]").addEventListener("click", () => announce(spoken(clock.left)));
  one("[data-here]").addEventListener("click", () => sender.claim().then(() => location.reload()));
  addEventListener("hashchange", show);
  addEventListener("online", () => sender.flush());
  addEventListener("pagehide", () => sender.flush());
  document.addEventListener("visibilitychange", () => sender.flush());
  show();
  tick();
  setInterval(tick, 1000);
  setInterval(() => sender.flush(), HEARTBEAT);
  await sender.claim();
  preload();
  document.documentElement.dataset.ready = "true";
}

start();
