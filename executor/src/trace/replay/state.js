// What is so after each step. Owns the state of the runtime, how an event changes it,
// and the keyframes: copies of it at every so many steps, from which any other step is
// a few events away.

// A wait as one number: which thing, and how it is waited for.
const waitKey = (kind, which) => which * 8 + kind;
const waitKind = (key) => key % 8;
const waitWhich = (key) => Math.floor(key / 8);

// What is taken after it was handed over, and then held.
const HELD = ['Mutex', 'RwLock', 'Semaphore', 'OnceCell'];

let epochs = 0;

class State {
  constructor() {
    this.step = 0;
    this.at = 0;
    this.turn = 0;
    this.phase = -1;
    // What was sent and not taken in: rows. A job sends at its end; when another
    // thread has sent something is not known, so that stands here from the beginning
    // of the phase that takes it in.
    this.inject = new Map();
    this.polled = -1;
    this.pollRow = -1; // The row with which its poll began.
    this.again = false; // Whether the polled task was woken in this poll.
    this.parked = null;
    this.slept = false; // Whether the last park was more than a look.
    this.queue = new Map(); // Tasks, in order.
    this.live = new Map(); // Task -> whether something is known of it.
    this.aborted = new Map();
    this.due = new Map(); // Sleeping tasks of which a wait has ended: to be woken.
    this.waits = new Map(); // Task -> set of waits.
    this.waiters = new Map(); // Wait -> set of tasks.
    this.timers = new Map(); // Timer -> deadline.
    this.sources = new Map(); // Source -> { fd, interest: [r, w], ready: [r, w] }.
    // Lock or channel -> { kind, name, place, held: [[task, permits]], handed: [task], closed }.
    this.syncs = new Map();
    this.jobs = new Map(); // Queued jobs, in order.
    this.workers = new Map(); // Worker -> its job, or -2 minus the job it has done.
    this.epoch = ++epochs;
  }

  copy() {
    const other = Object.assign(new State(), this);
    for (const [key, value] of Object.entries(this)) {
      if (value instanceof Map) other[key] = new Map(value);
    }
    // The sets are shared by both from here on: whoever changes one copies it first.
    this.epoch = ++epochs;
    other.epoch = ++epochs;
    return other;
  }

  size() {
    let size = 0;
    for (const value of Object.values(this)) {
      if (value instanceof Map) size += value.size;
    }
    return size;
  }

  ownSet(map, key) {
    const set = map.get(key);
    if (set?.epoch === this.epoch) return set;
    const own = new Set(set);
    own.epoch = this.epoch;
    map.set(key, own);
    return own;
  }

  removeFrom(map, key, value) {
    if (!map.has(key)) return;
    const set = this.ownSet(map, key);
    set.delete(value);
    if (set.size === 0) map.delete(key);
  }

  // Nobody waits for it any more: it has come, or was given up.
  endWait(kind, which, came) {
    const key = waitKey(kind, which);
    for (const task of this.waiters.get(key) ?? []) {
      this.removeFrom(this.waits, task, key);
      if (came && task !== this.polled && !this.queue.has(task)) this.due.set(task, true);
    }
    this.waiters.delete(key);
  }

  // Of several that wait for it, it is the one that is polled who waits no longer.
  dropWait(kind, which) {
    const key = waitKey(kind, which);
    if (!this.waiters.get(key)?.has(this.polled)) return this.endWait(kind, which);
    this.removeFrom(this.waits, this.polled, key);
    this.removeFrom(this.waiters, key, this.polled);
  }

  forgetHanded(sync, task) {
    const known = this.syncs.get(sync);
    if (!known?.handed.includes(task)) return;
    this.syncs.set(sync, { ...known, handed: known.handed.filter((other) => other !== task) });
  }

  endTask(task) {
    this.live.delete(task);
    this.aborted.delete(task);
    this.queue.delete(task);
    this.due.delete(task);
    this.endWait(WAIT.handle, task, true);
    for (const key of this.waits.get(task) ?? []) {
      this.removeFrom(this.waiters, key, task);
    }
    this.waits.delete(task);
  }

  enqueue(task) {
    this.live.set(task, true);
    this.due.delete(task);
    this.queue.delete(task);
    this.queue.set(task, true);
  }

  // Older than the recording: there is such a task or source, and no more is known.
  know(row) {
    const [a, b, c, d] = [run.a[row], run.b[row], run.c[row], run.d[row]];
    if (run.kind[row] === KIND.spawned) this.live.set(a, false);
    else if (run.kind[row] === KIND.met) this.meet(row);
    else this.sources.set(a, { fd: b, interest: [c, d], ready: [-1, -1] });
  }

  meet(row) {
    const [kind, name] = [run.strings[run.b[row]], run.strings[run.c[row]] ?? null];
    const place = run.strings[run.d[row]] ?? null;
    this.syncs.set(run.a[row], { kind, name, place, held: [], handed: [], closed: false });
  }

  // Who holds it, to whom it goes, and who stands in line no more.
  stepSync(sync, step, task, permits) {
    const known = this.syncs.get(sync);
    if (!known) return;
    const held = [...known.held];
    let { handed, closed } = known;
    switch (step) {
      case STEP.taken:
        held.push([this.polled, permits]);
        handed = handed.filter((other) => other !== this.polled);
        break;
      case STEP.given:
        for (let left = permits; left > 0;) {
          const place = held.findIndex(([holder]) => holder === task);
          if (place < 0) break;
          const rest = held[place][1] - left;
          left = -rest;
          if (rest > 0) held[place] = [task, rest];
          else held.splice(place, 1);
        }
        break;
      case STEP.handed: {
        const key = waitKey(WAIT.sync, sync);
        this.removeFrom(this.waits, task, key);
        this.removeFrom(this.waiters, key, task);
        if (task !== this.polled && !this.queue.has(task)) this.due.set(task, true);
        if (HELD.includes(known.kind)) handed = [...handed, task];
        break;
      }
      case STEP.closed:
        closed = true;
        this.endWait(WAIT.sync, sync, true);
        break;
      default:
        this.endWait(WAIT.sync, sync, true);
    }
    this.syncs.set(sync, { ...known, held, handed, closed });
  }

