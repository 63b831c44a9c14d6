// One robot in its card: bodies that are drawn, or pictures that were rendered.

function sized(canvas, width, height) {
  const ratio = Math.max(1, Math.min(3, devicePixelRatio || 1));
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; canvas.style.height = `${height}px`; }
  const pen = canvas.getContext("2d");
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, height);
  return pen;
}

const count = (v) => Math.round(v).toLocaleString("en").replace("-", "\u2212");

class Scene {
  constructor(parent, label, look) {
    this.look = look;
    this.card = el(parent, "div", "scene");
    this.canvas = el(this.card, "canvas");
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", label);
    const head = el(this.card, "p", "name");
    el(head, "strong", "", label);
    this.earned = el(head, "span");
    this.chip = el(this.card, "span", "fallen");
  }

  take(record, ending) {
    this.record = record;
    this.bodies = record.bodies ? new Bodies(record.bodies) : null;
    this.images = (record.images ?? []).map((file) => Object.assign(new Image(), { src: `data:image/webp;base64,${file}` }));
    let sum = 0;
    this.sums = [0, ...record.reward.map((r) => (sum += r))];
    setText(this.chip, `${ending} at step ${record.steps.toLocaleString("en")}`);
  }

  render(seconds, view, frame, theme) {
    const state = Math.min(seconds / this.record.dt, this.record.steps);
    const { width, height } = frame, pen = sized(this.canvas, width, height);
    setText(this.earned, `return so far ${count(this.sums[Math.floor(state + 1e-6)])}`);
    this.chip.hidden = !(this.record.terminated && state >= this.record.steps);
    pen.font = theme.small;
    if (this.bodies) this.renderBodies(pen, state, view, frame, theme);
    else this.renderPicture(pen, state, width, height);
  }

  renderBodies(pen, state, view, { width, height, tall, around, level, floor }, theme) {
    const camera = new Camera(view), centre = this.bodies.centre(state), target = [centre[0], centre[1], level];
    const ground = 0.86 - 0.16 * Math.min(1, view.height / VIEWS.corner.height); // of the height; from above it is higher
    camera.aim(target, width / 2, height * ground, Math.min(((ground - 0.06) * height) / tall, (0.46 * width) / around));
    if (floor !== null) {
      drawGround(pen, camera, target, width, height, theme);
      drawShadow(pen, this.bodies, state, camera, floor);
    }
    const colour = theme[this.look.colour];
    if (this.bodies.planar) drawGhosts(pen, this.bodies, state, camera, this.record.dt, colour);
    drawRobot(pen, this.bodies, state, camera, { colour, still: theme.line, surface: theme.surface, hollow: this.look.hollow });
  }

  renderPicture(pen, state, width, height) {
    const last = this.record.states.findLastIndex((s) => s <= state + 1e-6), image = this.images[last];
    if (!image.complete) { image.onload = () => this.onReady?.(); return; }
    const scale = Math.min(width / image.width, height / image.height), [w, h] = [image.width * scale, image.height * scale];
    pen.drawImage(image, (width - w) / 2, (height - h) / 2, w, h);
  }
}
