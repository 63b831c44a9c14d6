// The world without its picture: cells that can be painted and undone, and the law by which one moves in it.

class World {
  constructor(rows, cols, flags, values) {
    Object.assign(this, { rows, cols, flags, values });
    this.rewarded = values.reduce((count, value) => count + (value !== null), 0); // cells with a reward of their own
  }

  static fromWire(wire) {
    const values = new Array(wire.height * wire.width).fill(null);
    wire.cells.forEach((cell, k) => { values[cell] = wire.values[k]; });
    return new World(wire.height, wire.width, Uint8Array.from(wire.flags, Number), values);
  }

  toWire() {
    const cells = [], values = [];
    this.values.forEach((value, i) => { if (value !== null) { cells.push(i); values.push(value); } });
    return { height: this.rows, width: this.cols, flags: this.flags.join(""), cells, values };
  }

  copy() { return new World(this.rows, this.cols, this.flags.slice(), this.values.slice()); }

  // What `brush` would make of cell i: [flags, value]; the same exclusions as a playable grid.
  painted(i, brush, value, goalEnds) {
    const flags = this.flags[i], old = this.values[i];
    if (brush === "wall") return [WALL, null];
    if (brush === "goal") return [(goalEnds ? 0 : flags & START) | GOAL, value];
    if (brush === "start") {
      const goal = goalEnds ? 0 : flags & GOAL;
      return [goal | START, flags & GOAL && !goal ? null : old];
    }
    if (brush === "erase") return [0, null];
    return [flags & START, value]; // lava and other rewards
  }

  has(i, brush, value, goalEnds) {
    const [flags, v] = this.painted(i, brush, value, goalEnds);
    return this.flags[i] === flags && this.values[i] === v;
  }

  set(i, [flags, value]) {
    this.rewarded += (value !== null) - (this.values[i] !== null);
    this.flags[i] = flags;
    this.values[i] = value;
  }

  reward(i, rules) { return this.values[i] ?? rules.step; }

  // A field of rewards, where the colours speak alone, rather than single cells that stand out.
  get isField() { return this.rewarded * 3 > this.values.length; }

  isLava(i) {
    const value = this.values[i];
    return value !== null && value < 0 && !(this.flags[i] & GOAL) && !this.isField;
  }

  target(i, action) {
    const r = Math.floor(i / this.cols) + STEP_ROW[action], c = (i % this.cols) + STEP_COLUMN[action];
    if (r < 0 || c < 0 || r >= this.rows || c >= this.cols) return i;
    const j = r * this.cols + c;
    return this.flags[j] & WALL ? i : j;
  }

  startCells(rules) {
    const starts = [], free = [];
    for (let i = 0; i < this.flags.length; i++) {
      if (this.flags[i] & START) starts.push(i);
      if (!(this.flags[i] & WALL) && !(this.flags[i] & GOAL && rules.goal === "end")) free.push(i);
    }
    return starts.length ? starts : free;
  }

  sampleStart(rules) {
    const cells = this.startCells(rules);
    return cells.length ? cells[Math.floor(Math.random() * cells.length)] : null;
  }

  // Where a move ends: a teleporting goal leads to a start, a slip replaces the action by a compass move.
  move(i, action, rules) {
    if (this.flags[i] & GOAL && rules.goal === "teleport") return this.sampleStart(rules);
    return this.target(i, Math.random() < rules.slip ? Math.floor(Math.random() * 4) : action);
  }
}

// Whole drawings before and after: simple, and small beside what the page holds anyway.
class History {
  constructor(limit = 100) { this.limit = limit; this.clear(); }
  clear() { this.past = []; this.future = []; }
  remember(world) {
    this.past.push(world.copy());
    if (this.past.length > this.limit) this.past.shift();
    this.future = [];
  }
  swap(from, to, world) {
    if (!from.length) return world;
    to.push(world);
    return from.pop();
  }
  undo(world) { return this.swap(this.past, this.future, world); }
  redo(world) { return this.swap(this.future, this.past, world); }
}

// Episodes played by hand: every move is recorded with where it led.
class PlayLog {
  constructor(played) { this.episodes = played.map((one) => ({ ...one, next: one.next.slice() })); this.current = null; }

  begin(start) { this.current = start === null ? null : { start, actions: "", next: [], ending: "open" }; }

  cell() { return this.current ? this.current.next.at(-1) ?? this.current.start : null; }

  step(world, action, rules) {
    const one = this.current;
    if (!one.next.length) this.episodes.push(one);
    const next = world.move(this.cell(), action, rules);
    one.actions += action;
    one.next.push(next);
    if (rules.goal === "end" && world.flags[next] & GOAL) one.ending = "terminated";
    else if (one.next.length >= rules.moves) one.ending = "truncated";
  }

  drop(index) { const [gone] = this.episodes.splice(index, 1); if (gone === this.current) this.current = null; }
}
