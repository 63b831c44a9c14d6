// Linked maps of one grid: the pointer on one marks and reads out the same cell in all.

const MAPS = new WeakMap();

// What is far below the smallest number that matters is nothing, not −1.96e−6.
const readable = (x) => (x !== null && Math.abs(x) < 5e-4 ? 0 : x);

class Maps {
  constructor(root) {
    this.root = root;
    this.panels = [];
    this.hovered = null;
    this.pinned = null;
    this.link = new CellLink((cell, cells) => { if (cells === this.flags.length) this.point(cell); });
    this.wanted = ({ detail }) => { if (this.data && detail.link === this.data.link) this.tellReward(); };
    document.addEventListener("irl-reward-wanted", this.wanted);
    this.observer = watchWidth(root, () => this.render());
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", "Maps of the grid");
  }

  take(data) {
    const cells = this.flags?.length;
    this.data = data;
    this.flags = Uint8Array.from(data.world.flags, Number);
    this.cols = data.world.width;
    this.link.name = data.link;
    // the browser owns the pin once it is mounted, the page remembers it for the next mounting
    if (cells !== this.flags.length) this.pinned = data.pinned;
    if (this.hovered !== null && this.hovered >= this.flags.length) this.hovered = null;
    const names = data.panels.map((panel) => panel.name).join("\n");
    if (names !== this.names) { this.names = names; this.build(); }
    this.render();
    if (data.drag && this.pinned !== data.pinned) this.carry(this.pinned);
    this.underWay = false;
    if (this.unsent) this.sendPin();
    this.tellReward();
    document.dispatchEvent(new CustomEvent("irl-drawn", { detail: { link: data.link, tick: data.tick } }));
  }

  // What is recovered, for the agents that plan with it elsewhere on the page.
  tellReward() {
    const { agents, link } = this.data;
    if (agents) document.dispatchEvent(new CustomEvent("irl-reward", { detail: { link, ...agents } }));
  }

  build() {
    this.root.replaceChildren();
    this.panels = this.data.panels.map((wire, index) => {
      const panel = new Panel(this.root, {
        fileName: wire.name,
        draw: (pen, geo, theme, top) => this.draw(index, pen, geo, theme, top),
      });
      panel.addSaveButtons(panel.tools);
      panel.readout = el(panel.foot, "p", "readout");
      this.listen(panel);
      return panel;
    });
    this.live = el(this.root, "div", "unseen");
    this.live.setAttribute("aria-live", "polite");
  }

  listen(panel) {
    const { stage } = panel;
    stage.tabIndex = 0;
    stage.setAttribute("role", "application");
    stage.setAttribute("aria-roledescription", "map");
    stage.onpointermove = (event) => { const i = panel.cellAt(event); this.point(i < 0 ? null : i, true); };
    stage.onpointerleave = () => this.point(null, true);
    stage.onclick = (event) => { const i = panel.cellAt(event); if (i >= 0) this.pin(this.released(i)); };
    stage.onkeydown = (event) => this.key(event);
    if (panel.fileName === this.data.drag) this.listenToDrags(panel);
  }

  // The pin follows the pointer while it is pressed.
  listenToDrags(panel) {
    const { stage } = panel, hover = stage.onpointermove;
    const follow = (event) => { const i = panel.cellAt(event); if (i >= 0) this.pin(i); };
    stage.classList.add("drags");
    stage.onpointerdown = (event) => { stage.setPointerCapture(event.pointerId); follow(event); };
    stage.onpointermove = (event) => { hover(event); if (stage.hasPointerCapture(event.pointerId)) follow(event); };
  }

