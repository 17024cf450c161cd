// The task in hand: one that the reader follows through the run. Owns which it is, how it
// is taken, and the bar with its events.

const hand = (() => {
  const field = $('hand-field');
  let task = NOBODY;
  let steps = new Int32Array(0);
  let known = {};
  let changed = () => {};

  // Of its steps those that are listed: the keys go along them.
  const listedSteps = () => {
    if (known.of !== steps || known.among !== filter.steps) {
      known = { of: steps, among: filter.steps, listed: steps.filter(filter.has) };
    }
    return known.listed;
  };

  const take = (taken) => {
    task = taken;
    steps = task === NOBODY ? new Int32Array(0) : stepsOf(task);
    field.value = task === NOBODY ? '' : taskName(task);
    $('hand-tools').hidden = task === NOBODY;
    if (filter.only !== NOBODY) filter.setOnly(task);
    changed();
  };

  // What was typed: nothing puts it down, and what nobody is called changes nothing.
  field.addEventListener('change', () => {
    const [meant] = tasksMeant(field.value, 1);
    const isUnknown = meant === undefined && field.value.trim() !== '';
    field.setAttribute('aria-invalid', isUnknown);
    if (isUnknown) {
      $('hand-says').textContent = `No task is called ‘${field.value.trim()}’.`;
      return;
    }
    take(meant ?? NOBODY);
  });
  const OFFERED = 20;
  field.addEventListener('input', () => {
    $('hand-names').replaceChildren(...tasksMeant(field.value, OFFERED).map((meant) => {
      const option = element('option');
      option.value = taskName(meant);
      return option;
    }));
  });
  $('hand-only').addEventListener('click', () => filter.setOnly(filter.only === NOBODY ? task : NOBODY));
  $('hand-down').addEventListener('click', () => take(NOBODY));
  // Wherever a task is named as one that can be taken.
  document.addEventListener('click', (event) => {
    const named = event.target.closest('[data-take]');
    if (named) take(Number(named.dataset.take));
  });

  return {
    get task() { return task; },
    has: (row) => task !== NOBODY && concerns(row, task),
    take,
    // Its steps, for the map.
    get steps() { return steps; },
    // The step of its listed event before or after a step, or the step itself.
    beside(step, by) {
      const listed = listedSteps();
      const place = placeOf(listed, step);
      if (by < 0) return listed[place - 1] ?? step;
      return listed[listed[place] === step ? place + 1 : place] ?? step;
    },
    show(step) {
      $('hand-only').setAttribute('aria-pressed', filter.only !== NOBODY);
      if (task === NOBODY) {
        $('hand-says').textContent = 'Click a task to follow it.';
        return;
      }
      const gone = placeOf(steps, step + 1);
      const listed = listedSteps().length;
      const some = listed === steps.length ? '' : `, of which ${listed === 0 ? 'none is' : `${count(listed)} ${listed === 1 ? 'is' : 'are'}`} listed`;
      $('hand-says').textContent = `Event ${count(gone)} of ${count(steps.length)} of its own${some}. `
        + (isJob(task) ? 'A worker does it.' : `Polled ${times(spans.polls[task])}.`);
    },
    onChange(call) { changed = call; },
  };
})();
