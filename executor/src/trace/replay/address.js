// The address of the page, so that a step can be sent to somebody: behind the `#` stand the
// step and the task in hand. Owns the reading and the writing of it.

const address = (() => {
  // Browsers refuse who writes it too often.
  const PAUSE = 250; // ms
  let waiting = 0;
  let known = location.hash;
  let next = '';

  const write = () => {
    waiting = 0;
    // The reader has just typed another, of which the page is told in a moment.
    if (location.hash !== known) return;
    try {
      history.replaceState(null, '', next);
      known = next;
    } catch {
      // Not every frame may change its address.
    }
  };

  return {
    read() {
      const said = new URLSearchParams(location.hash.slice(1));
      const task = taskById.get(said.get('task') ?? '');
      return { step: Number(said.get('step')) || 0, task: task ?? NOBODY, isTour: said.has('tour') };
    },
    show(step) {
      next = `#step=${step}${hand.task === NOBODY ? '' : `&task=${run.tasks[hand.task].id}`}`;
      if (next === location.hash || (step === 0 && location.hash === '')) {
        clearTimeout(waiting);
        waiting = 0;
      } else if (!waiting) waiting = setTimeout(write, PAUSE);
    },
    onChange(call) {
      window.addEventListener('hashchange', () => {
        clearTimeout(waiting);
        waiting = 0;
        known = location.hash;
        call();
      });
    },
  };
})();
