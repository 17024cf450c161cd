// What of the story is listed: all, or the events of some kinds, of one task, or with some
// text. Owns the tools above the list. The keys and the player go along what is listed.

const KINDS = [
  ['polls', [KIND.pollBegan]],
  ['returns', [KIND.pollEnded]],
  ['wakes', [KIND.woken]],
  ['waits', [KIND.waits, KIND.waitDropped]],
  ['spawns', [KIND.main, KIND.spawned, KIND.aborted, KIND.inContext]],
  ['timers', [KIND.armed, KIND.fired, KIND.dropped, KIND.jumped]],
  ['sources', [KIND.registered, KIND.ready, KIND.cleared, KIND.closed]],
  ['jobs and files', [KIND.jobQueued, KIND.jobStarted, KIND.jobFinished, KIND.jobCancelled, KIND.fileOp]],
  ['locks and channels', [KIND.met, KIND.stepped, KIND.gone]],
  ['the loop', [KIND.turn, KIND.phase, KIND.parked, KIND.unparked]],
];

// What is sought and what it is sought in, made alike: a number has no commas.
const plain = (text) => text.toLowerCase().replace(/(\d),(?=\d{3})/g, '$1');

// Whether a line has a text. A number at the text's end is a whole one: ‘poll 3’ is not in
// ‘poll 30’. The parts of a second are no number: ‘1.5’ is in ‘1.500 s’.
const lineHas = (text) => {
  const endsInNumber = /(^|[^.\d])\d+$/.test(text);
  return (line) => {
    const sought = plain(line);
    for (let at = sought.indexOf(text); at >= 0; at = sought.indexOf(text, at + 1)) {
      const next = sought[at + text.length];
      if (!endsInNumber || !(next >= '0' && next <= '9')) return true;
    }
    return false;
  };
};

const filter = (() => {
  const chosen = new Set();
  let only = NOBODY;
  let text = '';
  let isFolded = false;
  let changed = () => {};
  const all = new Int32Array(run.steps + 1).map((_, step) => step);
  let listed = all;

  // Phases and sleeps say when something happens, and not what. A turn in which nothing else
  // happens goes too.
  const folded = (() => {
    const away = new Uint8Array(run.rows);
    let turn = -1;
    for (let row = run.before; row < run.rows; row++) {
      const kind = run.kind[row];
      const isRoutine = [KIND.phase, KIND.parked, KIND.unparked].includes(kind);
      if (isRoutine || kind === KIND.turn) away[row] = 1;
      if (kind === KIND.turn) turn = row;
      else if (!isRoutine && turn >= 0) away[turn] = 0;
    }
    return away;
  })();

  // Whether an event's line has the text, or is of the step with that number. Words and names are looked at once, however many
  // events have them.
  const hasText = () => {
    if (text === '') return () => true;
    const isIn = lineHas(text);
    const remember = (number, line) => {
      const known = new Int8Array(number).fill(-1);
      return (place) => {
        if (known[place] < 0) known[place] = isIn(line(place)) ? 1 : 0;
        return known[place] === 1;
      };
    };
    const isInWords = remember(run.strings.length, (place) => run.strings[place]);
    const isInName = remember(run.tasks.length, taskName);
    const isOfTwoParts = text.includes(' ');
    const step = /^\d+$/.test(text) ? Number(text) : -1;
    return (row) => {
      if (run.stepOf(row) === step) return true;
      if (hasOwnText(row)) return isIn(eventText(row));
      const doer = doerOf(row);
      if (isInWords(run.words[row]) || (doer !== NOBODY && isInName(doer))) return true;
      return isOfTwoParts && isIn(eventLine(row));
    };
  };

  // Whether it is told as it happened, if without the phases.
  const isWhole = () => chosen.size === 0 && only === NOBODY && text === '';
  const isNarrowed = () => !isWhole() || isFolded;

  const sift = () => {
    if (!isNarrowed()) return all;
    const kinds = kindsIn(chosen.size === 0 ? Object.values(KIND)
      : KINDS.filter(([name]) => chosen.has(name)).flatMap(([, kinds]) => kinds));
    const has = hasText();
    const steps = [];
    for (let row = run.before; row < run.rows; row++) {
      if (!kinds[run.kind[row]] || (isFolded && folded[row])) continue;
      if (only !== NOBODY && !concerns(row, only)) continue;
      if (has(row)) steps.push(run.stepOf(row));
    }
    return Int32Array.from(steps);
  };

  const buttons = new Map();
  const apply = () => {
    listed = sift();
    for (const [name, button] of buttons) button.setAttribute('aria-pressed', chosen.has(name));
    $('fold').checked = isFolded;
    $('all').hidden = !isNarrowed();
    $('found').textContent = isNarrowed() ? `${count(listed.length)} of ${count(run.steps)} listed` : `${count(run.steps)} events`;
    changed();
  };

  const happened = kindsIn(run.kind.subarray(run.before));
  for (const [name, kinds] of KINDS) {
    if (!kinds.some((kind) => happened[kind])) continue;
    const button = element('button', '', name);
    button.id = `kind-${name.replaceAll(' ', '-')}`;
    button.addEventListener('click', () => {
      if (!chosen.delete(name)) chosen.add(name);
      apply();
    });
    buttons.set(name, button);
  }
  $('kinds').replaceChildren(...buttons.values());
  $('search').addEventListener('input', () => {
    text = plain($('search').value.trim());
    apply();
  });
  $('fold').addEventListener('change', () => {
    isFolded = $('fold').checked;
    apply();
  });
  apply();

  return {
    get steps() { return listed; },
    has: (step) => listed[placeOf(listed, step)] === step,
    get isWhole() { return isWhole(); },
    get only() { return only; },
    setOnly(task) {
      only = task;
      apply();
    },
    all() {
      chosen.clear();
      [only, text, isFolded] = [NOBODY, '', false];
      $('search').value = '';
      apply();
    },
    // The listed step that comes so many after (or before) one, which itself may not be listed.
    beside(step, by) {
      const place = placeOf(listed, step);
      const isListed = listed[place] === step;
      const to = by > 0 && !isListed ? place + by - 1 : place + by;
      const last = listed.length - 1;
      // At the ends it stays where it is.
      if (last < 0 || (to < 0 && listed[0] > step) || (to > last && listed[last] < step)) return step;
      return listed[Math.min(last, Math.max(0, to))];
    },
    onChange(call) { changed = call; },
  };
})();
