/** Brings the workspace of a practice picture, or of its result, to life. */

import { bindForm } from "../annotate/form.js";
import { mount } from "../annotate/workspace.js";

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-workspace-form]"));
const result = /** @type {HTMLElement | null} */ (document.querySelector("[data-workspace-result] [data-workspace]"));

if (form) {
  bindForm(form);
} else if (result) {
  mount(result);
}
