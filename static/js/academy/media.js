// Sounds with their shape, videos frame by frame: see templates/components/media.html. Without scripts the browser's own
// player plays sounds, and frames are links.

import { outline, placeAfter } from "./peaks.js";

const FRAMES_A_SECOND = 10;

/**
 * @param {string} words
 * @param {Record<string, string>} named
 */
function filled(words, named) {
  return words.replace(/\{(\w+)\}/g, (_, name) => named[name] ?? "");
}

/** @param {HTMLElement} player */
function soundPlayer(player) {
  const audio = player.querySelector("audio");
  const wave = /** @type {SVGSVGElement | null} */ (player.querySelector("[data-wave]"));
  const address = player.dataset.peaks;
  if (!audio || !wave || !address) {
    return;
  }
  const seconds = Number(player.dataset.seconds);
  const shape = wave.querySelector("[data-shape]");
  const cursor = wave.querySelector("[data-cursor]");
  const show = () => {
    const at = Math.min(audio.currentTime, seconds);
    cursor?.setAttribute("d", `M${(at / seconds) * 1000} 0V200`);
    wave.setAttribute("aria-valuenow", at.toFixed(1));
    wave.setAttribute(
      "aria-valuetext",
      filled(wave.dataset.words ?? "", { at: at.toFixed(1), all: seconds.toFixed(1) }),
    );
  };
  /** @param {number} at */
  const go = (at) => {
    audio.preload = "auto";
    audio.currentTime = at;
    show();
  };
  wave.addEventListener("pointerdown", (event) => {
    const { left, width } = wave.getBoundingClientRect();
    go(((event.clientX - left) / width) * seconds);
  });
  wave.addEventListener("keydown", (event) => {
    const at = placeAfter(event.key, audio.currentTime, seconds);
    if (at !== null) {
      event.preventDefault();
      go(at);
    } else if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      if (audio.paused) {
        audio.play().catch(() => undefined);
      } else {
        audio.pause();
      }
    }
  });
  for (const name of ["timeupdate", "seeked", "ended"]) {
    audio.addEventListener(name, show);
  }
  fetch(address)
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.statusText))))
    .then((peaks) => {
      shape?.setAttribute("d", outline(peaks, 1000, 200));
      wave.removeAttribute("hidden");
    })
    .catch(() => undefined); // The browser's own player does without.
}

/** @param {HTMLElement} player */
function framePlayer(player) {
  const picture = /** @type {HTMLImageElement | null} */ (player.querySelector("[data-frame]"));
  const slider = /** @type {HTMLInputElement | null} */ (player.querySelector("[data-slider]"));
  const output = player.querySelector("output");
  const play = player.querySelector("[data-play]");
  const controls = /** @type {HTMLElement | null} */ (player.querySelector("[data-controls]"));
  if (!picture || !slider || !output || !play || !controls) {
    return;
  }
  const all = Number(player.dataset.frames);
  const address = player.dataset.address ?? "";
  let timer = 0;
  /** @param {number} number from 1 */
  const show = (number) => {
    const at = Math.min(all, Math.max(1, number));
    picture.src = `${address}${at - 1}`;
    slider.value = String(at);
    const words = filled(output.dataset.words ?? "", { at: String(at), all: String(all) });
    output.textContent = words;
    slider.setAttribute("aria-valuetext", words);
    if (at < all) {
      new Image().src = `${address}${at}`;
    }
  };
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.setAttribute("aria-pressed", "false");
  };
  slider.addEventListener("input", () => {
    stop();
    show(Number(slider.value));
  });
  for (const step of player.querySelectorAll("[data-step]")) {
    step.addEventListener("click", () => {
      stop();
      show(Number(slider.value) + Number(/** @type {HTMLElement} */ (step).dataset.step));
    });
  }
  play.addEventListener("click", () => {
    if (timer) {
      stop();
      return;
    }
    play.setAttribute("aria-pressed", "true");
    if (Number(slider.value) === all) {
      show(1);
    }
    timer = setInterval(() => {
      // A frame that is still on its way is waited for.
      if (picture.complete) {
        show(Number(slider.value) + 1);
      }
      if (Number(slider.value) === all) {
        stop();
      }
    }, 1000 / FRAMES_A_SECOND);
  });
  controls.hidden = all < 2;
}

for (const player of document.querySelectorAll("[data-sound]")) {
  soundPlayer(/** @type {HTMLElement} */ (player));
}
for (const player of document.querySelectorAll("[data-frames]")) {
  framePlayer(/** @type {HTMLElement} */ (player));
}
