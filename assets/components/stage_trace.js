// True and recovered reward of every step, standardised, on the clock of the pictures above.

const MARGIN = { left: 30, right: 10, top: 10, bottom: 24 };
const TRACE_HEIGHT = 132;
const FURTHEST = 4; // standard deviations that are drawn

// What stands in for a reward's own level and size, which behaviour leaves open: mean 0 and spread 1 over both.
function standardiser(series) {
  const all = series.flat(), mean = all.reduce((a, b) => a + b, 0) / all.length;
  const spread = Math.sqrt(all.reduce((a, b) => a + (b - mean) ** 2, 0) / all.length) || 1;
  return (v) => (v - mean) / spread;
}

class Trace {
  constructor(parent, label) {
    this.canvas = el(parent, "canvas", "trace");
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", `Reward of each step, ${label}`);
    this.still = document.createElement("canvas"); // all that does not move
  }

  take(record, lines, steps, range, ending) {
    Object.assign(this, { record, lines, steps, range, ending });
    this.forget();
  }

  forget() { this.drawn = null; }

  x(step) { return MARGIN.left + (step / this.steps) * (this.width - MARGIN.left - MARGIN.right); }

  y(value) {
    const [low, high] = this.range, inner = TRACE_HEIGHT - MARGIN.top - MARGIN.bottom;
    return TRACE_HEIGHT - MARGIN.bottom - ((Math.max(low, Math.min(high, value)) - low) / (high - low)) * inner;
  }

  stepAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const share = (event.clientX - box.left - MARGIN.left) / (box.width - MARGIN.left - MARGIN.right);
    return Math.round(Math.max(0, Math.min(1, share)) * this.steps);
  }

  render(step, hovered, theme) {
    const key = `${this.width}${JSON.stringify(theme)}`;
    if (this.drawn !== key) { this.drawn = key; this.renderStill(theme); }
    const pen = sized(this.canvas, this.width, TRACE_HEIGHT);
    pen.drawImage(this.still, 0, 0, this.width, TRACE_HEIGHT);
    const mark = (at, colour) => {
      pen.strokeStyle = colour;
      pen.lineWidth = 1;
      pen.beginPath();
      pen.moveTo(this.x(at), MARGIN.top);
      pen.lineTo(this.x(at), TRACE_HEIGHT - MARGIN.bottom);
      pen.stroke();
    };
    if (hovered !== null) mark(Math.min(hovered, this.record.steps), theme.line);
    const at = Math.min(step, this.record.steps);
    pen.setLineDash([3, 3]);
    mark(at, theme.muted);
    pen.setLineDash([]);
    for (const { values, colour } of this.lines) {
      const value = values[Math.max(0, Math.min(values.length, Math.ceil(at)) - 1)];
      pen.fillStyle = theme.surface;
      pen.beginPath(); pen.arc(this.x(at), this.y(value), 5.5, 0, 7); pen.fill();
      pen.fillStyle = theme[colour];
      pen.beginPath(); pen.arc(this.x(at), this.y(value), 4, 0, 7); pen.fill();
    }
  }

  renderStill(theme) {
    const pen = sized(this.still, this.width, TRACE_HEIGHT), bottom = TRACE_HEIGHT - MARGIN.bottom;
    pen.font = theme.small;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    const apart = this.range[1] - this.range[0] > 4.5 ? 2 : 1;
    for (let tick = Math.ceil(this.range[0] / apart) * apart; tick <= this.range[1]; tick += apart) {
      pen.strokeStyle = theme.line;
      pen.beginPath(); pen.moveTo(MARGIN.left, this.y(tick)); pen.lineTo(this.width - MARGIN.right, this.y(tick)); pen.stroke();
      pen.fillStyle = theme.muted;
      pen.fillText(String(tick).replace("-", "\u2212"), MARGIN.left - 8, this.y(tick));
    }
    pen.textBaseline = "alphabetic";
    const half = Math.round(this.steps / 2);
    for (const [at, text, side] of [[0, "0", "left"], [half, half.toLocaleString("en"), "center"], [this.steps, `${this.steps.toLocaleString("en")} steps`, "right"]]) {
      pen.textAlign = side;
      pen.fillText(text, this.x(at), TRACE_HEIGHT - 4);
    }
    pen.lineJoin = "round";
    for (const { values, colour, width } of this.lines) {
      pen.strokeStyle = theme[colour];
      pen.lineWidth = width;
      pen.beginPath();
      values.forEach((v, i) => (i ? pen.lineTo(this.x(i + 1), this.y(v)) : pen.moveTo(this.x(1), this.y(v))));
      pen.stroke();
    }
    if (this.record.terminated) this.renderEnd(pen, bottom, theme);
  }

  renderEnd(pen, bottom, theme) {
    const x = this.x(this.record.steps), said = `${this.ending}: the episode ends`;
    pen.strokeStyle = pen.fillStyle = theme.bad;
    pen.lineWidth = 2;
    pen.beginPath(); pen.moveTo(x, MARGIN.top); pen.lineTo(x, bottom); pen.stroke();
    const fits = x + 8 + pen.measureText(said).width < this.width;
    pen.textAlign = fits ? "left" : "right";
    pen.fillText(said, x + (fits ? 8 : -8), MARGIN.top + 12);
  }
}
