/**
 * The list beside the picture: every shape in words, to select, relabel, set in numbers and delete without drawing.
 */

/** @typedef {import("./boxes.js").Shape} Shape */
/** @typedef {import("./boxes.js").Label} Label */
/** @typedef {import("./geometry.js").Box} Box */
/**
 * @typedef {object} ListHost
 * @property {Record<string, string>} texts
 * @property {readonly Label[]} labels
 * @property {boolean} readOnly
 * @property {(id: string) => void} select
 * @property {(id: string, label: string) => void} relabel
 * @property {(id: string, box: Box) => void} reshape
 * @property {(id: string) => void} remove
 */

/**
 * A translated sentence with its values: "%(count)s boxes".
 * @param {string | undefined} text
 * @param {Record<string, string | number>} [values]
 */
export function fill(text, values = {}) {
  return (text ?? "").replace(/%\((\w+)\)s/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Record<string, string>} [attributes]
 * @param {readonly (Node | string)[]} [children]
 * @returns {HTMLElementTagNameMap[K]}
 */
export function html(name, attributes = {}, children = []) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

export class ShapeList {
  /**
   * @param {HTMLElement} list
   * @param {ListHost} host
   */
  constructor(list, host) {
    this.list = list;
    this.host = host;
    /** @type {Map<string, HTMLElement>} */
    this.rows = new Map();
    /** @type {WeakMap<HTMLElement, {shape: Shape, index: number, selected: boolean}>} */
    this.shown = new WeakMap();
  }

  /**
   * @param {readonly Shape[]} shapes
   * @param {string | null} selected
   */
  show(shapes, selected) {
    const present = new Set(shapes.map(({ id }) => id));
    for (const [id, row] of this.rows) {
      if (!present.has(id)) {
        row.remove();
        this.rows.delete(id);
      }
    }
    shapes.forEach((shape, index) => {
      let row = this.rows.get(shape.id);
      if (!row) {
        row = this.row(shape);
        this.rows.set(shape.id, row);
      }
      if (this.list.children[index] !== row) {
        this.list.insertBefore(row, this.list.children[index] ?? null);
      }
      this.update(row, shape, index, selected === shape.id);
    });
  }

  /** @param {Shape} shape */
  row({ id }) {
    const { texts, readOnly } = this.host;
    const choose = html("button", { type: "button", class: "shape-row-name", "data-part": "select" });
    choose.addEventListener("click", () => this.host.select(id));
    const row = html("li", { class: "shape-row" }, [choose]);
    if (readOnly) {
      return row;
    }
    const options = this.host.labels.map(({ name, title }) => html("option", { value: name }, [title]));
    const label = html("select", { class: "shape-row-label", "data-part": "label" }, options);
    label.addEventListener("change", () => this.host.relabel(id, label.value));
    const remove = html("button", { type: "button", class: "shape-row-remove", "data-part": "remove" }, [
      texts.delete ?? "",
    ]);
    remove.addEventListener("click", () => this.host.remove(id));
    row.append(label, remove);
    return row;
  }

  /**
   * Four numbers: the way to an exact box without dragging.
   * @param {string} id
   */
  numbers(id) {
    const { texts } = this.host;
    const fields = ["left", "top", "width", "height"].map((part) => {
      const input = html("input", { type: "number", inputmode: "numeric", min: "0", step: "1", "data-part": part });
      input.addEventListener("change", () => {
        const box = fields.map((field) => Math.round(Number(field.querySelector("input")?.value)));
        this.host.reshape(id, [box[0] ?? 0, box[1] ?? 0, box[2] ?? 1, box[3] ?? 1]);
      });
      return html("label", { class: "shape-row-number" }, [html("span", {}, [texts[part] ?? ""]), input]);
    });
    return html("div", { class: "shape-row-numbers" }, fields);
  }

  /**
   * @param {HTMLElement} row
   * @param {Shape} shape
   * @param {number} index
   * @param {boolean} selected
   */
  update(row, shape, index, selected) {
    const before = this.shown.get(row);
    if (before && before.shape === shape && before.index === index && before.selected === selected) {
      return;
    }
    this.shown.set(row, { shape, index, selected });
    const { texts, labels } = this.host;
    const title = labels.find(({ name }) => name === shape.label)?.title ?? shape.label;
    const values = { number: index + 1, label: title };
    const choose = row.querySelector('[data-part="select"]');
    if (choose) {
      choose.textContent = fill(texts.row, values);
      choose.setAttribute("aria-pressed", String(selected));
    }
    const label = row.querySelector("select");
    if (label) {
      label.value = shape.label;
      label.setAttribute("aria-label", fill(texts.label_of, values));
    }
    row.querySelector('[data-part="remove"]')?.setAttribute("aria-label", fill(texts.delete_row, values));
    row.classList.toggle("is-selected", selected);
    const numbers = row.querySelector(".shape-row-numbers");
    if (selected && !numbers && !this.host.readOnly) {
      row.append(this.numbers(shape.id));
    } else if (!selected) {
      numbers?.remove();
    }
    ["left", "top", "width", "height"].forEach((part, place) => {
      const input = /** @type {HTMLInputElement | null} */ (row.querySelector(`[data-part="${part}"]`));
      if (input && input !== document.activeElement) {
        input.value = String(shape.box[place]);
      }
    });
  }

  /** @param {string} id */
  reveal(id) {
    const row = this.rows.get(id);
    const panel = row?.closest("[data-panel]");
    if (row && panel && panel.scrollHeight > panel.clientHeight) {
      row.scrollIntoView({ block: "nearest" });
    }
  }
}
