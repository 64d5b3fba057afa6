/**
 * The rules and the list: beside the picture on a wide screen, a sheet from below on a phone.
 */

const WIDE = "(min-width: 60rem)";

/** @param {HTMLElement} root */
export function bindPanels(root) {
  const wide = matchMedia(WIDE);
  const panels = /** @type {NodeListOf<HTMLDetailsElement>} */ (root.querySelectorAll("details[data-panel]"));
  const arrange = () => {
    for (const panel of panels) {
      panel.open = wide.matches;
    }
  };
  arrange();
  wide.addEventListener("change", arrange);
  for (const panel of panels) {
    panel.addEventListener("toggle", () => {
      if (panel.open && !wide.matches) {
        closeOthers(panels, panel);
      }
    });
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && panel.open && !wide.matches) {
        panel.open = false;
        panel.querySelector("summary")?.focus();
      }
    });
  }
  root.addEventListener("pointerdown", (event) => {
    const inside = event.target instanceof Element ? event.target.closest("details[data-panel]") : null;
    if (!wide.matches && !inside) {
      closeOthers(panels, null);
    }
  });
  root.addEventListener("click", showLinkedRule);
}

/**
 * One sheet at a time.
 * @param {NodeListOf<HTMLDetailsElement>} panels
 * @param {HTMLDetailsElement | null} open
 */
function closeOthers(panels, open) {
  for (const panel of panels) {
    if (panel !== open) {
      panel.open = false;
    }
  }
}

/**
 * A link from a verdict opens the sheet its rule is in.
 * @param {MouseEvent} event
 */
function showLinkedRule(event) {
  const link = event.target instanceof Element ? event.target.closest('a[href^="#"]') : null;
  const rule = link ? document.getElementById(decodeURIComponent(link.getAttribute("href")?.slice(1) ?? "")) : null;
  const panel = rule?.closest("details");
  if (rule && panel) {
    event.preventDefault();
    panel.open = true;
    rule.focus({ preventScroll: true });
    rule.scrollIntoView({ block: "nearest" });
  }
}
