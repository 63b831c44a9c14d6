// Brushes, strokes, undo. The page gets the whole drawing after every stroke.

const BRUSHES = [
  ["wall", "Wall", "Nothing can stand here"], ["goal", "Goal", "What the agent is after, with its reward"],
  ["lava", "Lava", "A cell to avoid, with its penalty"], ["reward", "Reward", "Any reward for entering the cell"],
  ["start", "Start", "Where episodes begin; none means anywhere"], ["erase", "Erase", "Back to a free cell"],
];
const BRUSH_NAMES = BRUSHES.map(([name]) => name);
const LARGEST_REWARD = 1e6;

class DrawTool {
  constructor(editor) {
    this.editor = editor;
    this.history = new History();
    this.brush = "wall";
    this.values = { goal: 10, lava: -10, reward: 1 };
    this.root = el(editor.panel.foot, "div", "toolset");
    this.buildPalette();
    this.buildLine();
  }

  buildPalette() {
    const palette = el(this.root, "div", "palette");
    palette.setAttribute("role", "radiogroup");
    palette.setAttribute("aria-label", "Brush");
    this.brushes = BRUSHES.map(([brush, text, help]) => {
      const node = button(palette, "brush", "", `${text}: ${help}`, () => this.pick(brush));
      el(node, "i", `swatch ${brush}`);
      el(node, "span", "", text);
      node.dataset.brush = brush;
      return node;
    });
    palette.onkeydown = radioKeys(this.brushes, (index) => this.pick(BRUSH_NAMES[index]));
  }

  buildLine() {
    const line = el(this.root, "div", "line");
    this.valueLabel = el(line, "label", "value");
    el(this.valueLabel, "span", "", "value");
    this.box = el(this.valueLabel, "input");
    Object.assign(this.box, { type: "number", step: "any", min: -LARGEST_REWARD, max: LARGEST_REWARD });
    this.box.setAttribute("aria-label", "Reward of the painted cells");
    this.box.onkeydown = (event) => event.stopPropagation();
    this.box.oninput = () => {
      const value = this.box.valueAsNumber;
      if (Math.abs(value) <= LARGEST_REWARD) this.values[this.brush] = value;
    };
    this.hint = el(line, "span", "hint");
    this.undo = button(line, "quiet icon", "\u21b6", "Undo (Ctrl+Z)", () => this.travel("undo"));
    this.redo = button(line, "quiet icon", "\u21b7", "Redo (Ctrl+Shift+Z)", () => this.travel("redo"));
    this.editor.panel.addSaveButtons(line);
  }

  pick(brush) { this.brush = brush; this.render(); }

  key(event) {
    const { layer } = this.editor, key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey) {
      if (key !== "z" && key !== "y") return false;
      this.travel(key === "y" || event.shiftKey ? "redo" : "undo");
    } else if (key === " " || key === "Enter") this.activate(layer.focus);
    else if (BRUSHES[Number(key) - 1]) this.pick(BRUSH_NAMES[Number(key) - 1]);
    else return this.editor.walkFocus(event.key);
    return true;
  }

  activate(i) { this.press(i); this.release(); }

  // A stroke that begins on a cell that already is what the brush paints takes it away instead.
  press(i) {
    const value = this.values[this.brush], { world, data } = this.editor, goalEnds = data.rules.goal === "end";
    const brush = world.has(i, this.brush, value, goalEnds) ? "erase" : this.brush;
    this.stroke = { brush, value, goalEnds, last: i, before: world.copy(), changed: false };
    this.drag(i);
  }

  // Paints from the last cell to this one, so that a fast pointer leaves no holes.
  drag(i) {
    const { stroke } = this, { world } = this.editor, { cols } = world;
    if (!stroke) return;
    const r0 = Math.floor(stroke.last / cols), c0 = stroke.last % cols;
    const dr = Math.floor(i / cols) - r0, dc = (i % cols) - c0, steps = Math.max(Math.abs(dr), Math.abs(dc), 1);
    for (let k = 0; k <= steps; k++) {
      const j = Math.round(r0 + (dr * k) / steps) * cols + Math.round(c0 + (dc * k) / steps);
      if (world.has(j, stroke.brush, stroke.value, stroke.goalEnds)) continue;
      world.set(j, world.painted(j, stroke.brush, stroke.value, stroke.goalEnds));
      stroke.changed = true;
    }
    stroke.last = i;
    if (stroke.changed) this.editor.render();
  }

  release() {
    const { stroke } = this;
    this.stroke = null;
    if (!stroke?.changed) return;
    this.history.remember(stroke.before);
    this.editor.drawn();
  }

  travel(direction) {
    const world = this.history[direction](this.editor.world);
    if (world === this.editor.world) return;
    this.editor.world = world;
    this.editor.drawn();
  }

  trail() { return []; }

  agent() { return null; }

  render() {
    const value = this.values[this.brush], index = BRUSH_NAMES.indexOf(this.brush);
    checkRadio(this.brushes, index);
    this.undo.disabled = !this.history.past.length;
    this.redo.disabled = !this.history.future.length;
    this.valueLabel.hidden = value === undefined;
    setText(this.hint, value === undefined ? BRUSHES[index][2] : "");
    if (value !== undefined && this.box.valueAsNumber !== value) this.box.value = value;
  }
}
