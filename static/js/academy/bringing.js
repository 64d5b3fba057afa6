// @ts-check
// Sends chosen files in pieces (tus), so that a cut connection or a reload costs one piece. Without this script the
// form sends them whole. What a form speaks of in the end are the tokens of files that are here.

/** @typedef {{abort: (terminate?: boolean) => Promise<void>, start: () => void, url: string | null,
 *   findPreviousUploads: () => Promise<any[]>, resumeFromPreviousUpload: (before: any) => void}} Sender */

const MB = 2 ** 20;
const AT_ONCE = 3;
/** Seconds between tries, in thousandths: two minutes of patience before a person is asked. */
const TRIES = [0, 1000, 3000, 5000, 10_000, 20_000, 30_000, 60_000];

/** The sentence with its {names} filled in. @param {string} sentence @param {Record<string, string>} facts */
export function fill(sentence, facts) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => facts[name] ?? whole);
}

/** Whether sending again may help: the network is gone, or we are busy. @param {number} status */
export function mayHelp(status) {
  return status === 0 || status === 409 || status === 423 || status === 429 || status >= 500;
}

/** The last part of a transfer's address. @param {string | null} address */
export function tokenIn(address) {
  return (address ?? "").replace(/\/+$/, "").split("/").pop() ?? "";
}

/** @param {number} bytes */
const inMegabytes = (bytes) => (bytes ? Math.max(bytes / MB, 0.1) : 0).toFixed(1);

/** @param {any} error @returns {number} */
const statusOf = (error) => error?.originalResponse?.getStatus() ?? 0;

async function library() {
  const address = new URL("../../vendor/tus/tus.min.js", import.meta.url).href;
  await import(address);
  return /** @type {any} */ (window).tus;
}

/** One line below the drop zone. */
class Row {
  /** @param {File} file @param {Record<string, string>} words */
  constructor(file, words) {
    this.element = document.createElement("li");
    this.element.className = "drop__file";
    this.bar = document.createElement("progress");
    this.bar.max = file.size || 1;
    this.bar.value = 0;
    this.bar.setAttribute("aria-label", file.name);
    this.state = document.createElement("span");
    this.state.className = "muted";
    this.button = button(fill(words.remove ?? "", { name: file.name }), "button button--quiet");
    this.retry = button(words.again ?? "", "button button--secondary");
    this.retry.hidden = true;
    const name = document.createElement("strong");
    name.textContent = file.name;
    this.element.append(name, this.bar, this.state, this.retry, this.button);
  }
}

/** @param {string} text @param {string} kind */
function button(text, kind) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = kind;
  made.textContent = text;
  return made;
}

