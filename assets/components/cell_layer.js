// A transparent button on every cell carries its name, its focus and the keys; the canvas below carries the picture.

const WHOLE_LAYER = 900; // cells up to which every cell has a button; beyond, a window around the focus has them
const WINDOW = 7; // cells of that window on each side of the focus

class CellLayer {
  constructor(stage) {
    this.root = el(stage, "div", "cells");
    this.root.setAttribute("role", "grid");
    this.buttons = new Map();
    this.focus = 0;
  }

  arrange(geo, label, describe) {
    this.describe = describe;
    this.root.setAttribute("aria-label", label);
    if (geo.rows !== this.rows || geo.cols !== this.cols) {
      Object.assign(this, { rows: geo.rows, cols: geo.cols, whole: geo.rows * geo.cols <= WHOLE_LAYER });
      this.focus = Math.min(this.focus, geo.rows * geo.cols - 1);
      this.root.setAttribute("aria-rowcount", geo.rows);
      this.root.setAttribute("aria-colcount", geo.cols);
      this.fill();
    }
    Object.assign(this.root.style, { left: `${geo.left}px`, width: `${geo.width}px`, height: `${geo.height}px` });
    this.name();
  }

  fill() {
    const { rows, cols, focus, whole } = this, fr = Math.floor(focus / cols), fc = focus % cols;
    const [r0, r1] = whole ? [0, rows - 1] : [Math.max(0, fr - WINDOW), Math.min(rows - 1, fr + WINDOW)];
    const [c0, c1] = whole ? [0, cols - 1] : [Math.max(0, fc - WINDOW), Math.min(cols - 1, fc + WINDOW)];
    this.root.replaceChildren();
    this.buttons.clear();
    for (let r = r0; r <= r1; r++) {
      const row = el(this.root, "div", "row");
      row.setAttribute("role", "row");
      row.setAttribute("aria-rowindex", r + 1);
      for (let c = c0; c <= c1; c++) this.buttons.set(r * cols + c, this.makeCell(row, r, c));
    }
  }

  makeCell(row, r, c) {
    const { rows, cols } = this, node = el(row, "button", "cell");
    node.type = "button";
    node.tabIndex = r * cols + c === this.focus ? 0 : -1;
    node.setAttribute("role", "gridcell");
    node.setAttribute("aria-colindex", c + 1);
    Object.assign(node.dataset, { cell: r * cols + c, row: r, column: c });
    const left = `${(100 * c) / cols}%`, top = `${(100 * r) / rows}%`;
    Object.assign(node.style, { left, top, width: `${100 / cols}%`, height: `${100 / rows}%` });
    return node;
  }

  name() {
    for (const [i, node] of this.buttons) {
      const label = this.describe(i);
      if (node.ariaLabel !== label) node.ariaLabel = label;
    }
  }

  // Moves the one cell that Tab reaches; `take` gives it the keyboard as well.
  setFocus(i, take = true) {
    const old = this.buttons.get(this.focus);
    if (old) old.tabIndex = -1;
    this.focus = i;
    if (!this.whole) { this.fill(); this.name(); }
    const node = this.buttons.get(i);
    node.tabIndex = 0;
    if (take) node.focus({ preventScroll: true });
  }

  hasFocus() { return this.root.contains(this.root.getRootNode().activeElement); }
}
