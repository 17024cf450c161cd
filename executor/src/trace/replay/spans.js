// What the thread does from each event to the next: it polls a task, works for the loop
// itself, sleeps, or is elsewhere in the program. Owns these times and their sums.

const DOING = { poll: 0, loop: 1, sleep: 2, elsewhere: 3 };

const spans = (() => {
  const doing = new Uint8Array(run.rows);
  // The task in whose poll an event is, or -1.
  const pollOf = new Int32Array(run.rows).fill(-1);
  // Of the beginning of a poll: which of its task's polls it is, from 1. The turn in which
  // a future is dropped is none.
  const pollNumber = new Int32Array(run.rows);
  const polls = new Int32Array(run.tasks.length);
  const aborted = new Set();
  // Tasks of which all events were kept.
  const isWhole = new Uint8Array(run.tasks.length);
  // What workers do beside it is in nobody's poll.
  const beside = [KIND.jobStarted, KIND.jobFinished, KIND.jobCancelled];
  let now = DOING.elsewhere;
  let task = -1;
  for (let row = run.before; row < run.rows; row++) {
    const [kind, a, b] = [run.kind[row], run.a[row], run.b[row]];
    if (!beside.includes(kind)) pollOf[row] = task;
    if (kind === KIND.main || kind === KIND.spawned) isWhole[a] = 1;
    switch (kind) {
      case KIND.turn: case KIND.phase: case KIND.main: case KIND.unparked:
        if (task < 0) now = DOING.loop;
        break;
      case KIND.pollBegan:
        task = a;
        now = DOING.poll;
        if (!aborted.has(a) && !run.isEnd(row)) pollNumber[row] = ++polls[a];
        break;
      case KIND.pollEnded:
        task = -1;
        now = b !== OUTCOME.pending && isMain(a) ? DOING.elsewhere : DOING.loop;
        break;
      case KIND.aborted:
        aborted.add(a);
        break;
      case KIND.parked:
        // A look takes no time that anybody waits for.
        now = a === 0 ? DOING.loop : DOING.sleep;
        break;
      case KIND.jumped:
        // In the place of a sleep, unless a task has asked for it.
        if (task < 0 && row > run.before) doing[row - 1] = DOING.sleep;
        break;
    }
    doing[row] = now;
  }
  // What comes after the last event is not known.
  if (run.rows > 0) doing[run.rows - 1] = DOING.elsewhere;

  // What of each had gone by when an event happened.
  const sums = [DOING.poll, DOING.loop, DOING.sleep].map(() => new Float64Array(run.rows));
  for (let row = run.before + 1; row < run.rows; row++) {
    for (let what = 0; what < sums.length; what++) {
      const is = doing[row - 1] === what;
      sums[what][row] = sums[what][row - 1] + (is ? run.at[row] - run.at[row - 1] : 0);
    }
  }
  const until = (what, time) => {
    if (time < run.at[run.before]) return 0;
    const row = run.rowAt(time);
    return sums[what][row] + (doing[row] === what ? time - run.at[row] : 0);
  };

  return {
    doing,
    pollOf,
    pollNumber,
    // How often a task is polled.
    polls,
    isWhole: (task) => isWhole[task] === 1,
    // How much of the time between two rows, or two times, went into something.
    betweenRows: (what, from, to) => sums[what][to] - sums[what][from],
    betweenTimes: (what, from, to) => until(what, to) - until(what, from),
  };
})();
