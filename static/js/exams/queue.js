/**
 * Answers on their way to the server. Knows nothing of the page: values in, values out, plus a small store.
 *
 * An item has at most one flight: an answer that was sent at least once and keeps its key (client, seq) until the
 * server has told what became of it. What is changed meanwhile waits and leaves with the revision the flight brought.
 */

/** @typedef {Record<string, any>} Answer */
/** @typedef {{client: string, seq: number, base_rev: number, answer: Answer}} Flight */
/** @typedef {{rev: number, answer: Answer | null}} Stored */
/**
 * @typedef {object} Entry
 * @property {number} item
 * @property {number} rev the revision we know of
 * @property {Flight | null} flight
 * @property {Answer | null} waiting
 * @property {Stored | null} conflict what the server holds instead of ours
 * @property {Answer | null} mine what we wanted, while there is a conflict
 * @property {string | null} refused why the server can not keep what was sent
 * @property {boolean} late came after the end
 */
/** @typedef {{item: number, rev?: number, conflict?: boolean, answer?: Answer | null, refused?: string, late?: boolean}} Told */

/**
 * @param {number} item
 * @param {number} rev
 * @returns {Entry}
 */
export function entry(item, rev) {
  return { item, rev, flight: null, waiting: null, conflict: null, mine: null, refused: null, late: false };
}

/**
 * Whether two answers say the same. Databases give the names of an object back in an order of their own.
 * @param {unknown} left
 * @param {unknown} right
 */
export function same(left, right) {
  return JSON.stringify(left, inOrder) === JSON.stringify(right, inOrder);
}

/** @param {string} _name @param {any} held */
function inOrder(_name, held) {
  return held && typeof held === "object" && !Array.isArray(held)
    ? Object.fromEntries(Object.entries(held).sort(([one], [other]) => (one < other ? -1 : 1)))
    : held;
}

/**
 * The candidate changed an answer.
 * @param {Entry} held
 * @param {Answer} answer
 * @returns {Entry}
 */
export function change(held, answer) {
  if (held.conflict) {
    return { ...held, mine: answer };
  }
  const waiting = held.flight && same(held.flight.answer, answer) ? null : answer;
  return { ...held, waiting, refused: null };
}

/**
 * Give every waiting answer without a flight its key, so that it can be sent.
 * @param {Entry} held
 * @param {string} client
 * @param {() => number} nextSeq
 * @returns {Entry}
 */
export function depart(held, client, nextSeq) {
  if (held.flight || held.waiting === null || held.conflict) {
    return held;
  }
  const flight = { client, seq: nextSeq(), base_rev: held.rev, answer: held.waiting };
  return { ...held, flight, waiting: null };
}

/**
 * The server told what became of the flight.
 * @param {Entry} held
 * @param {number} seq
 * @param {Told} told
 * @returns {Entry}
 */
export function landed(held, seq, told) {
  if (!held.flight || held.flight.seq !== seq) {
    return held;
  }
  const after = { ...held, flight: null };
  if (told.conflict) {
    const mine = held.waiting ?? held.flight.answer;
    const stored = { rev: told.rev ?? 0, answer: told.answer ?? null };
    return { ...after, rev: stored.rev, waiting: null, conflict: stored, mine };
  }
  if (told.refused) {
    return { ...after, refused: told.refused };
  }
  if (told.late) {
    return { ...after, waiting: null, late: true };
  }
  return { ...after, rev: told.rev ?? held.rev, refused: null };
}

/**
 * The candidate decided a conflict for their own answer.
 * @param {Entry} held
 * @returns {Entry}
 */
export function keepMine(held) {
  return { ...held, conflict: null, mine: null, waiting: held.mine };
}

/**
 * What an earlier page left on this device, brought together with what the server holds now.
 * @param {Entry} left
 * @param {Stored} stored
 * @returns {Entry}
 */
export function adopt(left, stored) {
  if (stored.rev <= left.rev && !left.conflict) {
    return left;
  }
  const wanted = newest(left);
  const arrived = left.flight !== null && same(left.flight.answer, stored.answer);
  const held = entry(left.item, stored.rev);
  if (wanted === null || same(wanted, stored.answer)) {
    return held;
  }
  return arrived ? { ...held, waiting: left.waiting } : { ...held, conflict: stored, mine: wanted };
}

/** @param {Entry} held */
export function unsaved(held) {
  return held.flight !== null || held.waiting !== null;
}

/** What is to be shown for an item, if something newer than the server's answer lies here. @param {Entry} held */
export function newest(held) {
  return held.mine ?? held.waiting ?? held.flight?.answer ?? null;
}

/**
 * Requests to send: one for each client, because the key of a flight holds for its own client only.
 * @param {Iterable<Entry>} entries
 * @returns {Map<string, (Flight & {item: number})[]>}
 */
export function requests(entries) {
  /** @type {Map<string, (Flight & {item: number})[]>} */
  const grouped = new Map();
  for (const held of entries) {
    if (held.flight) {
      const list = grouped.get(held.flight.client) ?? [];
      list.push({ item: held.item, ...held.flight });
      grouped.set(held.flight.client, list);
    }
  }
  return grouped;
}

/** Seconds before the next try: 1, 2, 4, 8, then every 10 for ever. @param {number} failures */
export function patience(failures) {
  return Math.min(2 ** Math.max(0, failures - 1), 10);
}

/** A name for this window; `randomUUID` is missing on plain http. @returns {string} */
export function newClient() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const DATABASE = "labeler-academy-exams";
const ENTRIES = "entries";

/** @param {IDBRequest<any>} request @returns {Promise<any>} */
function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * Where entries outlive the page. One row for each sitting, window and item; another window may read it, never spoil it.
 * @param {string} sitting
 */
export function deviceStore(sitting) {
  /** @type {Promise<IDBDatabase> | null} */
  let opening = null;
  const open = () => {
    if (!opening) {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(ENTRIES);
      opening = result(request);
      opening.catch(() => {
        opening = null;
      });
    }
    return opening;
  };
  /** @param {IDBTransactionMode} mode */
  const entries = async (mode) => {
    const options = mode === "readwrite" ? { durability: /** @type {const} */ ("strict") } : undefined;
    return (await open()).transaction(ENTRIES, mode, options).objectStore(ENTRIES);
  };
  const range = () => IDBKeyRange.bound([sitting], [sitting, []]);
  return {
    /** @param {string} client @param {Entry} held */
    async keep(client, held) {
      const store = await entries("readwrite");
      const key = [sitting, client, held.item];
      await result(
        unsaved(held) || held.conflict ? store.put({ client, held, at: Date.now() }, key) : store.delete(key),
      );
    },
    /** @returns {Promise<{client: string, held: Entry, at: number}[]>} oldest first */
    async all() {
      const rows = await result((await entries("readonly")).getAll(range()));
      return rows.sort((/** @type {any} */ left, /** @type {any} */ right) => left.at - right.at);
    },
    /** @param {string} client @param {number} item */
    async forget(client, item) {
      await result((await entries("readwrite")).delete([sitting, client, item]));
    },
    async clear() {
      await result((await entries("readwrite")).delete(range()));
    },
  };
}