/** A form that brings files. */
class Bringing {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    /** @type {Record<string, string>} */
    this.words = JSON.parse(form.dataset.words ?? "{}");
    this.input = /** @type {HTMLInputElement} */ (form.querySelector("input[type=file]"));
    this.list = /** @type {HTMLElement} */ (form.querySelector("[data-files]"));
    this.tokens = /** @type {HTMLInputElement} */ (form.querySelector("[data-tokens]"));
    this.said = /** @type {HTMLElement} */ (form.querySelector("[data-said]"));
    /** @type {(() => Promise<void>)[]} */
    this.queue = [];
    this.running = 0;
    this.open = 0;
    this.waits = false;
    this.input.addEventListener("change", () => this.take([...(this.input.files ?? [])]));
    form.addEventListener("submit", (event) => this.hold(event));
    this.listen(/** @type {HTMLElement} */ (form.querySelector("[data-drop]")));
  }

  /** @param {HTMLElement} zone */
  listen(zone) {
    const hint = zone.querySelector("[data-drop-hint]");
    if (hint instanceof HTMLElement) hint.hidden = false;
    for (const kind of ["dragenter", "dragover"]) {
      zone.addEventListener(kind, (event) => {
        event.preventDefault();
        zone.classList.add("drop--over");
      });
    }
    zone.addEventListener("dragleave", () => zone.classList.remove("drop--over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("drop--over");
      const dropped = [...(event.dataTransfer?.items ?? [])].filter((item) => item.kind === "file");
      if (dropped.some((item) => item.webkitGetAsEntry?.()?.isDirectory)) this.say(this.words.folder ?? "", true);
      const files = dropped.filter((item) => !item.webkitGetAsEntry?.()?.isDirectory).map((item) => item.getAsFile());
      this.take(/** @type {File[]} */ (files.filter(Boolean)));
    });
  }

  /** @param {string} sentence @param {boolean} shown */
  say(sentence, shown = false) {
    this.said.textContent = sentence;
    this.said.classList.toggle("visually-hidden", !shown);
  }

  /** @param {File[]} files */
  take(files) {
    this.input.value = ""; // they are on their way already
    for (const file of files) this.send(file);
  }

  /** @param {File} file */
  send(file) {
    const row = new Row(file, this.words);
    this.list.append(row.element);
    const largest = Number(this.form.dataset.largest);
    if (file.size === 0 || file.size > largest) {
      const large = fill(this.words.large ?? "", { most: String(Math.floor(largest / MB)) });
      row.state.textContent = file.size ? large : (this.words.empty ?? "");
      row.bar.remove();
      row.button.addEventListener("click", () => row.element.remove());
      this.say(`${file.name}: ${row.state.textContent}`);
      return;
    }
    this.open += 1;
    this.queue.push(() => this.carry(file, row));
    this.next();
  }

  next() {
    while (this.running < AT_ONCE && this.queue.length) {
      this.running += 1;
      const work = /** @type {() => Promise<void>} */ (this.queue.shift());
      void work().finally(() => {
        this.running -= 1;
        this.next();
      });
    }
  }

  /** Send one file to its end, or until it is given up. @param {File} file @param {Row} row @returns {Promise<void>} */
  async carry(file, row) {
    const tus = await library();
    return new Promise((done) => {
      const ended = () => {
        this.open -= 1;
        done();
        this.goOn();
      };
      const sender = /** @type {Sender} */ (
        new tus.Upload(file, {
          endpoint: this.form.dataset.bring,
          chunkSize: Number(this.form.dataset.piece),
          retryDelays: TRIES,
          metadata: { filename: file.name },
          headers: { "X-CSRFToken": document.querySelector("meta[name=csrf-token]")?.getAttribute("content") ?? "" },
          uploadDataDuringCreation: true,
          removeFingerprintOnSuccess: true,
          onShouldRetry: (/** @type {any} */ error) => mayHelp(statusOf(error)),
          onProgress: (/** @type {number} */ sent, /** @type {number} */ total) => {
            row.bar.value = sent;
            row.state.textContent = fill(this.words.sending ?? "", {
              done: inMegabytes(sent),
              total: inMegabytes(total),
            });
            this.form.querySelector(`[data-token="${tokenIn(sender.url)}"]`)?.remove();
          },
          onError: (/** @type {any} */ error) => this.failed(row, sender, statusOf(error), ended),
          onSuccess: () => {
            this.arrived(file, row, sender);
            ended();
          },
        })
      );
      row.button.addEventListener("click", () => {
        const here = row.element.contains(row.bar);
        void sender.abort(Boolean(sender.url)).catch(() => undefined);
        row.element.remove();
        this.noteTokens();
        if (here) ended();
        this.input.focus();
      });
      row.retry.addEventListener("click", () => this.restart(row, sender));
      void this.begin(sender);
    });
  }

  /** Go on with what an earlier page began, if this browser remembers it. @param {Sender} sender */
  async begin(sender) {
    const before = await sender.findPreviousUploads().catch(() => []);
    if (before.length) sender.resumeFromPreviousUpload(before[0]);
    sender.start();
  }

  /** @param {Row} row @param {Sender} sender */
  restart(row, sender) {
    row.retry.hidden = true;
    sender.start();
  }

  /** @param {Row} row @param {Sender} sender @param {number} status @param {() => void} ended */
  failed(row, sender, status, ended) {
    const sentence = status === 401 ? this.words.signed_out : status === 0 ? this.words.lost : this.words.refused;
    row.state.textContent = sentence ?? "";
    this.say(sentence ?? "");
    if (status !== 401 && !mayHelp(status)) {
      row.bar.remove(); // nothing helps: the form waits for it no more, and is not sent without it unasked
      this.waits = false;
      ended();
      return;
    }
    row.retry.hidden = false;
    if (status === 0) addEventListener("online", () => this.restart(row, sender), { once: true });
  }

  /** @param {File} file @param {Row} row @param {Sender} sender */
  arrived(file, row, sender) {
    row.element.dataset.sent = tokenIn(sender.url);
    row.bar.remove();
    row.retry.hidden = true;
    row.state.textContent = `${inMegabytes(file.size)} MB, ${this.words.here}`;
    this.noteTokens();
    this.say(`${file.name}: ${this.words.here}`);
  }

  /** One field names everything that is here: a form may have some hundred fields, and people bring more files. */
  noteTokens() {
    const rows = [...this.list.querySelectorAll("[data-sent]")];
    this.tokens.value = rows.map((row) => (row instanceof HTMLElement ? row.dataset.sent : "")).join(",");
  }

  /** Sending the form waits until everything is here. @param {Event} event */
  hold(event) {
    if (!this.open) return;
    event.preventDefault();
    this.waits = true;
    this.say(this.words.wait ?? "", true);
  }

  goOn() {
    if (this.waits && !this.open) this.form.requestSubmit();
  }
}

const form = globalThis.document?.querySelector("form[data-bring]");
if (form) new Bringing(/** @type {HTMLFormElement} */ (form));
