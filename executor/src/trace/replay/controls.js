// What the reader does. Owns the step that is shown, the keys, the buttons, the slider,
// and the address's fragment.

let step = 0;
let playing = 0;

const BEGINNING = run.dropped > 0
  ? `The first ${count(run.dropped)} events were not kept: what they left is shown as far as it is known. Step on with the right arrow key.`
  : 'One thread, one loop, and nothing to do yet. Step on with the right arrow key, or let it play.';

const show = (wanted) => {
  const began = performance.now();
  step = Math.min(run.steps, Math.max(0, Math.round(wanted) || 0));
  const state = states.at(step);
  const row = step === 0 ? -1 : run.rowOf(step);
  const whose = row < 0 ? '' : eventDoer(row, state);
  $('words').replaceChildren();
  if (whose) $('words').append(element('bdi', 'whose', whose), ' ');
  $('words').append(row < 0 ? 'Before the first event' : eventText(row));
  $('why').textContent = row < 0 ? BEGINNING : why(row, state);
  $('place').textContent = row < 0 ? '' : `executor/src/${run.strings[run.place[row]]}`;
  $('clock').textContent = moment(state.at);
  $('position').textContent = `${count(step)} of ${count(run.steps)}${state.turn ? ` · turn ${count(state.turn)}` : ''}`;
  $('slider').value = step;
  $('slider').setAttribute('aria-valuetext', `step ${step} of ${run.steps}`);
  drawPanels(state, row);
  arrows.draw(row, state);
  list.show(step);
  document.body.dataset.step = step;
  document.body.dataset.applied = states.applied;
  document.body.dataset.interval = states.interval;
  document.body.dataset.took = performance.now() - began;
  return state;
};

const seek = (kind, direction) => {
  let next = step + direction;
  while (next > 0 && next < run.steps && run.kind[run.rowOf(next)] !== kind) next += direction;
  show(next);
};

const stop = () => {
  clearInterval(playing);
  playing = 0;
  $('play').textContent = '▶ play';
  $('event').setAttribute('aria-live', 'polite');
};

const play = () => {
  if (playing) return stop();
  if (step === run.steps) show(0);
  $('play').textContent = '■ stop';
  // Read out, it would never be quiet.
  $('event').setAttribute('aria-live', 'off');
  playing = setInterval(() => {
    show(step + 1);
    if (step === run.steps) stop();
  }, 900);
};

const PAGE = 20;
const ACTIONS = {
  ArrowRight: () => show(step + 1), ArrowDown: () => show(step + 1),
  ArrowLeft: () => show(step - 1), ArrowUp: () => show(step - 1),
  PageDown: () => show(step + PAGE), PageUp: () => show(step - PAGE),
  Home: () => show(0), End: () => show(run.steps),
  t: () => seek(KIND.turn, 1), T: () => seek(KIND.turn, -1),
  w: () => seek(KIND.woken, 1), W: () => seek(KIND.woken, -1),
  ' ': play,
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  // A button is pressed by space, as everywhere.
  if (event.key === ' ' && event.target instanceof HTMLButtonElement) return;
  // A list that is longer than its panel is scrolled, once it has the focus.
  if (/^Arrow(Up|Down)$/.test(event.key) && event.target.closest('.panel ol')) return;
  const action = ACTIONS[event.key];
  if (!action) return;
  event.preventDefault();
  if (action !== play) stop();
  action();
});

for (const [id, action] of Object.entries({
  first: ACTIONS.Home, 'turn-back': ACTIONS.T, back: ACTIONS.ArrowLeft, play,
  on: ACTIONS.ArrowRight, 'turn-on': ACTIONS.t, last: ACTIONS.End,
})) {
  $(id).addEventListener('click', () => {
    if (action !== play) stop();
    action();
  });
}
$('slider').max = run.steps;
$('slider').addEventListener('input', () => {
  stop();
  show($('slider').value);
});
list.onPick((picked) => {
  stop();
  show(picked);
});

const fromAddress = () => show(/^#step=(\d+)$/.exec(location.hash)?.[1]);
window.addEventListener('hashchange', fromAddress);
window.addEventListener('resize', () => show(step));
fromAddress();
