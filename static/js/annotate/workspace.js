/**
 * The workspace: binds the picture, the tool, the list, the keys and the draft to the markup of components/workspace.html.
 */

import { BoxTool } from "./boxes.js";
import { Controls } from "./controls.js";
import { begin, commit, redo, undo } from "./history.js";
import { fill, ShapeList } from "./list.js";
import { bindPanels } from "./panels.js";
import { ReportView } from "./report.js";
import { Stage } from "./stage.js";
import { deviceDrafts, Keeper } from "./store.js";
import { newKey } from "./submit.js";
import { Voice } from "./voice.js";

/** @typedef {import("./boxes.js").Drawing} Drawing */
/** @typedef {import("./boxes.js").Shape} Shape */
/** @typedef {import("./boxes.js").Label} Label */
/** @typedef {import("./report.js").Report} Report */
/** @typedef {import("./store.js").DraftStore} DraftStore */
/**
 * What is drawn or chosen: the part of a document that the learner makes.
 * @typedef {{readonly objects: Drawing, readonly choice: string | null}} Answer
 */
/** @typedef {{kind: string, image?: {width: number, height: number}, objects?: Shape[], choice?: string | null}} AnnotationDocument */
/**
 * @typedef {object} Config
 * @property {"box" | "classification"} kind
 * @property {{url: string, width: number, height: number, alt: string}} image
 * @property {Label[]} labels
 * @property {AnnotationDocument | null} document
 * @property {string} draft_key
 * @property {boolean} read_only
 * @property {string} language
 * @property {Report | null} report
 * @property {Record<string, string>} texts
 */

/**
 * Bring one `data-workspace` element to life.
 * @param {HTMLElement} root
 * @param {{drafts?: DraftStore}} [options]
 */
export function mount(root, options = {}) {
  return new Workspace(root, options);
}

export class Workspace {
  /**
   * @param {HTMLElement} root
   * @param {{drafts?: DraftStore}} options
   */
  constructor(root, { drafts = deviceDrafts() }) {
    this.root = root;
    /** @type {Config} */
    this.config = JSON.parse(root.querySelector("[data-workspace-config]")?.textContent ?? "{}");
    this.texts = this.config.texts;
    this.readOnly = this.config.read_only || this.config.report !== null;
    this.busy = false;
    this.label = this.config.labels[0]?.name ?? "";
    this.history = begin(answerOf(this.config.document));
    /** @type {Set<(document: AnnotationDocument) => void>} */
    this.listeners = new Set();
    const frame = /** @type {SVGSVGElement} */ (root.querySelector("[data-stage]"));
    this.stage = new Stage(frame, this.config.image);
    this.voice = new Voice(root, this.texts, this.config.language, (name) => this.labelNamed(name));
    this.keeper = new Keeper(drafts, this.config.draft_key, (state) => this.voice.tellDraft(state));
    /** @type {BoxTool | null} */
    this.tool = null;
    /** @type {ShapeList | null} */
    this.list = null;
    root.classList.add("is-ready");
    if (this.config.kind === "box" && !this.config.report) {
      this.bindBoxes();
    }
    this.bindChoices();
    bindPanels(root);
    new Controls(this);
    this.show();
    if (this.config.report) {
      this.showReport(this.config.report);
    }
    /** Resolves when a draft of this device, if there was one, is on the screen. */
    this.ready = this.readOnly ? Promise.resolve() : this.restore();
  }

  bindBoxes() {
    const { labels, texts } = this.config;
    const tool = new BoxTool(
      this.stage,
      {
        drawing: () => this.history.present.objects,
        label: () => this.label,
        labelNamed: (name) => this.labelNamed(name),
        commit: (objects, event) =>
          this.commit({ ...this.history.present, objects }, this.voice.told(event), event.mark),
        selected: (id) => this.selected(id),
        nameOf: (shape, index, count) => this.voice.nameOf(shape, index, count),
      },
      this.readOnly,
    );
    this.tool = tool;
    this.stage.tool = tool;
    const list = this.part("list");
    if (list) {
      this.list = new ShapeList(list, {
        texts,
        labels,
        readOnly: this.readOnly,
        select: (id) => {
          tool.select(id);
          const shape = tool.selected;
          if (shape) {
            this.stage.reveal(shape.box);
          }
        },
        relabel: (id, label) => this.onShape(id, () => tool.relabel(label)),
        reshape: (id, box) => this.onShape(id, () => tool.setBox(box)),
        remove: (id) => this.onShape(id, () => this.remove(false)),
      });
    }
    for (const radio of this.radios("label")) {
      radio.addEventListener("change", () => this.chooseLabel(radio.value));
    }
  }

