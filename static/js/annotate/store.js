/**
 * Drafts on this device: written after each action, there again after a reload, a crash or a flat battery.
 *
 * The key of a submission lies with its draft, so whoever reloads in the middle of sending sends the same one again.
 */

/** @typedef {{document: unknown, at: string, key: string | null, sending: boolean}} Draft */
/** @typedef {{kind: "saved", at: Date} | {kind: "failed"}} DraftState */
/**
 * @typedef {object} DraftStore
 * @property {(key: string) => Promise<Draft | null>} load
 * @property {(key: string, draft: Draft) => Promise<void>} save
 * @property {(key: string) => Promise<void>} remove
 */

const DATABASE = "labeler-academy";
const DRAFTS = "drafts";
const AGAIN_AFTER = 4000;

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @param {IDBTransaction} transaction
 * @returns {Promise<void>}
 */
function done(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(DRAFTS);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

/** @returns {DraftStore} */
export function deviceDrafts() {
  /** @type {Promise<IDBDatabase> | null} */
  let opening = null;
  const database = () => {
    opening ??= open().catch((error) => {
      opening = null;
      throw error;
    });
    return opening;
  };
  return {
    async load(key) {
      const transaction = (await database()).transaction(DRAFTS);
      return /** @type {Draft | undefined} */ (await answer(transaction.objectStore(DRAFTS).get(key))) ?? null;
    },
    async save(key, draft) {
      const transaction = (await database()).transaction(DRAFTS, "readwrite", { durability: "strict" });
      transaction.objectStore(DRAFTS).put(draft, key);
      await done(transaction);
    },
    async remove(key) {
      const transaction = (await database()).transaction(DRAFTS, "readwrite");
      transaction.objectStore(DRAFTS).delete(key);
      await done(transaction);
    },
  };
}

/**
 * Keeps one draft: always writes the newest, one write at a time, and goes on trying when a write fails.
 */
export class Keeper {
  /**
   * @param {DraftStore} store
   * @param {string} name
   * @param {(state: DraftState) => void} tell
   * @param {number} [againAfter] milliseconds
   */
  constructor(store, name, tell, againAfter = AGAIN_AFTER) {
    this.store = store;
    this.name = name;
    this.tell = tell;
    this.againAfter = againAfter;
    /** @type {Draft | null} */
    this.draft = null;
    /** @type {Promise<void> | null} */
    this.writing = null;
    this.closed = false;
  }

  /** @returns {Promise<Draft | null>} */
  async restore() {
    try {
      const found = await this.store.load(this.name);
      this.draft ??= found;
      return found;
    } catch {
      this.tell({ kind: "failed" });
      return null;
    }
  }

  /**
   * @param {Partial<Draft>} change
   * @returns {Promise<void>} when it is written, or has failed once
   */
  keep(change) {
    const before = this.draft ?? { document: null, at: "", key: null, sending: false };
    this.draft = { ...before, ...change, at: new Date().toISOString() };
    this.writing = (this.writing ?? Promise.resolve()).then(() => this.write());
    return this.writing;
  }

  async write() {
    const draft = this.draft;
    if (draft === null || this.closed) {
      return;
    }
    try {
      await this.store.save(this.name, draft);
      this.tell({ kind: "saved", at: new Date(draft.at) });
    } catch {
      this.tell({ kind: "failed" });
      setTimeout(() => this.write(), this.againAfter);
    }
  }

  /** Handed in: the draft has done its work. */
  async clear() {
    this.closed = true;
    this.draft = null;
    await this.writing;
    await this.store.remove(this.name).catch(() => undefined);
  }
}
