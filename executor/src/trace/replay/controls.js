// What the reader does. Owns the step that is shown, and has everyone show it; the keys and
// the buttons.

let step = 0;

const BEGINNING = run.steps === 0 ? 'Nothing has happened in this run: there is no step to go to.' : run.dropped > 0
  ? `The first ${count(run.dropped)} events were not kept: what they left is shown as far as it is known. Step on with the right arrow key.`
  : 'One thread, one loop, and nothing to do yet. Step on with the right arrow key, or let it play.';

const showEvent = (row, state) => {
  $('words').replaceChildren();
  if (row < 0) {
    $('words').append('Before the first event');
    $('why').textContent = BEGINNING;
    $('place').textContent = '';
    return;
  }
  const whose = doerText(row);
  if (whose) {
    const name = element('bdi', 'whose', whose);
    name.dataset.take = doerOf(row);
    $('words').append(name, ' ');
  }
  $('words').append(eventText(row));
  const poll = spans.pollNumber[row];
  const kept = spans.isWhole(run.a[row]) ? '' : ' that were kept';
  const which = poll > 0 ? ` Poll ${count(poll)} of ${count(spans.polls[run.a[row]])}${kept}.` : '';
  $('why').textContent = why(row, state) + which;
  $('place').textContent = `executor/src/${run.strings[run.place[row]]}`;
};

const show = (wanted) => {
  const began = performance.now();
  step = Math.min(run.steps, Math.max(0, Math.round(wanted) || 0));
  const state = states.at(step);
  const row = step === 0 ? -1 : run.rowOf(step);
  showEvent(row, state);
  $('clock').textContent = moment(state.at);
  $('position').textContent = `${count(step)} of ${count(run.steps)}${state.turn ? ` · turn ${count(state.turn)}` : ''}`;
  hand.show(step);
  tour.show(step);
  drawPanels(state, row);
  arrows.draw(row, state);
  list.show(step);
  map.show(step);
  address.show(step);
  compare.show(page.time);
  document.body.dataset.step = step;
  document.body.dataset.applied = states.applied;
  document.body.dataset.interval = states.interval;
  document.body.dataset.took = performance.now() - began;
};

// The page to who moves it by himself: the player and the tour.
const page = {
  show,
  get step() { return step; },
  get time() { return step === 0 ? map.begin : run.at[run.rowOf(step)]; },
  // A time between two events: only the clock goes on.
  showTime(time) {
    $('clock').textContent = moment(time);
    map.showTime(time);
    compare.show(time);
  },
};
play.of(page);
tour.of(page);

// Where there is none, the step stays.
const seek = (kind, direction) => {
  let next = step + direction;
  while (next > 0 && next <= run.steps && run.kind[run.rowOf(next)] !== kind) next += direction;
  if (next > 0 && next <= run.steps) show(next);
};

// The reader goes there, so nothing plays any more.
const go = (wanted) => {
  play.stop();
  show(wanted);
};

const along = (by) => () => go(filter.beside(step, by));
const ofHand = (by) => () => go(hand.beside(step, by));
const turn = (by) => () => {
  play.stop();
  seek(KIND.turn, by);
};
const wake = (by) => () => {
  play.stop();
  seek(KIND.woken, by);
};
const takeEvents = () => {
  const task = step === 0 ? NOBODY : taskOf(run.rowOf(step));
  if (task !== NOBODY) hand.take(task);
};

const PAGE = 20;
const ACTIONS = {
  ArrowRight: along(1), ArrowDown: along(1), ArrowLeft: along(-1), ArrowUp: along(-1),
  PageDown: along(PAGE), PageUp: along(-PAGE),
  Home: () => go(0), End: () => go(run.steps),
  t: turn(1), T: turn(-1), w: wake(1), W: wake(-1), n: ofHand(1), N: ofHand(-1),
  h: takeEvents, '/': () => $('search').focus(), ' ': play.toggle,
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || document.body.classList.contains('comparing')) return;
  const { target, key } = event;
  // What is typed is text, and what is chosen from has keys of its own; Enter leaves both.
  if (target.matches('input:not(#slider, [type=checkbox]), select')) {
    if (key === 'Enter' || key === 'Escape') $('list').focus();
    return;
  }
  // A button is pressed by space, as everywhere; and so is a box ticked.
  if (key === ' ' && target.matches('button, [type=checkbox]')) return;
  // A list that is longer than its panel is scrolled, once it has the focus.
  if (/^Arrow(Up|Down)$/.test(key) && target.closest('.panel ol')) return;
  const action = ACTIONS[key];
  if (!action) return;
  event.preventDefault();
  action();
});

for (const [id, action] of Object.entries({
  first: ACTIONS.Home, 'turn-back': ACTIONS.T, back: ACTIONS.ArrowLeft, play: play.toggle,
  on: ACTIONS.ArrowRight, 'turn-on': ACTIONS.t, last: ACTIONS.End,
  'hand-back': ACTIONS.N, 'hand-on': ACTIONS.n, all: filter.all,
})) {
  $(id).addEventListener('click', action);
}
// A time at which nothing may have happened: the state is that of the last event before.
const goToTime = (time) => {
  go(map.stepAtTime(time));
  page.showTime(time);
};
map.onTravel(go, goToTime);
list.onPick(go);

// What is shown stays; what is listed and drawn around it has changed.
const showAgain = () => {
  map.draw();
  show(step);
};
filter.onChange(showAgain);
hand.onChange(showAgain);
window.addEventListener('resize', showAgain);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', map.draw);

const fromAddress = () => {
  const said = address.read();
  if (said.task !== hand.task) hand.take(said.task);
  if (said.isTour) tour.start();
  else show(said.step);
};
address.onChange(fromAddress);
map.draw();
fromAddress();
compare.onTime(goToTime);