  bindChoices() {
    for (const radio of this.radios("choice")) {
      radio.addEventListener("change", () => this.choose(radio.value));
      radio.disabled = this.readOnly;
    }
  }

  async restore() {
    const draft = await this.keeper.restore();
    const restored = /** @type {AnnotationDocument | null} */ (draft?.document ?? null);
    if (draft && restored?.kind === this.config.kind) {
      this.history = begin(answerOf(restored));
      this.show();
      this.voice.tellDraft({ kind: "saved", at: new Date(draft.at) });
      this.voice.say(fill(this.texts.restored, { time: this.voice.clock(new Date(draft.at)) }));
      this.changed();
    }
  }

  // What others ask of the workspace

  /** @returns {AnnotationDocument} */
  document() {
    const { kind, image } = this.config;
    const head = { kind, image: { width: image.width, height: image.height } };
    const { objects, choice } = this.history.present;
    return kind === "box" ? { ...head, objects: objects.map((shape) => ({ ...shape })) } : { ...head, choice };
  }

  /** @param {(document: AnnotationDocument) => void} listener */
  onChange(listener) {
    this.listeners.add(listener);
  }

  /** Whether there is anything to hand in: a choice must be made, no box is an answer too. */
  get answered() {
    return this.config.kind === "box" || this.history.present.choice !== null;
  }

  /** The key that goes with handing in: the same one until the draft is cleared. */
  async submissionKey() {
    const key = this.keeper.draft?.key ?? newKey();
    await this.keeper.keep({ document: this.document(), key, sending: true });
    return key;
  }

  /** Whether the page was left in the middle of handing in. */
  get wasSending() {
    return this.keeper.draft?.sending ?? false;
  }

  /** Handing in was refused or stopped: the drawing is in the learner's hands again. */
  async notSending() {
    await this.keeper.keep({ sending: false });
  }

  clearDraft() {
    return this.keeper.clear();
  }

  /** @param {string} words for instance "Saved 10:42" */
  markSaved(words) {
    this.voice.state(words, "saved");
  }

  /** @param {string} words */
  markFailed(words) {
    this.voice.state(words, "failed");
  }

  /** @param {boolean} busy */
  setBusy(busy) {
    this.busy = busy;
    this.root.classList.toggle("is-busy", busy);
    this.root.setAttribute("aria-busy", String(busy));
    this.stage.tool = busy ? null : (this.view ?? this.tool);
    for (const radio of this.radios("choice")) {
      radio.disabled = busy || this.readOnly;
    }
    this.showButtons();
  }

  /** @param {Report} report */
  showReport(report) {
    this.readOnly = true;
    this.tool?.select(null);
    this.stage.overlay.replaceChildren();
    this.stage.shapes.replaceChildren();
    this.root.classList.add("has-report");
    this.root.querySelector("[data-report]")?.removeAttribute("hidden");
    const view = new ReportView(
      this.stage,
      this.root,
      this.texts,
      report,
      /** @type {import("./report.js").Shape[]} */ ([...this.history.present.objects]),
    );
    this.view = view;
    this.tool = null;
    this.stage.tool = view;
    for (const radio of this.radios("choice")) {
      radio.disabled = true;
      const right = [report.gold.choice, ...(report.gold.accepted ?? [])].includes(radio.value);
      radio.closest("label")?.classList.toggle("is-gold", right);
      radio.closest("label")?.classList.toggle("is-wrong", radio.checked && !right);
    }
    requestAnimationFrame(() => view.showWorst());
  }

  // Inside

  /**
   * @param {string} name
   * @returns {HTMLElement | null}
   */
  part(name) {
    return this.root.querySelector(`[data-${name}]`);
  }

