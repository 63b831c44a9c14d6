// Driving the point: keys or the mouse say where to, it goes there at its own speed and slides along walls.

const METRES_A_SECOND = 1.5, SAMPLE = 0.2, RIM = 0.1, ARRIVED = 0.45, RESTED = 0.6, LONGEST = 10; // s, m
const WAYS = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

class Drive {
  constructor(frame, start, goal) {
    Object.assign(this, { frame, goal, place: [...start], path: [...start], seconds: 0, since: 0, rest: 0 });
    this.keys = new Set();
    this.targets = []; // places to go to, one after the other
    this.begun = false;
  }

  hold(key, down) {
    if (!(key in WAYS)) return false;
    if (down) { this.keys.add(key); this.begun = true; this.targets = []; } else this.keys.delete(key);
    return true;
  }

  head(place, instead) {
    if (instead) this.targets.pop();
    this.targets.push(place);
    this.begun = true;
  }

  wanted() {
    let [x, y] = [0, 0];
    for (const key of this.keys) { x += WAYS[key][0]; y += WAYS[key][1]; }
    if (!this.targets.length) return [x, y];
    [x, y] = [0, 1].map((axis) => this.targets[0][axis] - this.place[axis]);
    const far = Math.hypot(x, y);
    if (far < 0.1 && this.targets.length > 1) this.targets.shift();
    const most = Math.max(far / (METRES_A_SECOND * SAMPLE), 1);
    return far < 0.02 ? [0, 0] : [x / (METRES_A_SECOND * SAMPLE) / most, y / (METRES_A_SECOND * SAMPLE) / most];
  }

  blocked(x, y) {
    return [-RIM, RIM].some((dx) => [-RIM, RIM].some((dy) => this.frame.isWall(this.frame.cell([x + dx, y + dy]))));
  }

  // Moves on by so many seconds; true once it has rested at the goal, or time is over.
  advance(passed) {
    if (!this.begun) return false;
    for (let left = passed; left > 1e-9; ) {
      const dt = Math.min(left, 0.02, SAMPLE - this.since), way = this.wanted();
      left -= dt;
      for (const axis of [0, 1]) {
        const next = [...this.place];
        next[axis] += METRES_A_SECOND * way[axis] * dt;
        if (!this.blocked(...next)) this.place = next;
      }
      this.seconds += dt;
      this.since += dt;
      if (this.since > SAMPLE - 1e-6) { this.path.push(...this.place); this.since = 0; }
      const there = Math.hypot(this.place[0] - this.goal[0], this.place[1] - this.goal[1]) < ARRIVED;
      this.rest = there && Math.hypot(...way) < 0.5 ? this.rest + dt : 0;
      if (this.rest > RESTED || this.seconds > LONGEST) return true;
    }
    return false;
  }
}