  apply(row) {
    const [a, b, c, d] = [run.a[row], run.b[row], run.c[row], run.d[row]];
    this.at = run.at[row];
    this.step = run.stepOf(row);
    this.inject.delete(row);
    switch (run.kind[row]) {
      case KIND.turn:
        this.turn = a;
        this.phase = -1;
        break;
      case KIND.phase:
        this.phase = a;
        if (a === PHASE.inject) {
          for (let next = row + 1; next < b; next++) {
            if (run.sent.has(next)) this.inject.set(next, true);
          }
        }
        break;
      case KIND.main:
      case KIND.spawned:
        this.enqueue(a);
        break;
      case KIND.pollBegan:
        this.queue.delete(a);
        this.due.delete(a);
        this.live.set(a, true);
        this.polled = a;
        this.pollRow = row;
        this.again = false;
        break;
      case KIND.pollEnded:
        if (this.polled === a) this.polled = -1;
        this.again = false;
        if (b !== OUTCOME.pending) this.endTask(a);
        else if (c) this.enqueue(a);
        // The loop has ended with it.
        if (b !== OUTCOME.pending && run.tasks[a].id === '0') this.phase = -1;
        break;
      case KIND.woken:
        if (d === EFFECT.queued) this.enqueue(a);
        if (d === EFFECT.afterPoll && a === this.polled) this.again = true;
        break;
      case KIND.aborted:
        this.aborted.set(a, true);
        if (d) this.enqueue(a);
        break;
      case KIND.waits:
        this.ownSet(this.waits, a).add(waitKey(b, c));
        this.ownSet(this.waiters, waitKey(b, c)).add(a);
        break;
      case KIND.waitDropped:
        this.dropWait(b, c);
        // It was on its way to that task, which has given up.
        if (b === WAIT.sync) this.forgetHanded(c, this.polled);
        break;
      case KIND.parked:
        this.parked = { until: a, deadline: b };
        break;
      case KIND.unparked:
        this.slept = this.parked !== null && this.parked.until !== 0;
        this.parked = null;
        break;
      case KIND.registered:
        this.sources.set(a, { fd: b, interest: [c, d], ready: [-1, -1] });
        break;
      case KIND.ready:
        this.mark(a, b, 1);
        this.endWait(b === 0 ? WAIT.read : WAIT.write, a, true);
        break;
      case KIND.cleared:
        this.mark(a, b, 0);
        break;
      case KIND.closed:
        this.sources.delete(a);
        this.endWait(WAIT.read, a);
        this.endWait(WAIT.write, a);
        break;
      case KIND.armed:
        this.timers.set(a, d);
        break;
      case KIND.fired:
      case KIND.dropped:
        this.timers.delete(a);
        this.endWait(WAIT.timer, a, run.kind[row] === KIND.fired);
        break;
      case KIND.jobQueued:
        this.jobs.set(a, true);
        break;
      case KIND.jobStarted:
        this.jobs.delete(a);
        this.workers.set(b, a);
        break;
      case KIND.jobFinished:
        this.jobs.delete(a);
        this.workers.set(b, -2 - a);
        this.endWait(WAIT.handle, a, true);
        for (const next of run.sentBy.get(a) ?? []) {
          if (next > row) this.inject.set(next, true);
        }
        break;
      case KIND.jobCancelled:
        this.jobs.delete(a);
        this.endWait(WAIT.handle, a, true);
        break;
      case KIND.met:
        this.meet(row);
        break;
      case KIND.stepped:
        this.stepSync(a, b, c, d);
        break;
      case KIND.gone:
        this.endWait(WAIT.sync, a);
        this.syncs.delete(a);
        break;
    }
  }

  mark(source, direction, ready) {
    const known = this.sources.get(source);
    if (!known) return;
    const marks = [...known.ready];
    marks[direction] = ready;
    this.sources.set(source, { ...known, ready: marks });
  }
}

// All steps, by keyframes.
const states = (() => {
  // A keyframe is made when so many events have come since the last, and a quarter as many
  // as it has entries: so all together cost about as much as the events themselves.
  const OFTEN = 512;
  const frames = [];
  let applied = 0; // Events applied by the last call.
  let interval = OFTEN; // The most that there are between two keyframes.
  let current = new State();
  for (let row = 0; row < run.before; row++) current.know(row);
  current.at = run.steps > 0 ? run.at[run.before] : 0;
  frames.push(current.copy());
  while (current.step < run.steps) {
    current.apply(run.rowOf(current.step + 1));
    const since = current.step - frames.at(-1).step;
    if (since % OFTEN === 0 && since >= current.size() / 4) {
      frames.push(current.copy());
      interval = Math.max(interval, since);
    }
  }
  interval = Math.max(interval, current.step - frames.at(-1).step);
  const frameBefore = (step) => frames[firstWhere(frames.length, (place) => frames[place].step > step) - 1];

  return {
    get interval() { return interval; },
    get applied() { return applied; },
    // The state at a step. It is good until the next call.
    at(step) {
      const frame = frameBefore(step);
      const isNear = current.step <= step && current.step >= frame.step;
      if (!isNear) current = frame.copy();
      applied = step - current.step;
      while (current.step < step) current.apply(run.rowOf(current.step + 1));
      return current;
    },
  };
})();
