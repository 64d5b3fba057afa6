/**
 * Carries flights to the server: one request at a time, again and again until it has answered, until the very end.
 */

import * as queue from "./queue.js";

const TIMEOUT = 15_000;

/** @typedef {"saved" | "saving" | "trying" | "signed-out" | "over"} State */

export class Sender {
  /**
   * @param {{url: string, csrf: string, sitting: string, entries: Map<number, queue.Entry>, changed: (item: number) => void,
   *   tell: (state: State) => void, time: (seconds: number) => void, elsewhere: (yes: boolean) => void}} page
   */
  constructor(page) {
    this.page = page;
    this.client = queue.newClient();
    this.store = queue.deviceStore(page.sitting);
    this.seq = 0;
    this.failures = 0;
    this.busy = false;
    this.over = false;
    this.queued = false;
    this.hello = true;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.again = undefined;
  }

  /** Bring back what an earlier page could not send. @param {Map<number, queue.Stored>} stored */
  async recover(stored) {
    try {
      for (const row of await this.store.all()) {
        const held = queue.adopt(row.held, stored.get(row.held.item) ?? { rev: 0, answer: null });
        await this.put(held);
        await this.store.forget(row.client, held.item);
      }
    } catch {
      // No store on this device (private window): answers still go to the server at once.
    }
  }

  /** @param {queue.Entry} held */
  async put(held) {
    this.page.entries.set(held.item, held);
    this.page.changed(held.item);
    try {
      await this.store.keep(this.client, held);
    } catch {
      // The same: what can not be kept here is sent all the sooner.
    }
  }

  /** @param {number} item @param {queue.Answer} answer */
  change(item, answer) {
    const held = this.page.entries.get(item);
    if (!held || this.over) {
      return;
    }
    this.put(queue.change(held, answer));
    this.page.tell("saving");
  }

  /** Nothing is under way, and the last word of the server was that it has everything. */
  get settled() {
    return !this.busy && !this.queued && this.failures === 0 && this.unsaved.length === 0;
  }

  get unsaved() {
    return [...this.page.entries.values()].filter(queue.unsaved);
  }

  /** This window takes the paper over; an older one is told. */
  claim() {
    this.hello = true;
    return this.flush();
  }

  /** Send everything that waits; resolves true when the server has it all. @returns {Promise<boolean>} */
  async flush() {
    clearTimeout(this.again);
    if (this.busy || this.over) {
      this.queued = true;
      return false;
    }
    this.busy = true;
    this.queued = false;
    const arrived = await this.send();
    this.busy = false;
    if (this.over) {
      return false;
    }
    this.failures = arrived ? 0 : this.failures + 1;
    if (arrived && this.unsaved.length === 0) {
      this.page.tell("saved");
      return true;
    }
    if (arrived) {
      return this.queued || this.unsaved.some((held) => held.waiting) ? this.flush() : false;
    }
    this.again = setTimeout(() => this.flush(), queue.patience(this.failures) * 1000);
    return false;
  }

  /** @returns {Promise<boolean>} whether the server has answered everything */
  async send() {
    // Nothing is waited for on the way to the request: it must still leave while the page is being closed.
    for (const held of [...this.page.entries.values()]) {
      const leaving = queue.depart(held, this.client, () => {
        this.seq += 1;
        return this.seq;
      });
      if (leaving !== held) {
        this.put(leaving);
      }
    }
    const grouped = queue.requests(this.page.entries.values());
    if (this.hello || grouped.size === 0) {
      grouped.set(this.client, grouped.get(this.client) ?? []);
    }
    for (const [client, flights] of grouped) {
      if (!(await this.request(client, flights))) {
        return false;
      }
    }
    return true;
  }

  /**
   * @param {string} client
   * @param {(queue.Flight & {item: number})[]} flights
   */
  async request(client, flights) {
    const answers = flights.map(({ item, seq, base_rev, answer }) => ({ item, seq, base_rev, answer }));
    let response;
    let told;
    try {
      response = await fetch(this.page.url, {
        method: "POST",
        credentials: "same-origin",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.page.csrf },
        body: JSON.stringify({ client, device: this.client, hello: this.hello, answers }),
        keepalive: JSON.stringify(answers).length < 50_000,
        signal: AbortSignal.timeout(TIMEOUT),
      });
      told = await response.json();
    } catch {
      this.page.tell("trying");
      return false;
    }
    return this.heard(response.status, told, flights);
  }

  /** @param {number} status @param {any} told @param {(queue.Flight & {item: number})[]} flights */
  async heard(status, told, flights) {
    if (status !== 200 && status !== 410) {
      if (status === 419) {
        await this.renew();
      }
      this.page.tell(status === 401 || status === 404 ? "signed-out" : "trying");
      return false;
    }
    this.hello = false;
    for (const one of told.answers) {
      const held = this.page.entries.get(one.item);
      const flight = flights.find((sent) => sent.item === one.item);
      if (held && flight) {
        await this.put(queue.landed(held, flight.seq, one));
      }
    }
    this.page.time(told.seconds_left);
    this.page.elsewhere(Boolean(told.elsewhere));
    if (status === 410) {
      this.over = true;
      await this.store.clear().catch(() => undefined);
      this.page.tell("over");
    }
    return true;
  }

  /** The page was open so long that its token is no longer taken: ask for a new one. */
  async renew() {
    try {
      const page = await (await fetch(location.href, { credentials: "same-origin" })).text();
      const found = new DOMParser().parseFromString(page, "text/html").querySelector("meta[name=csrf-token]");
      this.page.csrf = found?.getAttribute("content") ?? this.page.csrf;
    } catch {
      // The next try will ask again.
    }
  }
}
