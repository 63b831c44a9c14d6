// Planning in the browser, so that an agent thinks again while a wall is dragged: the optimal control of a
// reward of cells, received on entering, in the world as it is drawn (value iteration, sweeps in both directions).

const ENOUGH = 1e-6; // change of a sweep, relative to the largest reward, at which planning ends
const MAX_SWEEPS = 3000;
const TIE = 1e-7; // of the largest value: closer actions are equally good

class Plan {
  // `reward` holds a number per cell; the world decides what a move does and where an episode ends.
  constructor(world, rules, gamma, reward) {
    Object.assign(this, { world, rules, gamma, reward });
    this.actions = rules.actions;
    this.starts = world.startCells(rules);
    this.live = [];
    for (let i = 0; i < world.flags.length; i++) {
      if (!(world.flags[i] & WALL) && !(world.flags[i] & GOAL && rules.goal === "end")) this.live.push(i);
    }
    this.targets = new Int32Array(world.flags.length * this.actions);
    for (const i of this.live) for (let a = 0; a < this.actions; a++) this.targets[i * this.actions + a] = world.target(i, a);
    this.values = new Float64Array(world.flags.length);
    this.largest = reward.reduce((most, r) => Math.max(most, Math.abs(r)), 1e-9);
    this.sweep((i) => this.best(i));
  }

  teleports(i) { return this.rules.goal === "teleport" && this.world.flags[i] & GOAL; }

  arrive(j) { return this.reward[j] + this.gamma * this.values[j]; }

  // What action `a` in cell `i` is worth, slips and teleports included.
  worth(i, a) {
    if (this.teleports(i)) return this.starts.reduce((sum, j) => sum + this.arrive(j), 0) / this.starts.length;
    const at = i * this.actions, aimed = this.arrive(this.targets[at + a]), { slip } = this.rules;
    if (!slip) return aimed;
    let other = 0;
    for (let b = 0; b < 4; b++) other += this.arrive(this.targets[at + b]);
    return (1 - slip) * aimed + (slip * other) / 4;
  }

  best(i) {
    let most = -Infinity;
    for (let a = 0; a < this.actions; a++) most = Math.max(most, this.worth(i, a));
    return most;
  }

  sweep(backup) {
    const { live, values } = this;
    for (let k = 0; k < MAX_SWEEPS; k++) {
      let change = 0;
      for (let n = 0; n < live.length; n++) {
        const i = live[k % 2 ? live.length - 1 - n : n], value = backup(i);
        change = Math.max(change, Math.abs(value - values[i]));
        values[i] = value;
      }
      if (change <= ENOUGH * this.largest) return;
    }
  }

  // The equally good actions of a cell.
  choices(i) {
    const worths = [], tie = TIE * (this.largest / (1 - this.gamma));
    for (let a = 0; a < this.actions; a++) worths.push(this.worth(i, a));
    const most = Math.max(...worths);
    return worths.flatMap((w, a) => (w >= most - tie ? [a] : []));
  }

  // Mean return from the starts under the rewards of `truth` of whoever acts by `choices(i)`.
  static returns(truth, choices) {
    const judged = Object.create(truth, { values: { value: new Float64Array(truth.values.length) } });
    const acts = new Map(truth.live.map((i) => [i, choices(i)]));
    judged.sweep((i) => acts.get(i).reduce((sum, a) => sum + judged.worth(i, a), 0) / acts.get(i).length);
    return judged.starts.reduce((sum, i) => sum + judged.values[i], 0) / judged.starts.length;
  }

  // Share of what can be gained under `truth` that acting by this plan gives away; null where all acts are equal.
  regret(truth) {
    const all = [...Array(this.actions).keys()];
    const best = truth.starts.reduce((sum, i) => sum + truth.values[i], 0) / truth.starts.length;
    const random = Plan.returns(truth, () => all), span = best - random;
    if (span <= 1e-6 * (1 + Math.abs(best))) return null;
    return Math.max(0, (best - Plan.returns(truth, (i) => this.choices(i))) / span);
  }

  // The cells of a walk from `start`; `luck()` in [0, 1) decides slips, so that two walks can share theirs.
  walk(start, limit, luck) {
    const path = [start], { rules, world } = this;
    while (path.length <= limit) {
      const i = path.at(-1), isGoal = world.flags[i] & GOAL;
      if (isGoal && rules.goal !== "stay" && path.length > 1) break;
      const [a] = this.choices(i), u = luck(), slips = u < rules.slip;
      const next = this.targets[i * this.actions + (slips ? Math.floor((u / rules.slip) * 4) : a)];
      if (next === i && !rules.slip) break; // it stays for good
      path.push(next);
    }
    return path;
  }
}

// A small generator of luck that repeats itself from the same seed (Park and Miller).
function luckFrom(seed) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}
