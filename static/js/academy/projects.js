/**
 * The desk of a labeler and of a reviewer: hands the drawing in once, and shows the objects a reviewer means.
 */

import { bindForm } from "../annotate/form.js";
import { mount } from "../annotate/workspace.js";

/**
 * Take hold of the object a reviewer pinned, so that it is seen.
 * @param {import("../annotate/workspace.js").Workspace} workspace
 * @param {string} id
 */
function showPin(workspace, id) {
  const tool = workspace.tool;
  tool?.select(id, { focus: true });
  if (tool?.selected) {
    workspace.stage.reveal(tool.selected.box);
  }
}

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-workspace-form]"));
const root = /** @type {HTMLElement | null} */ (document.querySelector("[data-workspace]"));
const workspace = form ? bindForm(form) : root ? mount(root) : null;
if (workspace) {
  for (const pin of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-pin]"))) {
    pin.addEventListener("click", () => showPin(workspace, pin.dataset.pin ?? ""));
  }
}
