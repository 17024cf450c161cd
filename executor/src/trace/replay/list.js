// The story beside the panels. Owns the list of all steps, of which only those in sight
// are in the page.

const list = (() => {
  const HEIGHT = 28; // As in page.css.
  const view = $('list');
  const rows = $('rows');
  let current = 0;
  // The numbers stand in a column that has room for the last.
  rows.style.setProperty('--digits', String(run.steps).length);
  rows.style.height = `${(run.steps + 1) * HEIGHT}px`;

  // Whether a step is in a poll: those stand further in.
  const inPoll = new Uint8Array(run.steps + 1);
  let polled = false;
  const beside = [KIND.jobStarted, KIND.jobFinished, KIND.jobCancelled];
  for (let step = 1; step <= run.steps; step++) {
    const kind = run.kind[run.rowOf(step)];
    inPoll[step] = polled && !beside.includes(kind) ? 1 : 0;
    if (kind === KIND.pollBegan) polled = true;
    if (kind === KIND.pollEnded) polled = false;
  }

  const make = (step) => {
    const row = run.rowOf(step);
    const kind = step === 0 ? -1 : run.kind[row];
    const made = element('div', 'row');
    made.id = `step-${step}`;
    made.setAttribute('role', 'option');
    made.setAttribute('aria-selected', step === current);
    made.dataset.step = step;
    made.style.top = `${step * HEIGHT}px`;
    if (kind === KIND.turn) made.classList.add('turn');
    if (kind === KIND.phase) made.classList.add('phase');
    if (kind === KIND.woken) made.classList.add('wake');
    if (inPoll[step]) made.classList.add('in');
    const text = step === 0 ? 'Before the first event' : eventText(row);
    made.append(element('span', 'number', step), element('span', 'text', text));
    made.title = text;
    return made;
  };

  const draw = () => {
    const first = Math.max(0, Math.floor(view.scrollTop / HEIGHT) - 4);
    const last = Math.min(run.steps, Math.ceil((view.scrollTop + view.clientHeight) / HEIGHT) + 4);
    const made = [];
    for (let step = first; step <= last; step++) made.push(make(step));
    rows.replaceChildren(...made);
    view.setAttribute('aria-activedescendant', `step-${current}`);
  };
  view.addEventListener('scroll', () => requestAnimationFrame(draw));

  return {
    show(step) {
      current = step;
      const top = step * HEIGHT;
      const room = view.clientHeight;
      if (top < view.scrollTop + HEIGHT * 2 || top > view.scrollTop + room - HEIGHT * 4) {
        view.scrollTop = Math.max(0, top - room / 3);
      }
      draw();
    },
    onPick(pick) {
      rows.addEventListener('click', (event) => {
        const row = event.target.closest('.row');
        if (row) pick(Number(row.dataset.step));
      });
    },
  };
})();

