// The data's format: what its numbers are called, and whether what a page holds is of it.
// Described in mod.rs. run.js reads the page's own data, compare.js that of another page.

const KIND = {
  turn: 0, phase: 1, main: 2, spawned: 3, pollBegan: 4, pollEnded: 5, woken: 6,
  aborted: 7, waits: 8, waitDropped: 9, parked: 10, unparked: 11, jumped: 12,
  registered: 13, ready: 14, cleared: 15, closed: 16, armed: 17, fired: 18,
  dropped: 19, jobQueued: 20, jobStarted: 21, jobFinished: 22, jobCancelled: 23,
  fileOp: 24, met: 25, stepped: 26, gone: 27, inContext: 28,
};
const OUTCOME = { pending: 0, ready: 1, panicked: 2, cancelled: 3 };
const EFFECT = { queued: 0, afterPoll: 1, nothing: 2 };
const CAUSE = { task: 0, read: 1, write: 2, timer: 3, job: 4, thread: 5, outside: 6 };
const WAIT = { timer: 0, read: 1, write: 2, handle: 3, sync: 4 };
const STEP = { taken: 0, given: 1, handed: 2, toldAll: 3, closed: 4 };
// What there can be from before the oldest event that was kept.
const BEFORE = [KIND.spawned, KIND.registered, KIND.met];
const PHASE = { run: 0, inject: 1, park: 2, react: 3, expire: 4 };

// What a row’s numbers stand for, kind by kind: a task, the kind of a cause and which, a text
// or none, and so on; what is not named is any number (a deadline may be beyond those that are exact).
const OPERANDS = {
  phase: ['phase', 'end'], main: ['task'], spawned: ['task', 'cause', 'caused'],
  pollBegan: ['task'], pollEnded: ['task', 'outcome', 'bit'],
  woken: ['task', 'cause', 'caused', 'effect'], aborted: ['task', 'cause', 'caused', 'bit'],
  waits: ['task', 'wait', 'waited'], waitDropped: ['any', 'wait', 'waited'], parked: ['until'],
  registered: ['any', 'any', 'bit', 'bit'], ready: ['any', 'bit'], cleared: ['any', 'bit'],
  armed: ['any', 'cause', 'caused'], jobQueued: ['task', 'cause', 'caused'],
  jobStarted: ['task'], jobFinished: ['task', 'any', 'outcome'], jobCancelled: ['task'],
  fileOp: ['bit', 'cause', 'caused'], met: ['any', 'text', 'mayText', 'mayText'],
  stepped: ['any', 'step', 'stepTask'], inContext: ['task', 'text'],
};
const COLUMNS = ['at', 'kind', 'a', 'b', 'c', 'd', 'words', 'place'];

// The data in the text of a page, if it is what a run of this version is written as. What is
// not would be shown wrongly, or keep the page busy for ever: so it is told at once.
const dataOf = (text) => {
  let data;
  try {
    data = JSON.parse(text);
  } catch {
    throw new Error('its data can’t be read');
  }
  const holds = (is) => { if (!is) throw new Error('it is a replay of another version'); };
  const isBelow = (number, below) => Number.isInteger(number) && number >= 0 && number < below;
  holds(Array.isArray(data?.strings) && data.strings.every((string) => typeof string === 'string'));
  const isText = (number) => isBelow(number, data.strings.length);
  const mayBeText = (number) => number === -1 || isText(number);
  holds(Array.isArray(data.tasks) && data.tasks.length % 3 === 0
    && data.tasks.every((number, place) => place % 3 === 0 ? isText(number) : mayBeText(number)));
  const isTask = (number) => isBelow(number, data.tasks.length / 3);
  holds(COLUMNS.every((name) => Array.isArray(data[name]) && data[name].length === data.kind?.length
    && data[name].every(Number.isInteger)));
  const rows = data.kind.length;
  holds(isBelow(data.before, rows + 1) && isBelow(data.dropped, Infinity) && isBelow(data.order, Infinity)
    && (data.end === -1 || isBelow(data.end, rows + 1)));
  holds(data.words.every(isText) && data.place.every(isText));
  const oneOf = (names) => {
    const count = Object.keys(names).length;
    return (number) => isBelow(number, count);
  };
  const number = { any: () => true, task: isTask, text: isText, mayText: mayBeText,
    bit: (number) => isBelow(number, 2), until: (number) => isBelow(number, 3),
    phase: oneOf(PHASE), outcome: oneOf(OUTCOME), effect: oneOf(EFFECT), cause: oneOf(CAUSE),
    wait: oneOf(WAIT), step: oneOf(STEP),
    caused: (which, row) => data.b[row] === CAUSE.thread ? mayBeText(which)
      : ![CAUSE.task, CAUSE.job].includes(data.b[row]) || isTask(which),
    // With its kind it makes one number (state.js).
    waited: (which, row) => data.b[row] === WAIT.handle ? isTask(which) : isBelow(which, 2 ** 32),
    stepTask: (task, row) => ![STEP.given, STEP.handed].includes(data.b[row]) || isTask(task),
    // No two inject phases have a row in common.
    end: (end, row) => data.a[row] !== PHASE.inject || (end > row && end <= rows) };
  const byKind = Object.keys(KIND).map((name) => OPERANDS[name] ?? []);
  let injectEnds = 0;
  for (let row = 0; row < rows; row++) {
    const kind = data.kind[row];
    holds(isBelow(kind, byKind.length));
    holds(row >= data.before || BEFORE.includes(kind));
    byKind[kind].forEach((what, place) => holds(number[what](data['abcd'[place]][row], row)));
    if (kind === KIND.turn || kind === KIND.phase) {
      holds(row >= injectEnds);
      if (kind === KIND.phase && data.a[row] === PHASE.inject) injectEnds = data.b[row];
    }
  }
  return data;
};
