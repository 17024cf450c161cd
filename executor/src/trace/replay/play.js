// The player. Owns its speeds, and when it shows the next step: after so many events of
// those that are listed, or as the run's own clock goes on.

const play = (() => {
  const SPEEDS = {
    events: [[1, '1 a second'], [4, '4 a second'], [20, '20 a second'], [200, '200 a second'], [5_000, '5,000 a second']],
    time: [[0.0001, '10,000 times slower'], [0.001, '1,000 times slower'], [0.01, '100 times slower'],
      [0.1, '10 times slower'], [1, 'as fast as it was'], [10, '10 times faster'], [100, '100 times faster']],
  };
  const FIRST = { events: 1, time: 1 };
  let isPlaying = false;
  let last = 0; // When the frame before was.
  let owed = 0; // Events that are due, and a part of the next.
  let clock = 0;
  let page;

  const speed = () => Number($('speed').value);

  const offer = (scale) => {
    $('speed').replaceChildren(...SPEEDS[scale].map(([value, text]) => {
      const option = element('option', '', text);
      option.value = value;
      option.selected = value === FIRST[scale];
      return option;
    }));
  };
  offer('events');

  const stop = () => {
    if (!isPlaying) return;
    isPlaying = false;
    $('play').textContent = '▶ play';
    $('play').setAttribute('aria-label', 'Play');
    $('event').setAttribute('aria-live', 'polite');
  };

  const byEvents = (passed) => {
    owed += passed * speed();
    const whole = Math.floor(owed);
    if (whole === 0) return;
    owed -= whole;
    const before = page.step;
    page.show(filter.beside(before, whole));
    if (page.step === before) stop();
  };

  const byTime = (passed) => {
    clock = Math.min(map.end, clock + passed * 1e9 * speed());
    const step = clock >= map.end ? run.steps : map.stepAtTime(clock);
    if (step !== page.step) page.show(step);
    page.showTime(clock);
    if (clock >= map.end) stop();
  };

  const frame = (now) => {
    if (!isPlaying) return;
    // A frame's time may lie before the click that it follows.
    const passed = Math.max(0, now - last) / 1000;
    last = now;
    (map.isByTime ? byTime : byEvents)(passed);
    requestAnimationFrame(frame);
  };

  const start = () => {
    const isOver = map.isByTime ? page.step === run.steps && Math.max(clock, page.time) >= map.end
      : page.step >= filter.steps.at(-1);
    if (isOver) page.show(0);
    isPlaying = true;
    $('play').textContent = '■ stop';
    $('play').setAttribute('aria-label', 'Stop');
    // Read out, it would never be quiet.
    $('event').setAttribute('aria-live', 'off');
    last = performance.now();
    owed = 0;
    clock = page.time;
    requestAnimationFrame(frame);
  };

  const setScale = (scale) => {
    stop();
    $('scale').value = scale;
    offer(scale);
    map.setByTime(scale === 'time');
  };
  $('scale').addEventListener('change', () => {
    setScale($('scale').value);
    map.show(page.step);
  });

  return {
    stop,
    toggle: () => isPlaying ? stop() : start(),
    setScale,
    of(shown) { page = shown; },
  };
})();
