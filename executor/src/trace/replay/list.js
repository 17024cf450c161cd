// The story beside the panels. Owns the list of the steps that filter.js lists, of which
// only those in sight are in the page.

const list = (() => {
  const HEIGHT = 28; // As in page.css.
  const view = $('list');
  const rows = $('rows');
  let current = 0;
  // The numbers stand in a column that has room for the last.
  rows.style.setProperty('--digits', String(run.steps).length);

  const make = (place) => {
    const step = filter.steps[place];
    const row = run.rowOf(step);
    const kind = step === 0 ? -1 : run.kind[row];
    const made = element('div', 'row');
    made.id = `step-${step}`;
    made.setAttribute('role', 'option');
    made.setAttribute('aria-selected', step === current);
    made.dataset.step = step;
    made.style.top = `${place * HEIGHT}px`;
    if (kind === KIND.turn) made.classList.add('turn');
    if (kind === KIND.phase) made.classList.add('phase');
    if (kind === KIND.woken) made.classList.add('wake');
    let text = step === 0 ? 'Before the first event' : eventText(row);
    if (step > 0) {
      if (hand.has(row)) made.classList.add('its');
      // In the whole story the line of the poll says whose doing it is.
      if (filter.isWhole) made.classList.toggle('in', spans.pollOf[row] >= 0);
      else text = eventLine(row);
    }
    made.append(element('span', 'number', step), element('span', 'text', text));
    made.title = text;
    return made;
  };

  const draw = () => {
    const first = Math.max(0, Math.floor(view.scrollTop / HEIGHT) - 4);
    const last = Math.min(filter.steps.length - 1, Math.ceil((view.scrollTop + view.clientHeight) / HEIGHT) + 4);
    const made = [];
    for (let place = first; place <= last; place++) made.push(make(place));
    if (made.length === 0) made.push(element('p', 'none', 'No event is like that.'));
    rows.replaceChildren(...made);
    if (filter.has(current)) view.setAttribute('aria-activedescendant', `step-${current}`);
    else view.removeAttribute('aria-activedescendant');
  };
  view.addEventListener('scroll', () => requestAnimationFrame(draw));

  return {
    show(step) {
      current = step;
      rows.style.height = `${filter.steps.length * HEIGHT}px`;
      const top = placeOf(filter.steps, step) * HEIGHT;
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
