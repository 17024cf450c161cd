// The run: what the page's data says. Owns the reading of it; the format is described
// in mod.rs. Step 0 is before the first event, step n after the n-th.

// Of so many places: the first at which something holds that holds at all after it, too.
const firstWhere = (places, holds) => {
  let [low, high] = [0, places];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
};

// The page as it was written, before anything is drawn: compare.js makes two of it.
const asWritten = document.documentElement.cloneNode(true);

const run = (() => {
  const data = (() => {
    try {
      return dataOf(document.getElementById('run').textContent);
    } catch (error) {
      document.querySelector('h1').textContent = `This run can’t be shown: ${error.message}`;
      throw error;
    }
  })();
  const rows = data.kind.length;
  const at = new Float64Array(rows);
  let now = 0;
  for (let row = 0; row < rows; row++) {
    now += data.at[row];
    at[row] = now;
  }
  const tasks = [];
  for (let index = 0; index < data.tasks.length; index += 3) {
    const [id, name, place] = data.tasks.slice(index, index + 3);
    tasks.push({
      id: data.strings[id],
      name: name < 0 ? null : data.strings[name],
      place: place < 0 ? null : data.strings[place],
    });
  }
  const column = (name, Kind) => Kind.from(data[name]);
  const [kind, a, b, c] = [column('kind', Uint8Array), column('a', Float64Array),
    column('b', Float64Array), column('c', Float64Array)];
  // What each inject phase takes in, and what each job has sent: rows.
  const sent = new Set();
  const sentBy = new Map();
  for (let row = 0; row < rows; row++) {
    if (kind[row] !== KIND.phase || a[row] !== PHASE.inject) continue;
    for (let next = row + 1; next < b[row]; next++) {
      if (b[next] !== CAUSE.job && b[next] !== CAUSE.thread) continue;
      if (![KIND.woken, KIND.spawned, KIND.aborted].includes(kind[next])) continue;
      sent.add(next);
      if (b[next] !== CAUSE.job) continue;
      if (!sentBy.has(c[next])) sentBy.set(c[next], []);
      sentBy.get(c[next]).push(next);
    }
  }
  return {
    sent,
    sentBy,
    strings: data.strings,
    tasks,
    before: data.before,
    dropped: data.dropped,
    inOrder: data.order === 0,
    // Whether a row is of the runtime's end: no loop goes round any more.
    isEnd: (row) => data.end >= 0 && row >= data.end,
    rows,
    steps: rows - data.before,
    at,
    kind,
    a,
    b,
    c,
    d: column('d', Float64Array),
    words: column('words', Int32Array),
    place: column('place', Int32Array),
    // The row that leads to a step, and the step after a row.
    rowOf: (step) => data.before + step - 1,
    stepOf: (row) => row - data.before + 1,
    // The last row that has happened by a time.
    rowAt: (time) => Math.max(data.before,
      data.before - 1 + firstWhere(rows - data.before, (place) => at[data.before + place] > time)),
  };
})();

