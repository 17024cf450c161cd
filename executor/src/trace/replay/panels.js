// The panels. Owns how the state at a step is drawn: each list shows its first entries
// and says how many more there are, so that a step costs the same in a long run.

const SHOWN = 24;
const SHOWN_WAITS = 4;
const FEW = 3; // So many entries have room for where they come from.

const $ = (id) => document.getElementById(id);

const element = (name, className, text) => {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

// Where things are drawn: 'task 3' -> its element. The arrows go by it.
const drawn = new Map();

// Collects the entries of one panel.
class Panel {
  constructor(id, empty) {
    this.list = $(id).querySelector('ol');
    this.empty = empty;
    this.entries = [];
    this.more = 0;
  }

  // An entry; `data` marks it for whoever looks at the page, `key` for the arrows, and
  // `take` is the task that a click on it takes in hand.
  add(key, title, lines, { data = {}, look = '', take = NOBODY } = {}) {
    if (this.entries.length >= SHOWN) {
      this.more += 1;
      return;
    }
    const entry = element('li', look);
    Object.assign(entry.dataset, data);
    entry.append(element('bdi', 'name', title));
    if (take !== NOBODY) entry.dataset.take = take;
    if (take !== NOBODY && take === hand.task) entry.classList.add('in-hand');
    for (const line of lines) {
      if (line) entry.append(element('span', 'line', line));
    }
    this.entries.push(entry);
    if (key) drawn.set(key, entry);
  }

  full() { return this.entries.length >= SHOWN; }

  show(total = this.entries.length + this.more) {
    this.more = total - this.entries.length;
    if (this.more > 0) this.entries.push(element('li', 'more', `and ${count(this.more)} more`));
    if (this.entries.length === 0) this.entries.push(element('li', 'none', this.empty));
    this.list.replaceChildren(...this.entries);
    this.list.parentElement.dataset.total = total;
  }
}

const WAIT_NAMES = ['timer', 'read', 'write', 'handle', 'sync'];

// What a task waits for, or will if its poll ends so: as lines, and as marks.
const waitsOf = (state, task, verb = 'waits for') => {
  const set = state.waits.get(task);
  if (!set) return { lines: [], marks: '', total: 0 };
  const keys = [];
  for (const key of set) {
    if (keys.length === SHOWN_WAITS) break;
    keys.push(key);
  }
  const lines = keys.map((key) => `${verb} ${waitText(state, key)}`);
  if (set.size > keys.length) lines.push(`and for ${count(set.size - keys.length)} more`);
  const mark = (key) => {
    const which = waitWhich(key);
    return `${WAIT_NAMES[waitKind(key)]} ${waitKind(key) === WAIT.handle ? run.tasks[which].id : which}`;
  };
  return { lines, marks: keys.map(mark).join(', '), total: set.size };
};

// Where a task comes from: in a program whose tasks have no names, what tells them apart.
const spawnedAt = (task) => {
  const { place } = run.tasks[task];
  return place && `${isMain(task) ? 'called' : 'spawned'} at ${place}`;
};

const drawQueue = (state, row) => {
  const panel = new Panel('queue', 'Nobody can go on.');
  $('queue').querySelector('.what').textContent = row >= 0 && run.isEnd(row)
    ? 'The runtime ends, and with it the loop: none of them will be polled.'
    : `Tasks that can go on; ${run.inOrder ? 'the first is next' : 'in this run any of them may be next'}.`;
  for (const task of state.queue.keys()) {
    if (panel.full()) break;
    const lines = [state.queue.size <= FEW && spawnedAt(task), state.aborted.has(task) && 'aborted: its next turn is its last'];
    panel.add(`task ${task}`, taskName(task), lines, { data: { task: run.tasks[task].id }, take: task });
  }
  panel.show(state.queue.size);
};

const drawPolled = (state, row) => {
  const panel = new Panel('polled', !state.parked ? 'No task runs at this moment.'
    : state.parked.until === 0 ? 'None: the loop looks what has happened.'
      : state.parked.until === 1 ? `None: the thread sleeps, until ${moment(state.parked.deadline)} at the latest.`
        : 'None: the thread sleeps, until something happens.');
  const task = state.polled;
  if (task >= 0) {
    const { lines, marks, total } = waitsOf(state, task, 'if pending, waits for');
    const poll = pollText(state.pollRow);
    const runs = poll ? `runs: ${poll}` : 'its future is dropped';
    const again = state.again ? ['woken meanwhile: queued again after this poll'] : [];
    panel.add(`task ${task}`, taskName(task), [runs, spawnedAt(task), ...again, ...lines],
      { data: { task: run.tasks[task].id, waits: marks, waitCount: total }, look: 'running', take: task });
  } else if (row >= 0) {
    // Whose doing it still is.
    const ended = run.kind[row] === KIND.pollEnded ? run.a[row]
      : run.kind[row] === KIND.woken && run.b[row] === CAUSE.task ? run.c[row] : -1;
    if (ended >= 0) {
      const text = state.live.has(ended) ? 'has given the thread back' : 'has ended';
      const key = drawn.has(`task ${ended}`) ? 'was polled' : `task ${ended}`;
      panel.add(key, taskName(ended), [text], { look: 'gone', take: ended });
    }
  }
  panel.show();
};

const drawSleeping = (state) => {
  const panel = new Panel('sleeping', 'No task waits.');
  const polled = state.polled >= 0 && state.live.has(state.polled) ? 1 : 0;
  const total = state.live.size - state.queue.size - polled;
  for (const [task, known] of state.live) {
    if (panel.full() || panel.entries.length === total) break;
    if (task === state.polled || state.queue.has(task)) continue;
    const { lines, marks, total: waitCount } = waitsOf(state, task);
    if (state.due.has(task)) lines.unshift('what it waited for has come: about to be woken');
    if (lines.length === 0) {
      lines.push(known ? 'waits until something wakes it' : 'older than the recording: not known');
    }
    panel.add(`task ${task}`, taskName(task), [total <= FEW && spawnedAt(task), ...lines],
      { data: { task: run.tasks[task].id, waits: marks, waitCount }, take: task });
  }
  panel.show(total);
};

// The first of many, in order, without sorting all of them.
const first = (entries, less) => {
  const kept = [];
  for (const entry of entries) {
    let place = kept.length;
    while (place > 0 && less(entry, kept[place - 1])) place -= 1;
    if (place < SHOWN) kept.splice(place, 0, entry);
    if (kept.length > SHOWN) kept.pop();
  }
  return kept;
};

const drawTimers = (state, row) => {
  const panel = new Panel('timers', 'No timer is armed.');
  const gone = row < 0 ? -1
    : run.kind[row] === KIND.fired ? run.a[row]
      : run.kind[row] === KIND.woken && run.b[row] === CAUSE.timer ? run.c[row] : -1;
  if (gone >= 0 && !state.timers.has(gone)) {
    panel.add(`timer ${gone}`, `timer ${gone}`, ['was due now'], { look: 'gone' });
  }
  const ghosts = panel.entries.length;
  for (const [timer, deadline] of first(state.timers, (a, b) => a[1] < b[1] || (a[1] === b[1] && a[0] < b[0]))) {
    const left = deadline - state.at;
    panel.add(`timer ${timer}`, `timer ${timer}`,
      [left > 0 ? `in ${span(left)}, at ${moment(deadline)}` : `due, at ${moment(deadline)}`],
      { data: { timer, deadline } });
  }
  panel.show(state.timers.size + ghosts);
};

const READY = { '-1': 'not tried yet', 0: 'nothing now', 1: 'ready' };

const drawSources = (state) => {
  const panel = new Panel('sources', 'No source is registered.');
  for (const [source, { fd, interest, ready }] of state.sources) {
    if (panel.full()) break;
    const sides = ['read', 'write'].map((side, index) => interest[index] ? `${side}: ${READY[ready[index]]}` : '');
    panel.add(`source ${source}`, `source ${source}`, [fd < 0 ? `child ${-fd}` : `descriptor ${fd}`, ...sides],
      { data: { source, fd, interest: interest.join(' '), ready: ready.join(' ') } });
  }
  panel.show(state.sources.size);
};

// Those that somebody holds or waits for come first: they are what a run is held up by.
const drawSyncs = (state) => {
  const panel = new Panel('syncs', 'None was waited for yet.');
  const line = (sync) => [...state.waiters.get(waitKey(WAIT.sync, sync)) ?? []];
  const isBusy = ([sync, { held, handed }]) => held.length > 0 || handed.length > 0 || line(sync).length > 0;
  const all = [...state.syncs];
  const names = (tasks) => {
    const shown = tasks.slice(0, SHOWN_WAITS).map(taskName).join(', ');
    return tasks.length > SHOWN_WAITS ? `${shown} and ${count(tasks.length - SHOWN_WAITS)} more` : shown;
  };
  for (const [sync, known] of [...all.filter(isBusy), ...all.filter((entry) => !isBusy(entry))]) {
    if (panel.full()) break;
    const { held, handed, closed, place } = known;
    const waiting = line(sync);
    const verb = known.kind.endsWith('channel') || known.kind === 'Notify' ? 'told' : 'handed to';
    const holders = held.map(([task, permits]) => (
      known.kind === 'Semaphore' ? `${taskName(task)} (${count(permits)})` : taskName(task)));
    const lines = [
      held.length > 0 && `held by ${holders.slice(0, SHOWN_WAITS).join(', ')}${held.length > SHOWN_WAITS ? ` and ${count(held.length - SHOWN_WAITS)} more` : ''}`,
      handed.length > 0 && `${verb} ${names(handed)}`,
      waiting.length > 0 && `in line: ${names(waiting)}`,
      closed && 'closed',
      held.length + handed.length + waiting.length === 0 && !closed && (known.kind.endsWith('channel') ? 'nobody waits' : 'free'),
      all.length <= FEW && known.name === null && place && `made at ${place}`,
    ];
    const ids = (tasks) => tasks.map((task) => run.tasks[task].id).join(' ');
    const data = { sync, held: held.map(([task, permits]) => `${run.tasks[task].id}:${permits}`).join(' '),
      handed: ids(handed), line: ids(waiting), closed };
    panel.add(`sync ${sync}`, syncName(state, sync), lines, { data, look: held.length > 0 ? 'running' : '' });
  }
  panel.show(state.syncs.size);
};

const drawWorkers = (state) => {
  const panel = new Panel('workers', 'No job was needed yet.');
  let total = 0;
  const workers = [...state.workers].sort((a, b) => a[0] - b[0]);
  for (const [worker, job] of workers) {
    total += 1;
    if (job >= 0) {
      panel.add(`task ${job}`, `worker ${worker}`, [`does ${taskName(job)}`],
        { data: { worker, job: run.tasks[job].id }, look: 'running', take: job });
    } else {
      panel.add(`task ${-2 - job}`, `worker ${worker}`, [`idle; did ${taskName(-2 - job)}`],
        { data: { worker, job: '' }, take: -2 - job });
    }
  }
  for (const job of state.jobs.keys()) {
    total += 1;
    if (panel.full()) continue;
    panel.add(`task ${job}`, taskName(job), ['queued for a worker'], { data: { queued: run.tasks[job].id }, take: job });
  }
  panel.show(total);
};

const drawInject = (state, row) => {
  const panel = new Panel('inject', 'Nothing was sent.');
  const add = (sent, look) => {
    const task = run.a[sent];
    const by = run.b[sent] === CAUSE.job ? taskName(run.c[sent])
      : run.c[sent] < 0 ? 'another thread' : `thread '${run.strings[run.c[sent]]}'`;
    const what = run.kind[sent] === KIND.woken ? 'wake' : run.kind[sent] === KIND.spawned ? 'spawn' : 'abort';
    const key = run.b[sent] === CAUSE.thread && sent === row ? 'sender' : '';
    panel.add(key, `${what} ${taskName(task)}`, [`from ${by}`],
      { data: look ? {} : { sent: `${what} ${run.tasks[task].id}` }, look, take: task });
  };
  if (row >= 0 && run.sent.has(row)) add(row, 'gone');
  const ghosts = panel.entries.length;
  for (const next of state.inject.keys()) {
    if (panel.full()) break;
    add(next, '');
  }
  panel.show(state.inject.size + ghosts);
};

const drawPanels = (state, row) => {
  drawn.clear();
  drawSleeping(state);
  drawQueue(state, row);
  drawTimers(state, row);
  drawSources(state);
  drawSyncs(state);
  drawWorkers(state);
  drawInject(state, row);
  drawPolled(state, row);
  for (const item of $('phases').children) {
    if (Number(item.dataset.phase) === state.phase) item.setAttribute('aria-current', 'step');
    else item.removeAttribute('aria-current');
  }
};

