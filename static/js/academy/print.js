// @ts-check
// A button that prints the page; without scripts it is not there, and the browser's own menu does it.

for (const button of document.querySelectorAll("[data-print]")) {
  const shown = /** @type {HTMLElement} */ (button);
  shown.hidden = false;
  shown.addEventListener("click", () => window.print());
}
