/**
 * The desk of a labeler and of a reviewer: hands the drawing in once, and shows the objects a reviewer means.
 */

import { fill } from "../annotate/list.js";
import { submitOnce, SubmitRefused } from "../annotate/submit.js";
import { mount } from "../annotate/workspace.js";

/** @typedef {import("../annotate/workspace.js").Workspace} Workspace */

/**
 * Take hold of the object a reviewer pinned, so that it is seen.
 * @param {Workspace} workspace
 * @param {string} id
 */
function showPin(workspace, id) {
  const tool = workspace.tool;
  tool?.select(id, { focus: true });
  if (tool?.selected) {
    workspace.stage.reveal(tool.selected.box);
  }
}

/**
 * @param {Workspace} workspace
 * @param {HTMLFormElement} form
 */
function bindWork(workspace, form) {
  const csrf = document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";
  const told = form.querySelector("[data-told]");
  /** @param {string} words */
  const tell = (words) => {
    if (told) {
      told.textContent = words;
    }
  };

  /** @param {boolean} takeNext */
  async function handIn(takeNext) {
    if (workspace.busy) {
      return;
    }
    if (!workspace.answered) {
      tell(workspace.texts["choose_first"] ?? "");
      return;
    }
    workspace.setBusy(true);
    tell(workspace.texts["sending"] ?? "");
    try {
      const key = await workspace.submissionKey();
      const answer = await submitOnce(
        form.action,
        { document: workspace.document(), take_next: takeNext },
        { csrf, key, tell: (seconds) => tell(fill(workspace.texts["waiting"], { seconds })) },
      );
      await workspace.clearDraft();
      location.assign(answer.next);
    } catch (error) {
      await workspace.notSending();
      workspace.setBusy(false);
      const said = error instanceof SubmitRefused ? error.message : "";
      tell(said || (workspace.texts["refused"] ?? ""));
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter instanceof HTMLElement ? event.submitter : null;
    handIn(button?.dataset["handIn"] === "next");
  });
  workspace.ready.then(() => {
    // The page was left while handing in: the same key finds out whether it arrived.
    if (workspace.wasSending) {
      handIn(false);
    }
  });
}

const root = /** @type {HTMLElement | null} */ (document.querySelector("[data-workspace]"));
if (root) {
  const workspace = mount(root);
  const form = /** @type {HTMLFormElement | null} */ (document.querySelector("form[data-work]"));
  if (form) {
    bindWork(workspace, form);
  }
  for (const pin of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-pin]"))) {
    pin.addEventListener("click", () => showPin(workspace, pin.dataset["pin"] ?? ""));
  }
}
