// Keeps the progress of a background job up to date; without scripts the page has a link that does the same.

const box = /** @type {HTMLElement | null} */ (document.querySelector("[data-job]"));

/** @typedef {{state: string, done: number, total: number, words: string, finished: boolean}} Standing */

/** @param {HTMLElement} place */
async function look(place) {
  const answer = await fetch(place.dataset.job ?? "", { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const standing = /** @type {Standing} */ (await answer.json());
  if (standing.finished) {
    location.reload();
    return;
  }
  const bar = place.querySelector("progress");
  const words = place.querySelector(".progress__words");
  if (bar) {
    bar.max = standing.total || 1;
    bar.value = standing.done;
    bar.setAttribute("aria-label", standing.words);
  }
  if (words && words.textContent !== standing.words) words.textContent = standing.words;
}

if (box) {
  const again = async () => {
    // A lost network is no reason to stop looking.
    await look(box).catch(() => undefined);
    setTimeout(again, 2000);
  };
  setTimeout(again, 1000);
}
