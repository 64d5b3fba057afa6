/** Gold in the workspace: what is drawn goes along with the form when it is sent. */

import { mount } from "../annotate/workspace.js";

const form = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-gold-form]"));
const root = /** @type {HTMLElement | null} */ (form?.querySelector("[data-workspace]") ?? null);
const field = /** @type {HTMLInputElement | null} */ (form?.querySelector("[data-gold-document]") ?? null);

if (form && root && field) {
  const workspace = mount(root);
  form.addEventListener("submit", () => {
    field.value = JSON.stringify(workspace.document());
  });
}
