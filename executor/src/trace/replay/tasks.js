// Whose an event is. Owns the search for a task, and for what has to do with it: what it
// does, what is done to it, and what waits for it.

const CAUSED = [KIND.spawned, KIND.woken, KIND.aborted, KIND.armed, KIND.jobQueued, KIND.fileOp];
const ABOUT = [KIND.main, KIND.spawned, KIND.pollBegan, KIND.pollEnded, KIND.woken, KIND.aborted,
  KIND.waits, KIND.jobQueued, KIND.jobStarted, KIND.jobFinished, KIND.jobCancelled, KIND.inContext];

const kindsIn = (kinds) => {
  const are = new Uint8Array(Object.keys(KIND).length);
  for (const kind of kinds) are[kind] = 1;
  return are;
};
const isCaused = kindsIn(CAUSED);
const isAbout = kindsIn(ABOUT);

// The task or job that an event is about, or in whose poll it is.
const taskOf = (row) => isAbout[run.kind[row]] ? run.a[row] : spans.pollOf[row];

const concerns = (row, task) => {
  const kind = run.kind[row];
  if (spans.pollOf[row] === task || (isAbout[kind] && run.a[row] === task)) return true;
  if (run.c[row] !== task) return false;
  const b = run.b[row];
  if (isCaused[kind]) return b === CAUSE.task || b === CAUSE.job;
  if (kind === KIND.stepped) return b === STEP.given || b === STEP.handed;
  return (kind === KIND.waits || kind === KIND.waitDropped) && b === WAIT.handle;
};

// The steps of all that has to do with a task.
const stepsOf = (task) => {
  const steps = [];
  for (let row = run.before; row < run.rows; row++) {
    if (concerns(row, task)) steps.push(run.stepOf(row));
  }
  return Int32Array.from(steps);
};

const taskById = new Map(run.tasks.map(({ id }, task) => [id, task]));

// The tasks that a reader may mean: by number, or by a part of the name. The number comes
// before names, and a whole name before its parts.
const tasksMeant = (text, most) => {
  const sought = text.trim().toLowerCase();
  if (sought === '') return [];
  const rank = (task) => {
    const name = taskName(task).toLowerCase();
    if ([sought, `#${sought}`, `job ${sought}`].includes(name) || run.tasks[task].id === sought.replace('#', '')) return 0;
    if (run.tasks[task].name?.toLowerCase() === sought) return 1;
    return name.includes(sought) ? 2 : 3;
  };
  const ranked = [[], [], []];
  for (let task = 0; task < run.tasks.length; task++) ranked[rank(task)]?.push(task);
  return ranked.flat().slice(0, most);
};

// Of sorted steps: the place of the first that does not come before a step.
const placeOf = (steps, step) => firstWhere(steps.length, (place) => steps[place] >= step);
