// What things are called, and what an event means. Owns the page's words; those of the
// single events come with the data.

const moment = (nanos) => {
  const micros = Math.floor(nanos / 1000);
  const seconds = Math.floor(micros / 1_000_000);
  const part = String(micros % 1_000_000).padStart(6, '0');
  return `${seconds}.${part.endsWith('000') ? part.slice(0, 3) : part} s`;
};

const span = (nanos) => {
  if (nanos === 0) return '0 s';
  for (const [unit, name] of [[1e9, 's'], [1e6, 'ms'], [1e3, 'µs']]) {
    if (nanos >= unit) return `${(Math.floor(nanos / unit * 1000) / 1000).toFixed(3)} ${name}`;
  }
  return `${nanos} ns`;
};

const count = (number) => number.toLocaleString('en-US');

const times = (number) => number === 1 ? 'once' : `${count(number)} times`;

const NOBODY = -1;

const isMain = (task) => run.tasks[task].id === '0';

const isJob = (task) => run.tasks[task].id.startsWith('j');

const taskName = (task) => {
  const { id, name } = run.tasks[task];
  if (isJob(task)) return `job ${id}`;
  if (name !== null) return `#${id} '${name}'`;
  return isMain(task) ? '#0 (block_on)' : `#${id}`;
};

const syncName = (state, sync) => {
  const known = state.syncs.get(sync);
  if (!known) return `lock or channel ${sync}`;
  return known.name === null ? `${known.kind} ${sync}` : `${known.kind} ${sync} '${known.name}'`;
};

const waitText = (state, key) => {
  const which = waitWhich(key);
  switch (waitKind(key)) {
    case WAIT.timer: {
      const deadline = state.timers.get(which);
      return deadline === undefined ? `timer ${which}` : `timer ${which}, at ${moment(deadline)}`;
    }
    case WAIT.read: return `source ${which} to be readable`;
    case WAIT.write: return `source ${which} to be writable`;
    case WAIT.sync: return syncName(state, which);
    default: return `${taskName(which)} to end`;
  }
};

const PHASES = [
  ['The run phase begins', run.inOrder ? 'The loop polls the tasks of the run queue, the first in first.'
    : 'The loop polls the tasks of the run queue, in an order that is not that of the queue.'],
  ['The inject phase begins', 'The loop takes in what other threads have sent meanwhile: most often that a job is done, and which task waits for it.'],
  ['The park phase begins', 'If no task can go on, the thread now sleeps, until the first timer is due or something happens. If one can, it only looks whether something has happened.'],
  ['The react phase begins', 'Sources that the kernel has reported ready wake the tasks that wait for them.'],
  ['The expire phase begins', 'Timers that are due wake the tasks that wait for them.'],
];

// Which of those there is next shows their order only if they keep it.
const QUEUED = run.inOrder ? 'to the end of the run queue' : 'to the run queue';

