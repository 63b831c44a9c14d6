// The frame that the world and the maps share: header, square stage with its canvas, footer, saving, linked pointer.

const NARROWEST = 280, GUTTER = 20, WIDEST = 640; // px of a panel

function el(parent, tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return parent ? parent.appendChild(node) : node;
}

const counted = (n, one) => `${n} ${one}${n === 1 ? "" : "s"}`;

function setText(node, text) { if (node.textContent !== text) node.textContent = text; }

function button(parent, className, text, label, onclick) {
  const node = el(parent, "button", className, text);
  node.type = "button";
  node.title = label;
  node.setAttribute("aria-label", label);
  node.onclick = onclick;
  return node;
}

// A group of buttons of which one is chosen: arrow keys choose, Tab reaches the chosen one.
function checkRadio(buttons, chosen) {
  buttons.forEach((node, index) => {
    node.setAttribute("role", "radio");
    node.setAttribute("aria-checked", index === chosen);
    node.tabIndex = index === chosen ? 0 : -1;
  });
}

function radioKeys(buttons, choose) {
  return (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const from = buttons.findIndex((node) => node.getAttribute("aria-checked") === "true");
    const index = (from + step + buttons.length) % buttons.length;
    choose(index);
    buttons[index].focus();
    event.preventDefault();
    event.stopPropagation();
  };
}

function describeCell(flags, cols, i) {
  const what = flags[i] & WALL ? "wall" : [flags[i] & GOAL && "goal", flags[i] & START && "start"].filter(Boolean).join(", ");
  return `row ${Math.floor(i / cols) + 1}, column ${(i % cols) + 1}${what ? `, ${what}` : ""}`;
}

// One framed map. `draw(pen, geometry, theme)` paints the map and its colour bar; the frame does the rest.
class Panel {
  constructor(parent, { draw, fileName }) {
    this.draw = draw;
    this.fileName = fileName;
    this.root = el(parent, "section", "panel");
    this.head = el(this.root, "header", "head");
    this.title = el(this.head, "h3", "title");
    this.tools = el(this.head, "div", "tools");
    this.caption = el(this.head, "p", "caption");
    this.extras = el(this.head, "div", "extras");
    this.stage = el(this.root, "div", "stage");
    this.canvas = el(this.stage, "canvas", "picture");
    this.canvas.setAttribute("aria-hidden", "true");
    this.pinMark = el(this.stage, "div", "mark pin");
    this.hoverMark = el(this.stage, "div", "mark hover");
    this.foot = el(this.root, "footer", "foot");
    this.geometry = null;
  }

  setHead(title, caption, help = "") {
    setText(this.title, title);
    setText(this.caption, caption);
    this.caption.title = caption;
    this.title.title = help;
    this.title.classList.toggle("helped", Boolean(help));
  }

  addSaveButtons(parent) {
    const box = el(parent, "div", "save");
    button(box, "quiet", "PNG", `Save ${this.fileName} as PNG`, () => this.savePng());
    button(box, "quiet", "SVG", `Save ${this.fileName} as SVG`, () => this.saveSvg());
    return box;
  }

  // The width comes from the page; the map is square, or flatter where there are fewer rows than columns.
  render(rows, cols, theme) {
    const side = Math.max(60, Math.min(WIDEST, Math.floor(this.stage.clientWidth)));
    const geo = gridGeometry(rows, cols, side);
    this.geometry = geo;
    this.theme = theme;
    const height = geo.height + BAR_HEIGHT;
    this.canvas.style.width = `${side}px`;
    this.canvas.style.height = `${height}px`;
    this.stage.style.setProperty("--map-height", `${geo.height}px`);
    this.draw(new CanvasPen(this.canvas, side, height, window.devicePixelRatio || 1, theme.font), geo, theme);
  }

  mark(node, i) {
    const geo = this.geometry, shown = geo && i !== null && i >= 0;
    node.style.display = shown ? "block" : "none";
    if (!shown) return;
    const room = Math.max(geo.cell, 5) + 2, shift = (room - geo.cell) / 2;
    node.style.transform = `translate(${geo.x(i) - shift}px, ${geo.y(i) - shift}px)`;
    node.style.width = node.style.height = `${room}px`;
  }

  cellAt(event) {
    const box = this.canvas.getBoundingClientRect();
    return this.geometry ? this.geometry.at(event.clientX - box.left, event.clientY - box.top) : -1;
  }

  // The picture for print: title, caption, map and bar on white.
  picture(makePen) {
    const theme = printTheme(this.theme.font), margin = 16, top = 46, side = 480;
    const geo = gridGeometry(this.geometry.rows, this.geometry.cols, side);
    const width = side + 2 * margin, height = top + geo.height + BAR_HEIGHT + 8;
    const pen = makePen(width, height);
    pen.rects(theme.paper, [0, 0, width, height]);
    pen.text(margin, 18, this.title.textContent, { size: 15, fill: theme.text, align: "left", weight: 600 });
    pen.text(margin, 35, this.caption.textContent, { size: 11, fill: theme.muted, align: "left" });
    const moved = Object.create(geo, {
      left: { value: geo.left + margin }, height: { value: geo.height + top },
      y: { value: (i) => geo.y(i) + top },
    });
    this.draw(pen, moved, theme, top);
    return pen;
  }

  savePng() {
    const canvas = document.createElement("canvas");
    this.picture((w, h) => new CanvasPen(canvas, w, h, 3, this.theme.font));
    canvas.toBlob((blob) => this.download(blob, "png"), "image/png");
  }

  saveSvg() {
    const pen = this.picture((w, h) => new SvgPen(w, h, this.theme.font, this.fileName));
    this.download(new Blob([pen.toString()], { type: "image/svg+xml" }), "svg");
  }

  download(blob, kind) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${this.fileName}.${kind}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
}

// Components with the same link name tell each other which cell the pointer is on.
class CellLink {
  constructor(onCell) {
    this.onCell = onCell;
    this.listener = ({ detail }) => {
      if (detail.from !== this && this.name && detail.link === this.name) this.onCell(detail.cell, detail.cells);
    };
    document.addEventListener("irl-cell", this.listener);
  }

  tell(cell, cells) {
    if (!this.name) return;
    document.dispatchEvent(new CustomEvent("irl-cell", { detail: { from: this, link: this.name, cell, cells } }));
  }

  close() { document.removeEventListener("irl-cell", this.listener); }
}

// Redraws when the width of `root` or the device's pixel ratio has changed.
function watchWidth(root, redraw) {
  let width = 0, ratio = 0;
  const observer = new ResizeObserver(() => {
    const changed = Math.abs(root.clientWidth - width) >= 1 || ratio !== window.devicePixelRatio;
    width = root.clientWidth;
    ratio = window.devicePixelRatio;
    if (changed && width > 0) redraw();
  });
  observer.observe(root);
  return observer;
}