  key(event) {
    const arrow = { ArrowUp: 0, ArrowRight: 1, ArrowDown: 2, ArrowLeft: 3 }[event.key];
    if (arrow !== undefined) {
      const from = this.hovered ?? this.pinned;
      this.point(from === null ? 0 : this.neighbour(from, arrow), true);
      setText(this.live, this.spoken(this.hovered));
    } else if (event.key === "Enter" || event.key === " ") {
      if (this.hovered !== null) this.pin(this.released(this.hovered));
    } else if (event.key === "Escape") this.pin(this.released(this.pinned));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  neighbour(i, action) {
    const r = Math.floor(i / this.cols) + STEP_ROW[action], c = (i % this.cols) + STEP_COLUMN[action];
    return r < 0 || c < 0 || c >= this.cols || r * this.cols + c >= this.flags.length ? i : r * this.cols + c;
  }

  point(cell, own = false) {
    if (cell === this.hovered) return;
    this.hovered = cell;
    if (own) this.link.tell(cell, this.flags.length);
    for (const panel of this.panels) panel.mark(panel.hoverMark, cell);
    this.readOut();
  }

  // What a second press on the pinned cell leaves: nothing, or where the pin is dragged what there is.
  released(cell) { return cell === this.pinned && !this.data.drag ? null : cell; }

  pin(cell) {
    if (cell === this.pinned) return;
    this.pinned = cell;
    if (this.data.drag) this.carry(cell);
    for (const panel of this.panels) panel.mark(panel.pinMark, cell);
    this.readOut();
    this.sendPin();
  }

  // The picture that is dragged goes along at once, until the page's own takes its place.
  carry(cell) {
    const { panels, world, drag, pinned } = this.data, { cols } = this, wire = panels.find(({ name }) => name === drag);
    const down = Math.floor(cell / cols) - Math.floor(pinned / cols), right = (cell % cols) - (pinned % cols);
    const fixed = (wire.fixed ??= wire.values);
    wire.values = fixed.map((value, i) => {
      const r = Math.floor(i / cols) - down, c = (i % cols) - right;
      return value !== null && r >= 0 && c >= 0 && r < world.height && c < cols ? fixed[r * cols + c] ?? 0 : value && 0;
    });
    const panel = this.panels[panels.indexOf(wire)];
    panel.render(world.height, cols, panel.theme);
    panel.mark(panel.hoverMark, this.hovered);
  }

  // Of a pin that is dragged one message is under way at a time; where it is by then follows the answer.
  sendPin() {
    this.unsent = Boolean(this.data.drag) && this.underWay;
    if (this.unsent) return;
    this.underWay = true;
    this.send("pinned", { cell: this.pinned, of: this.flags.length });
  }

  spoken(cell) {
    const numbers = this.data.panels.map((wire) => `${wire.title} ${this.numbers(wire, cell).join(" ")}`);
    return [describeCell(this.flags, this.cols, cell), ...numbers].join("; ");
  }

  // The numbers of a cell in one panel, as short texts.
  numbers(wire, cell) {
    if (this.flags[cell] & WALL) return ["wall"];
    const texts = [];
    if (wire.actions) {
      for (let a = 0; a < wire.actions; a++) texts.push(`${ACTION_GLYPHS[a]}\u00a0${formatNumber(readable(wire.values[cell * wire.actions + a]))}`);
    } else texts.push(formatNumber(readable(wire.values[cell])));
    if (wire.seen && !wire.seen[cell]) texts.push("never visited: a guess");
    if (wire.spread && wire.spread[cell] !== null && wire.spread[cell] !== undefined) texts.push(`\u00b1\u202f${formatNumber(wire.spread[cell], 2)}`);
    if (wire.policy) {
      const n = wire.policyActions, row = wire.policy.slice(cell * n, (cell + 1) * n);
      const likely = row.map((p, a) => [p, a]).filter(([p]) => p >= 5).sort((x, y) => y[0] - x[0]);
      for (const [p, a] of likely) texts.push(`${ACTION_GLYPHS[a]}\u00a0${p}\u202f%`);
    }
    return texts;
  }

  readOut() {
    const cell = this.hovered ?? this.pinned;
    this.panels.forEach((panel, index) => {
      const wire = this.data.panels[index];
      panel.readout.replaceChildren();
      panel.readout.classList.toggle("idle", cell === null);
      if (cell === null) {
        setText(panel.readout, index === 0 ? this.data.drag ? "Point at a cell to read its numbers." : "Point at a cell to read its numbers, click to keep it." : "");
        return;
      }
      const place = describeCell(this.flags, this.cols, cell);
      el(panel.readout, "span", "place", place[0].toUpperCase() + place.slice(1));
      this.numbers(wire, cell).forEach((text, k) => el(panel.readout, "span", k || wire.actions ? "number" : "number main", text));
    });
  }

  draw(index, pen, geo, theme, top = 0) {
    const wire = this.data.panels[index], { flags } = this;
    const scale = makeScale(wire.scale, wire.values, wire.limits, theme);
    pen.inside(geo.left, top, geo.width, geo.height - top, 8, () => {
      pen.rects(theme.paper, [geo.left, top, geo.width, geo.height - top]);
      if (wire.actions) drawTriangles(pen, geo, theme, scale, wire.values, wire.actions, flags);
      else drawHeat(pen, geo, theme, scale, wire.values, flags, !wire.policy, wire.seen);
      drawWalls(pen, geo, theme, flags);
      if (wire.seen) drawUnseen(pen, geo, theme, wire.seen, flags);
      if (wire.policy) {
        const ink = (i) => (wire.actions || wire.values[i] === null ? theme.text : scale.inks[scale.index(wire.values[i])]);
        drawArrows(pen, geo, theme, wire.policy, wire.policyActions, flags, ink);
      }
      drawCornerMarks(pen, geo, theme, flags);
    });
    drawBar(pen, geo, theme, scale);
  }

  render() {
    const { data, root } = this, width = root.clientWidth;
    if (!data || width === 0) return;
    const most = Math.max(1, Math.floor((width + GUTTER) / (NARROWEST + GUTTER)));
    const columns = Math.min(data.columns || data.panels.length, data.panels.length, most);
    root.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    const theme = pageTheme(root);
    root.classList.toggle("dark", theme.dark);
    this.panels.forEach((panel, index) => {
      const wire = data.panels[index];
      panel.setHead(wire.title, wire.caption, wire.help);
      panel.stage.setAttribute("aria-label", `${wire.title}, ${data.world.height} rows, ${data.world.width} columns. Arrow keys read cells out, Enter ${data.drag ? "moves the pin there" : "pins one"}.`);
      panel.render(data.world.height, data.world.width, theme);
      panel.mark(panel.hoverMark, this.hovered);
      panel.mark(panel.pinMark, this.pinned);
    });
    this.readOut();
  }

  close() { document.removeEventListener("irl-reward-wanted", this.wanted); this.observer.disconnect(); this.link.close(); }
}

export default function ({ parentElement, data, setStateValue }) {
  let maps = MAPS.get(parentElement);
  if (!maps) MAPS.set(parentElement, (maps = new Maps(parentElement.querySelector(".irl-root"))));
  maps.send = setStateValue;
  maps.take(data);
  return () => { maps.close(); MAPS.delete(parentElement); };
}
