/**
 * Buttons and keys: what was pressed becomes a command, and the workspace obeys it.
 */

import { commandOf, labelOf } from "./keys.js";

/** @typedef {import("./keys.js").Command} Command */
/** @typedef {import("./workspace.js").Workspace} Workspace */

const ZOOM_STEP = 1.4;
const PAN_STEP = 40;

export class Controls {
  /** @param {Workspace} workspace */
  constructor(workspace) {
    this.workspace = workspace;
    this.root = workspace.root;
    this.stage = workspace.stage;
    this.bindButtons();
    this.root.addEventListener("keydown", (event) => this.pressed(event));
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
      /** @type {HTMLDialogElement | null} */ (this.root.querySelector("[data-help]"))?.close();
    });
    // A form is sent by its button; Enter in a field sends nothing.
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target instanceof HTMLInputElement) {
        event.preventDefault();
        event.target.dispatchEvent(new Event("change", { bubbles: true }));
      }
    });
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
    const keys = this.workspace.config.labels.map(({ key }) => key);
    const command = labelOf(event, keys) ?? commandOf(event);
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
    const { stage, workspace } = this;
    const { tool } = workspace;
    switch (command.act) {
      case "zoom-in":
        return stage.zoom(ZOOM_STEP);
      case "zoom-out":
        return stage.zoom(1 / ZOOM_STEP);
      case "fit":
        return stage.fit();
      case "help":
        return /** @type {HTMLDialogElement | null} */ (this.root.querySelector("[data-help]"))?.showModal();
      case "space":
        return stage.holdSpace(true);
      case "leave":
        tool?.cancel();
        return tool?.select(null, { focus: byKey });
      case "move":
        if (!tool?.selected) {
          return stage.pan(-command.dx * PAN_STEP, -command.dy * PAN_STEP);
        }
        return workspace.act(() => tool.nudge(command.dx, command.dy, "moved"));
      case "resize":
        return workspace.act(() => tool?.nudge(command.dx, command.dy, "resized"));
      default:
        return workspace.act(() => this.change(command));
    }
  }

  /** @param {Command} command one that changes the answer */
  change(command) {
    const { workspace } = this;
    if (command.act === "undo" || command.act === "redo") {
      workspace.travel(command.act);
    } else if (command.act === "add") {
      workspace.tool?.addInTheMiddle();
    } else if (command.act === "remove") {
      workspace.remove(true);
    } else if (command.act === "label") {
      workspace.chooseByNumber(command.number);
    }
  }
}
