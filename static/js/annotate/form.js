/**
 * A form around a workspace: handed in once, however often it must be tried.
 *
 * Expects `data-workspace-form` on a form with a workspace, a `data-message` line, a submit button and, hidden at first, a
 * `data-stop` button. The server answers with where to go next: {"location": "/..."}.
 */

import { fill } from "./list.js";
import { SubmitRefused, submitOnce } from "./submit.js";
import { mount } from "./workspace.js";

/**
 * @param {HTMLFormElement} form
 * @returns {import("./workspace.js").Workspace | null}
 */
export function bindForm(form) {
  const root = /** @type {HTMLElement | null} */ (form.querySelector("[data-workspace]"));
  if (!root) {
    return null;
  }
  const workspace = mount(root);
  const sender = new Sender(form, workspace);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sender.send(/** @type {HTMLButtonElement | null} */ (event.submitter));
  });
  form.querySelector("[data-stop]")?.addEventListener("click", () => sender.stop());
  workspace.ready.then(() => (workspace.wasSending ? sender.send() : undefined));
  return workspace;
}

class Sender {
  /**
   * @param {HTMLFormElement} form
   * @param {import("./workspace.js").Workspace} workspace
   */
  constructor(form, workspace) {
    this.form = form;
    this.workspace = workspace;
    /** @type {AbortController | null} */
    this.sending = null;
  }

  stop() {
    this.sending?.abort();
  }

  /** @param {HTMLButtonElement | null} [button] what was pressed; its name and value go along, as in any form */
  async send(button) {
    const { form, workspace } = this;
    const pressed = button?.name ? { [button.name]: button.value } : {};
    if (this.sending) {
      return;
    }
    if (!workspace.answered) {
      this.tell(workspace.texts.choose_first ?? "");
      return;
    }
    const stop = new AbortController();
    this.sending = stop;
    this.show(true);
    this.tell(workspace.texts.sending ?? "");
    try {
      const answer = await submitOnce(
        form.action,
        { document: workspace.document(), ...pressed },
        {
          csrf: document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "",
          key: await workspace.submissionKey(),
          signal: stop.signal,
          tell: (seconds) => this.tell(fill(workspace.texts.waiting, { seconds }), "waiting"),
        },
      );
      await workspace.clearDraft();
      location.assign(answer.location);
    } catch (error) {
      await workspace.notSending();
      this.tell(error instanceof SubmitRefused ? error.message || (workspace.texts.refused ?? "") : "");
      this.show(false);
      this.sending = null;
    }
  }

  /** @param {boolean} busy */
  show(busy) {
    this.workspace.setBusy(busy);
    this.form.querySelector('[type="submit"]')?.setAttribute("aria-disabled", String(busy));
    this.form.querySelector("[data-stop]")?.toggleAttribute("hidden", !busy);
  }

  /**
   * @param {string} words
   * @param {"" | "waiting"} [state]
   */
  tell(words, state = "") {
    const place = /** @type {HTMLElement | null} */ (this.form.querySelector("[data-message]"));
    if (place) {
      place.textContent = words;
      place.dataset.state = state;
    }
  }
}
