// Episodes played with the arrow keys and by clicking. The page gets the whole log after every move.

const ARROW_KEYS = { ArrowUp: 0, ArrowRight: 1, ArrowDown: 2, ArrowLeft: 3 };
const MAX_EPISODES = 200;
const ENDINGS = { terminated: "reached the goal", truncated: "finished", open: "not finished" };

class PlayTool {
  constructor(editor) {
    this.editor = editor;
    this.log = new PlayLog([]);
    this.root = el(editor.panel.foot, "div", "toolset");
    const line = el(this.root, "div", "line");
    this.text = el(line, "span", "report");
    this.fresh = button(line, "plain", "Finish", "Finish the game and learn from it (Enter)", () => this.finish());
    editor.panel.addSaveButtons(line);
    this.chips = el(this.root, "div", "chips");
    this.chips.setAttribute("role", "list");
    this.chips.setAttribute("aria-label", "Played games");
  }

  get rules() { return this.editor.data.rules; }

  startOver(played) { this.log = new PlayLog(played); }

  // Leaves the agent nowhere: after a change of the world it may stand where there is a wall now.
  leave() { this.log.current = null; }

  open(start = null) {
    const { editor, log } = this, starts = editor.world.startCells(this.rules);
    if (!editor.data.playable) this.leave();
    else if (!log.current) log.begin(starts.includes(start) ? start : editor.world.sampleStart(this.rules));
  }

  // The game ends where its player says so; what has no move yet begins anew.
  finish() {
    const { current } = this.log;
    if (!current?.next.length || current.ending !== "open") return this.begin();
    current.ending = "truncated";
    this.ended();
    this.send();
  }

  ended() {
    this.editor.render();
    this.editor.say(this.report());
  }

  begin(start = this.editor.data.playFrom) {
    this.leave();
    this.open(start);
    this.editor.render();
    this.editor.layer.setFocus(this.agent() ?? 0);
  }

  key({ key, ctrlKey, metaKey }) {
    if (ctrlKey || metaKey) return false;
    if (key in ARROW_KEYS) this.act(ARROW_KEYS[key]);
    else if (key === " ") { if (this.rules.actions === 5) this.act(4); } else if (key === "Enter") this.finish();
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
    else if (!this.log.current.next.length && editor.world.startCells(this.rules).includes(i)) this.begin(i);
  }

  act(action) {
    const { log, editor } = this;
    if (!log.current || log.current.ending !== "open") return;
    if (!log.current.next.length && log.episodes.length >= MAX_EPISODES) {
      editor.say(`${MAX_EPISODES} games are kept: delete one to play on.`);
      return;
    }
    log.step(editor.world, action, this.rules);
    editor.render();
    editor.layer.setFocus(this.agent(), editor.layer.hasFocus());
    if (log.current.ending !== "open") this.ended();
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
    if (!one.next.length) return `Press an arrow key to move${this.rules.actions === 5 ? ", space to stay" : ""}. You are the round figure.`;
    const moves = `${counted(one.next.length, "move")}, reward so far ${formatNumber(this.editor.gain(one.next))}.`;
    if (one.ending === "terminated") return `At the goal: ${moves} Learning from it.`;
    if (one.ending === "truncated") return `Finished: ${moves} Learning from it.`;
    const onGoal = this.editor.world.flags[this.agent()] & GOAL;
    return `${moves} ${onGoal ? "You are on the star: Enter" : "Enter"} finishes the game.`;
  }

  render() {
    const { episodes } = this.log, shape = episodes.map((one) => one.next.length + one.ending).join();
    setText(this.text, this.report());
    const { current } = this.log, running = Boolean(current?.next.length) && current.ending === "open";
    setText(this.fresh, running || !current?.next.length ? "Finish" : "New game");
    this.fresh.disabled = !this.editor.data.playable || !current?.next.length;
    if (shape === this.shape) return;
    this.shape = shape;
    this.chips.replaceChildren();
    if (!episodes.length) el(this.chips, "span", "hint", "Every game you finish is kept here and learned from.");
    episodes.forEach((one, k) => this.addChip(one, k));
    this.chips.scrollLeft = this.chips.scrollWidth;
  }

  addChip(one, k) {
    const chip = el(this.chips, "span", `episode ${one.ending}`), done = one.ending === "terminated";
    chip.setAttribute("role", "listitem");
    chip.title = `Game ${k + 1}: ${counted(one.next.length, "move")}, ${ENDINGS[one.ending]}`;
    el(chip, "b", "", String(k + 1));
    el(chip, "span", "", `${one.next.length}${done ? "\u2009\u2605" : ""}`);
    button(chip, "cross", "\u00d7", `Delete game ${k + 1}`, () => this.drop(k));
  }
}
