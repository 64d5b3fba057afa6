/**
 * The workspace: binds the picture, the tool, the list, the keys and the draft to the markup of components/workspace.html.
 */

import { BoxTool } from "./boxes.js";
import { begin, commit, redo, undo } from "./history.js";
import { commandOf } from "./keys.js";
import { fill, ShapeList } from "./list.js";
import { bindPanels } from "./panels.js";
import { ReportView } from "./report.js";
import { Stage } from "./stage.js";
import { deviceDrafts, Keeper } from "./store.js";
import { newKey } from "./submit.js";

/** @typedef {import("./boxes.js").Drawing} Drawing */
/** @typedef {import("./boxes.js").Shape} Shape */
/** @typedef {import("./boxes.js").Label} Label */
/** @typedef {import("./keys.js").Command} Command */
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

const ZOOM_STEP = 1.4;

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
    this.keeper = new Keeper(drafts, this.config.draft_key, (state) => this.tellDraft(state));
    /** @type {BoxTool | null} */
    this.tool = null;
    /** @type {ShapeList | null} */
    this.list = null;
    root.classList.add("is-ready");
    if (this.config.kind === "box" && !this.config.report) {
      this.bindBoxes();
    }
    this.bindChoices();
    this.bindButtons();
    bindPanels(root);
    root.addEventListener("keydown", (event) => this.pressed(event));
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
        commit: (objects, event) => this.commit({ ...this.history.present, objects }, this.told(event), event.mark),
        selected: (id) => this.selected(id),
        nameOf: (shape, index, count) => this.nameOf(shape, index, count),
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

  bindButtons() {
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (this.root.querySelectorAll("[data-act]"))) {
      button.addEventListener("click", () => {
        const act = button.dataset.act ?? "";
        if (act === "hand") {
          this.holdHand(!this.stage.hand);
        } else {
          this.obey(/** @type {Command} */ ({ act }));
        }
      });
    }
    this.root.querySelector("[data-close]")?.addEventListener("click", () => {
      /** @type {HTMLDialogElement | null} */ (this.part("help"))?.close();
    });
    // A form is sent by its button; Enter in a field sends nothing.
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target instanceof HTMLInputElement) {
        event.preventDefault();
        event.target.dispatchEvent(new Event("change", { bubbles: true }));
      }
    });
  }

  async restore() {
    const draft = await this.keeper.restore();
    const restored = /** @type {AnnotationDocument | null} */ (draft?.document ?? null);
    if (draft && restored?.kind === this.config.kind) {
      this.history = begin(answerOf(restored));
      this.show();
      this.tellDraft({ kind: "saved", at: new Date(draft.at) });
      this.say(fill(this.texts.restored, { time: this.clock(new Date(draft.at)) }));
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
    this.state(words, "saved");
  }

  /** @param {string} words */
  markFailed(words) {
    this.state(words, "failed");
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

  /** @param {string} words read aloud, politely */
  say(words) {
    const live = this.part("live");
    if (live) {
      live.textContent = words;
    }
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

  /** @param {Date} at */
  clock(at) {
    return at.toLocaleTimeString(this.config.language, { hour: "2-digit", minute: "2-digit" });
  }

  /**
   * @param {string} words
   * @param {"saved" | "failed"} kind
   */
  state(words, kind) {
    const place = this.part("saved");
    if (place) {
      place.textContent = words;
      place.dataset.state = kind;
    }
  }

  /** @param {import("./store.js").DraftState} state */
  tellDraft(state) {
    if (state.kind === "saved") {
      this.markSaved(fill(this.texts.saved, { time: this.clock(state.at) }));
    } else {
      this.markFailed(this.texts.not_saved ?? "");
    }
  }

  /**
   * @param {Shape} shape
   * @param {number} index
   * @param {number} count
   */
  nameOf(shape, index, count) {
    const [left, top, width, height] = shape.box;
    const label = this.labelNamed(shape.label).title;
    return fill(this.texts.shape_name, { label, number: index + 1, count, left, top, width, height });
  }

  /** @param {{kind: string, shape: Shape}} event */
  told({ kind, shape }) {
    const [left, top, width, height] = shape.box;
    const label = this.labelNamed(shape.label).title;
    return fill(this.texts[`said_${kind}`], { label, left, top, width, height });
  }

  /**
   * @param {Answer} answer
   * @param {string} words
   * @param {string} [mark]
   */
  commit(answer, words, mark) {
    this.history = commit(this.history, answer, mark);
    this.show();
    this.say(words);
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

  /** @param {boolean} held */
  holdHand(held) {
    this.stage.hand = held;
    this.stage.frame.dataset.cursor = held ? "grab" : "";
    this.root.querySelector('[data-act="hand"]')?.setAttribute("aria-pressed", String(held));
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const target = /** @type {Element} */ (event.target);
    if (target.closest("input:not([type=radio]), select, textarea, dialog")) {
      return;
    }
    const command = commandOf(event);
    if (!command) {
      return;
    }
    const onStage = this.stage.frame.contains(target);
    const onControl = target.closest("button, a, summary, input");
    const needsStage = command.act === "move" || command.act === "resize" || command.act === "space";
    if ((needsStage && !onStage) || (onControl && command.act === "remove")) {
      return;
    }
    if (command.act === "leave" && !onStage) {
      return;
    }
    event.preventDefault();
    this.obey(command, true);
  }

  /**
   * @param {Command} command
   * @param {boolean} [byKey]
   */
  obey(command, byKey = false) {
    const { stage, tool } = this;
    switch (command.act) {
      case "zoom-in":
        return stage.zoom(ZOOM_STEP);
      case "zoom-out":
        return stage.zoom(1 / ZOOM_STEP);
      case "fit":
        return stage.fit();
      case "help":
        return /** @type {HTMLDialogElement | null} */ (this.part("help"))?.showModal();
      case "space":
        return stage.holdSpace(true);
      case "leave":
        tool?.cancel();
        return tool?.select(null, { focus: byKey });
      case "move":
        if (!tool?.selected) {
          return stage.pan(-command.dx * 40, -command.dy * 40);
        }
        return this.act(() => tool.nudge(command.dx, command.dy, "moved"));
      case "resize":
        return this.act(() => tool?.nudge(command.dx, command.dy, "resized"));
      default:
        return this.act(() => this.change(command));
    }
  }

  /** @param {Command} command one that changes the drawing */
  change(command) {
    if (command.act === "undo" || command.act === "redo") {
      const before = this.history;
      this.history = command.act === "undo" ? undo(before) : redo(before);
      if (this.history !== before) {
        this.show();
        this.say(this.texts[command.act === "undo" ? "said_undone" : "said_redone"] ?? "");
        this.changed();
        this.keeper.keep({ document: this.document() });
      }
    } else if (command.act === "add") {
      this.tool?.addInTheMiddle();
    } else if (command.act === "remove") {
      this.remove(true);
    } else if (command.act === "label") {
      const label = this.config.labels[command.number - 1];
      if (label && this.config.kind === "box") {
        this.chooseLabel(label.name);
      } else if (label) {
        this.choose(label.name);
      }
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
