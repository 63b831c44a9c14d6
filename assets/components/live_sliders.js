// Sliders that send on every movement, one answer at a time.

const GROUPS = new WeakMap();
const LOG_STEPS = 200;
const PATIENCE = 1500; // ms after which an answer is no longer waited for
const FRAME = 200; // ms at least between two steps of a handle that runs by itself

function node(parent, tag, className, text = "") {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return parent.appendChild(made);
}

function rounded(x, digits = 3) { return x === 0 ? 0 : Number(x.toPrecision(digits)); }

// Between a slider's value and the position of its handle.
function positionOf(spec, value) {
  return spec.scale === "log" ? (LOG_STEPS * Math.log(value / spec.low)) / Math.log(spec.high / spec.low) : value;
}

function valueAt(spec, position) {
  if (spec.scale !== "log") return rounded(position, 8);
  const value = rounded(spec.low * Math.pow(spec.high / spec.low, position / LOG_STEPS));
  return Math.min(spec.high, Math.max(spec.low, value));
}

// The value box: as many digits as the slider can set, and no exponent where it can be avoided.
function boxText(value) { return String(rounded(value, 6)); }

class Sliders {
  constructor(root) {
    this.root = root;
    root.replaceChildren();
    this.rows = new Map();
    this.sent = 0;
    this.answered = 0;
    this.onDrawn = ({ detail }) => { if (this.data.link && detail.link === this.data.link) this.answer(detail.tick); };
    document.addEventListener("irl-drawn", this.onDrawn);
  }

  take(data) {
    const before = this.data;
    this.data = data;
    if (!before) this.sent = this.answered = data.tick;
    this.root.setAttribute("aria-label", data.label);
    const shape = JSON.stringify(data.sliders);
    const rebuilt = shape !== this.shape;
    if (rebuilt) { this.shape = shape; this.build(); }
    if (rebuilt || before.revision !== data.revision) {
      const fresh = !before || before.revision !== data.revision;
      // the same revision with other sliders: what is still there keeps its value
      this.values = fresh ? { ...data.values } : Object.fromEntries(data.sliders.map(({ name }) => [name, this.values[name] ?? data.values[name]]));
      for (const spec of data.sliders) this.show(spec);
    }
    if (!data.link) this.answer(data.tick);
  }

  build() {
    this.halt();
    this.root.replaceChildren();
    this.rows.clear();
    for (const spec of this.data.sliders) this.rows.set(spec.name, this.buildRow(spec));
  }

  buildRow(spec) {
    const row = node(this.root, "div", "slider"), head = node(row, "div", "slider-head");
    const label = node(head, "span", "label", spec.label);
    if (spec.help) this.addHelp(head, spec);
    if (spec.plays) this.addPlay(head, spec);
    const reset = node(head, "button", "reset", "reset");
    Object.assign(reset, { type: "button", title: `Back to ${boxText(spec.default)}` });
    reset.setAttribute("aria-label", `Reset ${spec.label} to ${boxText(spec.default)}`);
    reset.onclick = () => { this.set(spec, spec.default); range.focus(); };
    const box = node(head, "input", "box");
    Object.assign(box, { type: "text", inputMode: "decimal", autocomplete: "off", spellcheck: false });
    box.setAttribute("aria-label", `${spec.label}, value from ${boxText(spec.low)} to ${boxText(spec.high)}`);
    if (spec.unit) node(head, "span", "unit", spec.unit);
    box.onkeydown = (event) => { event.stopPropagation(); if (event.key === "Enter") box.blur(); };
    box.onblur = () => {
      const value = Number(box.value.trim().replace(",", ".").replace("\u2212", "-"));
      if (box.value.trim() === "" || !Number.isFinite(value)) this.show(spec);
      else this.set(spec, Math.min(spec.high, Math.max(spec.low, value)));
    };
    const range = node(row, "input", "range");
    const ends = spec.scale === "log" ? { min: 0, max: LOG_STEPS, step: 1 } : { min: spec.low, max: spec.high, step: spec.step };
    Object.assign(range, { type: "range", ...ends });
    range.dataset.name = spec.name;
    range.setAttribute("aria-label", spec.label);
    range.oninput = () => { this.halt(); this.set(spec, valueAt(spec, range.valueAsNumber)); };
    range.onkeydown = (event) => event.stopPropagation();
    return { row, label, range, box, reset };
  }

