// Demonstrations walked through one move at a time, by themselves or by hand.

const REPLAY_MS = 6000; // no replay lasts much longer, however long its path
const [FASTEST_MS, SLOWEST_MS] = [60, 220]; // a move

class ReplayTool {
  constructor(editor) {
    this.editor = editor;
    this.chosen = this.time = 0;
    this.root = el(editor.panel.foot, "div", "toolset");
    const line = el(this.root, "div", "line");
    this.previous = button(line, "quiet icon", "\u2039", "Previous demonstration", () => this.choose(this.chosen - 1));
    this.text = el(line, "span", "report");
    this.next = button(line, "quiet icon", "\u203a", "Next demonstration", () => this.choose(this.chosen + 1));
    editor.panel.addSaveButtons(line);
    const scrub = el(this.root, "div", "line");
    this.runButton = button(scrub, "quiet icon", "\u25b6", "Play", () => (this.timer ? this.pause() : this.run()));
    this.scrubber = el(scrub, "input", "range");
    Object.assign(this.scrubber, { type: "range", min: 0, step: 1 });
    this.scrubber.setAttribute("aria-label", "Move of the demonstration");
    this.scrubber.onkeydown = (event) => event.stopPropagation();
    this.scrubber.oninput = () => { this.halt(); this.time = this.scrubber.valueAsNumber; this.editor.render(); };
    this.clock = el(scrub, "span", "clock");
  }

  get paths() { return this.editor.data.paths; }

  get path() { return this.paths[this.chosen] ?? []; }

  // The page may have other demonstrations, or ask for another one; the replay goes on where it is the same path.
  update(asked) {
    this.chosen = Math.max(0, Math.min(asked ?? this.chosen, this.paths.length - 1));
    const way = this.path.join();
    if (way === this.way) return;
    this.way = way;
    this.time = 0;
    this.halt();
  }

  choose(index) {
    if (!this.paths.length) return;
    this.update((index + this.paths.length) % this.paths.length);
    this.time = 0;
    this.run();
    this.editor.sendView();
  }

  run() {
    const last = this.path.length - 1;
    this.halt();
    if (last >= 1) {
      if (this.time >= last) this.time = 0;
      this.timer = setInterval(() => this.tick(last), Math.max(FASTEST_MS, Math.min(SLOWEST_MS, REPLAY_MS / last)));
    }
    this.editor.render();
  }

  tick(last) {
    this.time += 1;
    if (this.time >= last) this.halt();
    this.editor.render();
  }

  halt() { clearInterval(this.timer); this.timer = null; }

  pause() { this.halt(); this.editor.render(); }

  key(event) { return !event.ctrlKey && !event.metaKey && this.editor.walkFocus(event.key); }

  press() {}

  drag() {}

  release() {}

  activate() {}

  agent() { return this.path[this.time] ?? null; }

  trail() { return this.path.slice(0, this.time + 1); }

  render() {
    const many = this.paths.length, last = Math.max(0, this.path.length - 1);
    const gain = formatNumber(this.editor.gain(this.path.slice(1)));
    setText(this.text, many ? `Demonstration ${this.chosen + 1} of ${many}, return ${gain}` : "No demonstrations yet");
    Object.assign(this.scrubber, { max: last, value: this.time });
    this.scrubber.setAttribute("aria-valuetext", `move ${this.time} of ${last}`);
    this.scrubber.style.setProperty("--at", last ? this.time / last : 0);
    this.scrubber.disabled = this.runButton.disabled = last < 1;
    this.previous.disabled = this.next.disabled = many < 2;
    setText(this.clock, `${this.time}\u2009/\u2009${last}`);
    setText(this.runButton, this.timer ? "\u275a\u275a" : "\u25b6");
    this.runButton.ariaLabel = this.runButton.title = this.timer ? "Pause" : "Play";
  }
}