const why = (row, state) => {
  const [a, b, c, d] = [run.a[row], run.b[row], run.c[row], run.d[row]];
  switch (run.kind[row]) {
    case KIND.turn: return 'Once more round the loop, through its five phases. What is empty takes no time.';
    case KIND.phase: return PHASES[a][1];
    case KIND.main: return 'The program hands its main future to the loop. It is a task like the others: it stands in the run queue.';
    case KIND.spawned: return 'A new task. It does not run yet: it waits in the run queue for its turn.';
    case KIND.pollBegan:
      if (run.isEnd(row)) return 'No loop goes round any more. What is left is dropped, in the order of the spawns.';
      if (state.aborted.has(a)) return 'It was aborted. It is polled no more: in this turn its future is dropped.';
      return `${run.inOrder ? 'The first' : 'One of the tasks'} in the run queue leaves it. It now has the thread for itself, until it ends or has to wait.`;
    case KIND.pollEnded:
      if (b === OUTCOME.ready && isMain(a)) return 'The program has the output. Tasks that have not ended stay, until it calls block_on again or drops the runtime.';
      if (b === OUTCOME.panicked && isMain(a)) return 'The panic goes on in the program, where it called block_on.';
      if (b === OUTCOME.ready) return 'The task has its output. Whoever awaits its handle can go on.';
      if (b === OUTCOME.panicked) return 'The task has ended with a panic. Whoever awaits its handle is told.';
      if (b === OUTCOME.cancelled) return 'The task will not run again: its future is dropped where it stood.';
      return c ? `It gives the thread back, but can go on at once: it goes ${QUEUED}.`
        : 'It can’t go on, so it gives the thread back. Nobody polls it until something wakes it.';
    case KIND.woken:
      if (run.isEnd(row)) return 'It will not be polled: no loop goes round any more.';
      if (d === EFFECT.queued) return `What the task waited for has come: it moves ${QUEUED}, and will be polled again.`;
      if (d === EFFECT.afterPoll) return 'It is being polled right now, so it goes to the run queue when this poll has ended.';
      return 'It will be polled anyway, or has ended: nothing changes.';
    case KIND.aborted:
      if (run.isEnd(row)) return 'Its future will be dropped, or has been: no loop goes round any more.';
      return a === state.polled ? 'If this poll is not its end, it gets one last turn, in which its future is dropped.'
        : 'The task gets one last turn, in which its future is dropped.';
    case KIND.waits: return 'What it needs is not there yet. It leaves word who is to be woken; then its poll can end.';
    case KIND.waitDropped: return 'It needs it no more.';
    case KIND.parked: return a === 0 ? `${state.queue.size > 0 ? 'There is work to do, so the loop' : 'The loop'} only asks the kernel what has happened.`
      : 'The whole thread sleeps. The kernel wakes it when something happens.';
    case KIND.unparked: return state.slept ? 'The thread is awake again and looks what has happened.' : 'That is what the kernel has answered.';
    case KIND.jumped: return state.polled >= 0 ? 'The clock is paused, and goes on only when a task says so or everyone waits. Timers that are due by now wake who waits for them.'
      : 'Everyone waits, and the clock is paused: instead of sleeping, the loop sets it to the next deadline.';
    case KIND.registered: return 'The kernel (epoll) watches this descriptor from now on, and says when it is ready.';
    case KIND.ready: return 'The kernel has said so. Who waits for it is woken next.';
    case KIND.cleared: return 'The last try has found nothing more. The next one waits until the kernel says that it is ready.';
    case KIND.closed: return 'The kernel watches it no longer.';
    case KIND.armed: return 'The loop will not sleep beyond this time.';
    case KIND.fired: return 'Its time has come. Who waits for it is woken next.';
    case KIND.dropped: return 'Nobody needs it any more.';
    case KIND.jobQueued: return 'This would hold up the loop, so a thread of the pool is to do it; the loop goes on meanwhile.';
    case KIND.jobStarted: return 'A thread of the pool works on it, beside the loop.';
    case KIND.jobFinished: return run.isEnd(row) ? 'The end of the runtime stops no job that has begun.'
      : 'The worker sends word to the loop, and wakes it if it sleeps.';
    case KIND.jobCancelled: return 'No worker had begun it.';
    case KIND.met: return 'A lock or channel between tasks. It is told of since somebody takes it or waits for it.';
    case KIND.inContext: return 'What its spawner serves is what it serves.';
    case KIND.gone: return 'Nobody has it any more.';
    case KIND.stepped: return [
      'Who asks for it next has to wait, unless there is enough for both.',
      'Whoever waits has it next, in the order in which they asked.',
      'It goes from hand to hand, so nobody who asks later comes in between. The task is woken next.',
      'All who wait are woken next, in the order in which they came.',
      'Who waits is told that nothing comes any more.',
    ][b];
    default: return a ? 'The kernel can answer at once, so it is done on the spot.'
      : 'The disk might take its time, so a worker does it.';
  }
};

const WHOSE = /^(pending|ready|cancelled)/;

// Whose doing an event is, if its words don't say so: the task whose poll it is in.
const doerOf = (row) => {
  const kind = run.kind[row];
  if (kind === KIND.pollEnded) return run.a[row];
  const polled = spans.pollOf[row];
  switch (kind) {
    // Whoever else does these is in their words.
    case KIND.spawned: case KIND.woken: case KIND.aborted: case KIND.armed:
    case KIND.jobQueued: case KIND.fileOp:
      return run.b[row] === CAUSE.task && run.c[row] === polled ? polled : NOBODY;
    case KIND.registered: case KIND.closed: case KIND.dropped: case KIND.waitDropped:
    case KIND.jumped: case KIND.stepped: case KIND.gone:
      return polled;
    // What a worker does meanwhile, and what becomes of things by themselves.
    default: return NOBODY;
  }
};

const doerText = (row) => {
  const doer = doerOf(row);
  if (doer === NOBODY) return '';
  const isState = run.kind[row] === KIND.pollEnded && WHOSE.test(run.strings[run.words[row]]);
  return isState ? `${taskName(doer)} is` : taskName(doer);
};

// Which of its task's polls begins. Those before the oldest event that was kept are not
// counted.
const pollText = (row) => {
  const number = spans.pollNumber[row];
  if (number === 0) return '';
  return `poll ${count(number)}${spans.isWhole(run.a[row]) ? '' : ' of those kept'}`;
};

// Turns and phases have words of the page's own, and polls their numbers.
const hasOwnText = (row) => [KIND.turn, KIND.phase, KIND.pollBegan].includes(run.kind[row]);

// An event in words.
const eventText = (row) => {
  const words = run.strings[run.words[row]];
  switch (run.kind[row]) {
    case KIND.phase: return PHASES[run.a[row]][0];
    case KIND.turn: return `Turn ${count(run.a[row])} begins`;
    case KIND.pollBegan: return spans.pollNumber[row] > 0 ? `${words}: ${pollText(row)}` : words;
    default: return words;
  }
};

// The same, with whose doing it is.
const eventLine = (row) => `${doerText(row)} ${eventText(row)}`.trimStart();
