// Episodes played with the arrow keys and by clicking. The page gets the whole log after every move.

const ARROW_KEYS = { ArrowUp: 0, ArrowRight: 1, ArrowDown: 2, ArrowLeft: 3 };
const MAX_EPISODES = 200;
const ENDINGS = { terminated: "reached the goal", truncated: "ran out of moves", open: "not finished" };

class PlayTool {
  constructor(editor) {
    this.editor = editor;
    this.log = new PlayLog([]);
    this.root = el(editor.panel.foot, "div", "toolset");
    const line = el(this.root, "div", "line");
    this.text = el(line, "span", "report");
    this.fresh = button(line, "quiet", "New episode", "Start a new episode (Enter)", () => this.begin());
    editor.panel.addSaveButtons(line);
    this.chips = el(this.root, "div", "chips");
    this.chips.setAttribute("role", "list");
    this.chips.setAttribute("aria-label", "Played episodes");
  }

  get rules() { return this.editor.data.rules; }

  startOver(played) { this.log = new PlayLog(played); }

  // Leaves the agent nowhere: after a change of the world it may stand where there is a wall now.
  leave() { this.log.current = null; }

  open() {
    if (!this.editor.data.playable) this.leave();
    else if (!this.log.current) this.log.begin(this.editor.world.sampleStart(this.rules));
  }

  begin() {
    this.leave();
    this.open();
    this.editor.render();
    this.editor.layer.setFocus(this.agent() ?? 0);
  }

  key({ key, ctrlKey, metaKey }) {
    if (ctrlKey || metaKey) return false;
    if (key in ARROW_KEYS) this.act(ARROW_KEYS[key]);
    else if (key === " ") { if (this.rules.actions === 5) this.act(4); } else if (key === "Enter") this.begin();
    else return false;
    return true;
  }

  press(i) { this.activate(i); }

  drag() {}

  release() {}

  // A click on the neighbour is a move there, a click on the agent a stay.
  activate(i) {
    const from = this.agent(), { editor } = this;
    if (from === null) return this.begin();
    if (i === from) { if (this.rules.actions === 5) this.act(4); return; }
    const action = [0, 1, 2, 3].find((a) => editor.neighbour(from, a) === i);
    if (action !== undefined) this.act(action);
  }

  act(action) {
    const { log, editor } = this;
    if (!log.current || log.current.ending !== "open") return;
    if (!log.current.next.length && log.episodes.length >= MAX_EPISODES) {
      editor.say(`${MAX_EPISODES} episodes are kept: delete one to play on.`);
      return;
    }
    log.step(editor.world, action, this.rules);
    editor.render();
    editor.layer.setFocus(this.agent(), editor.layer.hasFocus());
    if (log.current.ending !== "open") editor.say(this.report());
    this.send();
  }

  drop(index) {
    this.log.drop(index);
    this.open();
    this.editor.render();
    this.send();
  }

  send() { this.editor.send("played", { revision: this.editor.data.revision, episodes: this.log.episodes }); }

  agent() { return this.log.cell(); }

  trail() { const one = this.log.current; return one ? [one.start, ...one.next] : []; }

  report() {
    const one = this.log.current;
    if (!this.editor.data.playable) return "This drawing cannot be played yet";
    if (!one) return "No free cell to start in";
    if (!one.next.length) return this.rules.actions === 5 ? "Arrow keys move, space stays" : "Arrow keys or clicks move";
    const moves = `${one.next.length} move${one.next.length === 1 ? "" : "s"}`;
    const gain = `return ${formatNumber(this.editor.gain(one.next))}`;
    if (one.ending === "terminated") return `Goal in ${moves}, ${gain}`;
    return one.ending === "truncated" ? `Out of moves, ${gain}` : `${moves}, ${gain}`;
  }

  render() {
    const { episodes } = this.log, shape = episodes.map((one) => one.next.length + one.ending).join();
    setText(this.text, this.report());
    this.fresh.disabled = !this.editor.data.playable;
    if (shape === this.shape) return;
    this.shape = shape;
    this.chips.replaceChildren();
    if (!episodes.length) el(this.chips, "span", "hint", "Every episode you play is kept here.");
    episodes.forEach((one, k) => this.addChip(one, k));
    this.chips.scrollLeft = this.chips.scrollWidth;
  }

  addChip(one, k) {
    const chip = el(this.chips, "span", `episode ${one.ending}`), done = one.ending === "terminated";
    chip.setAttribute("role", "listitem");
    chip.title = `Episode ${k + 1}: ${one.next.length} moves, ${ENDINGS[one.ending]}`;
    el(chip, "b", "", String(k + 1));
    el(chip, "span", "", `${one.next.length}${done ? "\u2009\u2605" : ""}`);
    button(chip, "cross", "\u00d7", `Delete episode ${k + 1}`, () => this.drop(k));
  }
}
