// The page's own script without the page: how a run is read, and what is so after each of its
// steps. Owns that part of it as a module, made of the files that the page is made of.
//
// Used by fuzz.cjs, which looks for changes of a run's data that do harm, and by corpus.cjs,
// which reads the runs of the corpus and some that are near them.

'use strict';

const fs = require('node:fs');
const path = require('node:path');

const SOURCE = path.join(__dirname, '../../../executor/src/trace/replay');

// Those that draw nothing, in the page's order.
const FILES = ['format.js', 'run.js', 'state.js', 'text.js', 'spans.js', 'tasks.js'];

// What the page's script finds of a page: its data, and a heading that may tell.
const pageOf = (text) => {
  const heading = { textContent: '' };
  return {
    heading,
    documentElement: { cloneNode: () => null },
    getElementById: (id) => id === 'run' ? { textContent: text } : null,
    querySelector: () => heading,
  };
};

// The module's text.
const moduleText = () => {
  const files = FILES.map((file) => fs.readFileSync(path.join(SOURCE, file), 'utf8'));
  return `'use strict';
module.exports = (document) => {
${files.join('\n')}
return { run, states, spans, why, eventLine, stepsOf, taskById, tasksMeant, waitText };
};
`;
};

// What the page refuses a run with.
const REFUSALS = ['its data can’t be read', 'it is a replay of another version'];

// Reads a run, and looks at each of its steps. True if it is a run; false if the page says
// that it is none. Whatever else comes of it is a fault.
const look = (open, text) => {
  const page = pageOf(text);
  let shown;
  try {
    shown = open(page);
  } catch (error) {
    if (!REFUSALS.includes(error.message)) throw error;
    if (!page.heading.textContent.endsWith(error.message)) throw new Error('it is refused in silence');
    return false;
  }
  const { run, states, spans, why, eventLine, stepsOf, waitText } = shown;
  const isText = (text, what) => {
    if (typeof text !== 'string') throw new Error(`${what} is ${text}`);
  };
  for (let step = 1; step <= run.steps; step++) {
    const row = run.rowOf(step);
    const state = states.at(step);
    if (state.step !== step) throw new Error(`step ${step} is shown as ${state.step}`);
    isText(eventLine(row), `the line of step ${step}`);
    isText(why(row, state), `why step ${step} is taken`);
    for (const keys of state.waits.values()) {
      for (const key of keys) isText(waitText(state, key), 'a wait');
    }
    for (const task of [...state.queue.keys(), ...state.live.keys()]) {
      if (run.tasks[task] === undefined) throw new Error(`step ${step} has a task ${task}`);
    }
  }
  run.tasks.forEach((_, task) => stepsOf(task));
  // There and back: a state doesn't depend on the way to it.
  const told = (state) => JSON.stringify([[...state.queue], [...state.timers], [...state.jobs]]);
  for (let step = run.steps; step >= 0; step -= 7) {
    const straight = told(states.at(step));
    states.at(0);
    if (told(states.at(step)) !== straight) throw new Error(`step ${step} depends on the way to it`);
  }
  if (spans.doing.length !== run.rows) throw new Error('not every row has its time');
  return true;
};

module.exports = { moduleText, look };