  addHelp(head, spec) {
    const help = node(head, "span", "help");
    const mark = node(help, "button", "help-mark", "?");
    mark.type = "button";
    mark.setAttribute("aria-label", `What is ${spec.label}?`);
    const tip = node(help, "span", "tip", spec.help);
    tip.id = `tip-${spec.name}`;
    tip.setAttribute("role", "tooltip");
    mark.setAttribute("aria-describedby", tip.id);
    mark.onkeydown = (event) => { if (event.key === "Escape") mark.blur(); };
  }

  addPlay(head, spec) {
    const play = node(head, "button", "play", "Play");
    play.type = "button";
    play.onclick = () => {
      if (this.running) return this.halt();
      if (this.values[spec.name] >= spec.high) this.set(spec, spec.low);
      play.textContent = "Pause";
      this.running = { play, timer: setInterval(() => this.step(spec), FRAME) };
    };
  }

  step(spec) {
    if (this.waiting || this.waits) return;
    if (this.values[spec.name] >= spec.high) this.halt();
    else this.set(spec, this.values[spec.name] + spec.step);
  }

  halt() {
    if (!this.running) return;
    clearInterval(this.running.timer);
    this.running.play.textContent = "Play";
    this.running = null;
  }

  show(spec) {
    const { range, box, reset } = this.rows.get(spec.name), value = this.values[spec.name];
    const position = positionOf(spec, value);
    range.value = position;
    const share = spec.scale === "log" ? position / LOG_STEPS : (value - spec.low) / (spec.high - spec.low);
    range.style.setProperty("--at", share);
    range.setAttribute("aria-valuetext", `${boxText(value)}${spec.unit ? ` ${spec.unit}` : ""}`);
    box.value = boxText(value);
    reset.classList.toggle("off", value === spec.default);
    reset.tabIndex = value === spec.default ? -1 : 0;
  }

  set(spec, value) {
    if (value === this.values[spec.name]) return this.show(spec);
    this.values[spec.name] = value;
    this.show(spec);
    this.waiting = true;
    this.frame ??= requestAnimationFrame(() => { this.frame = null; this.flush(); });
  }

  answer(tick) {
    this.answered = Math.max(this.answered, tick);
    this.flush();
  }

  get waits() { return this.answered < this.sent && performance.now() - this.sentAt <= PATIENCE; }

  // One message is under way at a time; the newest values follow when it has been answered.
  flush() {
    clearTimeout(this.timer);
    if (!this.waiting) return;
    if (this.waits) {
      this.timer = setTimeout(() => this.flush(), PATIENCE - (performance.now() - this.sentAt) + 1);
      return;
    }
    this.waiting = false;
    this.sent += 1;
    this.sentAt = performance.now();
    this.send("moved", { revision: this.data.revision, tick: this.sent, values: { ...this.values } });
  }

  close() {
    this.halt();
    clearTimeout(this.timer);
    cancelAnimationFrame(this.frame);
    document.removeEventListener("irl-drawn", this.onDrawn);
  }
}

export default function ({ parentElement, data, setStateValue }) {
  let sliders = GROUPS.get(parentElement);
  if (!sliders) GROUPS.set(parentElement, (sliders = new Sliders(parentElement.querySelector(".irl-root"))));
  sliders.send = setStateValue;
  sliders.take(data);
  return () => { sliders.close(); GROUPS.delete(parentElement); };
}
