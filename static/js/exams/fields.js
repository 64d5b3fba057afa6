/**
 * Question fields and answer documents: one becomes the other. Mirrors what the server reads from a plain form.
 */

/** @typedef {Record<string, any>} Answer */

const UNKEPT = /[\0\p{Surrogate}]/gu;

/** @param {HTMLElement} question @param {string} selector @returns {any[]} */
function all(question, selector) {
  return Array.from(question.querySelectorAll(selector));
}

/** The part of a name after the first dash: "q3-b" is about option b. @param {{name: string}} field */
function option(field) {
  return field.name.slice(field.name.indexOf("-") + 1);
}

/**
 * @param {HTMLElement} question
 * @returns {Answer | null} null while it is not answered
 */
export function readAnswer(question) {
  const kind = question.dataset.kind;
  const checked = all(question, "input:checked").map((field) => field.value);
  const selects = all(question, "select");
  if (kind === "single") {
    return checked.length ? { choice: checked[0] } : null;
  }
  if (kind === "multiple") {
    return { choices: checked.sort() };
  }
  if (kind === "ordering") {
    const placed = selects.filter((field) => field.value !== "");
    const places = new Set(placed.map((field) => field.value));
    if (placed.length < selects.length || places.size < placed.length) {
      return null;
    }
    return { order: placed.sort((left, right) => left.value - right.value).map(option) };
  }
  if (kind === "matching") {
    const chosen = selects.filter((field) => field.value !== "");
    return chosen.length ? { pairs: Object.fromEntries(chosen.map((field) => [option(field), field.value])) } : null;
  }
  const written = String(all(question, "input, textarea")[0]?.value ?? "");
  // What no database keeps (NUL, half a character) would be refused together with everything else in the request.
  const text = written.normalize("NFC").replace(UNKEPT, "").trim();
  return kind === "numeric" ? { value: text } : { text };
}

/**
 * @param {HTMLElement} question
 * @param {Answer | null} answer
 */
export function writeAnswer(question, answer) {
  const chosen = new Set([answer?.choice, ...(answer?.choices ?? [])].map(String));
  for (const field of all(question, "input[type=radio], input[type=checkbox]")) {
    field.checked = chosen.has(field.value);
  }
  for (const field of all(question, "select")) {
    const place = (answer?.order ?? []).indexOf(option(field));
    field.value = answer?.pairs?.[option(field)] ?? (place >= 0 ? String(place + 1) : "");
  }
  for (const field of all(question, "input[type=text], input[type=number], textarea")) {
    field.value = String(answer?.value ?? answer?.text ?? "");
  }
}

/** Whether there is something in the answer that could earn a point. @param {Answer | null} answer */
export function answered(answer) {
  if (!answer) {
    return false;
  }
  if (answer.kind === "box") {
    return answer.objects.length > 0;
  }
  if (answer.kind) {
    return answer.choice !== null && answer.choice !== undefined;
  }
  const value = Object.values(answer)[0];
  return Array.isArray(value) ? value.length > 0 : value !== "" && value !== null;
}
