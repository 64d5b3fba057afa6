/**
 * The room: keeps the six digits and the instructor's list fresh. Without scripts both still work by reloading.
 */

const BOARD_EVERY = 10_000;
const RETRY = 2000;

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Show the digits of each moment; only those are ever asked for.
 * @param {HTMLElement} room
 */
async function keepDigits(room) {
  const number = room.querySelector("[data-number]");
  const left = /** @type {HTMLProgressElement | null} */ (room.querySelector("[data-left]"));
  const closed = room.querySelector("[data-closed]")?.textContent ?? "";
  for (;;) {
    let wait = RETRY;
    try {
      const response = await fetch(room.dataset.digits ?? "", { headers: { Accept: "application/json" } });
      const answer = await response.json();
      if (number) {
        number.textContent = answer.digits ? `${answer.digits.slice(0, 3)} ${answer.digits.slice(3)}` : closed;
      }
      wait = answer.seconds_left * 1000 + 150;
      const until = Date.now() + wait;
      while (Date.now() < until) {
        if (left) {
          left.value = (until - Date.now()) / 1000;
        }
        await pause(Math.min(1000, Math.max(50, until - Date.now())));
      }
    } catch {
      await pause(wait);
    }
  }
}

/**
 * Read the list again now and then, unless somebody is just filling in the roll call.
 * @param {HTMLElement} board
 */
async function keepBoard(board) {
  for (;;) {
    await pause(BOARD_EVERY);
    const filled = [...board.querySelectorAll("select, input:not([type=hidden])")].some(
      (field) => /** @type {HTMLInputElement | HTMLSelectElement} */ (field).value !== "",
    );
    if (document.hidden || filled || board.contains(document.activeElement)) {
      continue;
    }
    try {
      const response = await fetch(board.dataset.board ?? "", { headers: { Accept: "text/html" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.querySelector("[data-board]");
      if (response.ok && fresh) {
        board.replaceChildren(...fresh.childNodes);
      }
    } catch {
      // The line is slow; the list stays as it was until the next look.
    }
  }
}

const room = /** @type {HTMLElement | null} */ (document.querySelector("[data-digits]"));
const board = /** @type {HTMLElement | null} */ (document.querySelector("[data-board]"));
if (room) {
  keepDigits(room);
}
if (board) {
  keepBoard(board);
}