  /**
   * @param {"label" | "choice"} name
   * @returns {NodeListOf<HTMLInputElement>}
   */
  radios(name) {
    return this.root.querySelectorAll(`input[data-${name}]`);
  }

  /** @param {string} name */
  labelNamed(name) {
    return this.config.labels.find((label) => label.name === name) ?? { name, title: name, color: "#888888", key: "" };
  }

  /**
   * @param {Answer} answer
   * @param {string} words
   * @param {string} [mark]
   */
  commit(answer, words, mark) {
    this.history = commit(this.history, answer, mark);
    this.show();
    this.voice.say(words);
    this.changed();
    this.keeper.keep({ document: this.document() });
  }

  changed() {
    const document = this.document();
    for (const listener of this.listeners) {
      listener(document);
    }
  }

  show() {
    const { objects, choice } = this.history.present;
    this.tool?.show();
    this.list?.show(objects, this.tool?.selectedId ?? null);
    for (const radio of this.radios("choice")) {
      radio.checked = radio.value === choice;
    }
    for (const place of this.root.querySelectorAll("[data-count]")) {
      place.textContent = fill(this.texts.count, { count: objects.length });
    }
    this.root.classList.toggle("is-empty", objects.length === 0);
    this.showButtons();
  }

  showButtons() {
    const still = this.busy || this.readOnly;
    /** @type {Record<string, boolean>} */
    const off = {
      undo: still || this.history.past.length === 0,
      redo: still || this.history.future.length === 0,
      add: still,
      remove: still || !this.tool?.selected,
    };
    for (const [act, disabled] of Object.entries(off)) {
      // Still focusable: a button that vanishes from under a keyboard throws its user to the top of the page.
      this.root.querySelector(`[data-act="${act}"]`)?.setAttribute("aria-disabled", String(disabled));
    }
  }

  /** @param {string | null} id */
  selected(id) {
    const shape = this.tool?.selected;
    this.list?.show(this.history.present.objects, id);
    if (id) {
      this.list?.reveal(id);
    }
    if (shape) {
      this.chooseLabel(shape.label, false);
    }
    this.showButtons();
  }

  /**
   * The label for new boxes; a selected box takes it too.
   * @param {string} name
   * @param {boolean} [apply]
   */
  chooseLabel(name, apply = true) {
    this.label = name;
    for (const radio of this.radios("label")) {
      radio.checked = radio.value === name;
    }
    if (apply) {
      this.act(() => this.tool?.relabel(name));
    }
  }

  /** @param {string} choice */
  choose(choice) {
    this.act(() => {
      if (choice !== this.history.present.choice) {
        const label = this.labelNamed(choice).title;
        this.commit({ ...this.history.present, choice }, fill(this.texts.said_chosen, { label }));
      }
    });
  }

  /** @param {number} number of a label, from 1 */
  chooseByNumber(number) {
    const label = this.config.labels[number - 1];
    if (label && this.config.kind === "box") {
      this.chooseLabel(label.name);
    } else if (label) {
      this.choose(label.name);
    }
  }

  /** @param {() => void} change */
  act(change) {
    if (!this.busy && !this.readOnly) {
      change();
    }
  }

  /**
   * @param {string} id
   * @param {() => void} change
   */
  onShape(id, change) {
    this.act(() => {
      this.tool?.select(id);
      change();
    });
  }

  /** @param {boolean} focus whether the next shape takes the focus */
  remove(focus) {
    const next = this.tool?.remove() ?? null;
    if (focus) {
      this.tool?.select(next, { focus: true });
    }
  }

  /** @param {"undo" | "redo"} way through what was done */
  travel(way) {
    const before = this.history;
    this.history = way === "undo" ? undo(before) : redo(before);
    if (this.history !== before) {
      this.show();
      this.voice.say(this.texts[way === "undo" ? "said_undone" : "said_redone"] ?? "");
      this.changed();
      this.keeper.keep({ document: this.document() });
    }
  }
}

/**
 * @param {AnnotationDocument | null} document
 * @returns {Answer}
 */
function answerOf(document) {
  return { objects: document?.objects ?? [], choice: document?.choice ?? null };
}
