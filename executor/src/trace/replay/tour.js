// The tour of the first twenty steps, for who sees such a run for the first time. Owns what
// it says and where it points; the event itself is explained where it always is.

const tour = (() => {
  const STEPS = Math.min(20, run.steps);
  const BEFORE = ['board', 'This page shows one thread at work, event by event. The panels below are all that the runtime has: tasks that can go on, the one that runs, those that sleep, and what they sleep for. Step on, and watch what moves from panel to panel.'];
  const LAST = 'This was the tour. Go on with the arrow keys, or let it play; click a task to follow it; click into the map to be elsewhere in the run.';
  const OF_PHASES = [
    ['phases', 'The blue box says where in its turn the loop is. In the run phase tasks are polled; nothing else runs a task.'],
    ['inject', 'Other threads may not touch the run queue. They send, and here the loop takes in what they have sent.'],
    ['phases', 'Only here the thread may sleep, and it sleeps only if the run queue is empty. A loop that sleeps uses no processor at all.'],
    ['sources', 'Here the loop hands on what the kernel said about sockets and the like.'],
    ['timers', 'Here the loop looks which timers are due. Then the turn has ended, and the next begins.'],
  ];
  const OF_KINDS = {
    [KIND.turn]: ['phases', 'The loop goes round and round. Each round is a turn, and has these five phases, from left to right.'],
    [KIND.main]: ['queue', 'What you give to block_on is a task as any other, number 0. It stands in the run queue, which means: it can go on, and does not run yet.'],
    [KIND.spawned]: ['queue', 'To spawn is to put a new task at the end of the run queue, and no more. None of its code has run.'],
    [KIND.pollBegan]: ['polled', 'The task has come from the run queue to here: its code runs now, up to an await that has to wait. Until then nobody else runs on this thread. That is why a task must not block.'],
    [KIND.pollEnded]: ['sleeping', 'The code has come back to the loop. A task that is pending lies here from now on and costs nothing, until something wakes it; one that is ready has ended.'],
    [KIND.woken]: ['queue', 'A wake, and so a thick arrow: from what has happened to the task that has waited for it. It moves the task to the run queue and does not run it. That is the loop’s work.'],
    [KIND.aborted]: ['queue', 'An abort does not stop a task on the spot either: it has the loop drop it.'],
    [KIND.waits]: ['polled', 'The other half of every wake: before a task gives the thread back, it has left word who is to be woken. The dashed arrow leads to where. A task that forgot this would sleep for ever.'],
    [KIND.waitDropped]: ['sleeping', 'Who waits for something may give that up, by dropping the future.'],
    [KIND.parked]: ['polled', 'The thread is in the kernel now, in its one call that may block: it waits for all timers, sources and other threads at once.'],
    [KIND.unparked]: ['phases', 'Back from the kernel. What has happened is handed out in the phases that follow.'],
    [KIND.jumped]: ['timers', 'This run’s clock is paused, as in tests: when everyone waits, it is set to the next deadline, so that a sleep takes no time.'],
    [KIND.registered]: ['sources', 'A socket, or the like. The kernel is asked to watch it, once, and then tells of it by itself.'],
    [KIND.ready]: ['sources', 'To be ready means that a read or write would not block now.'],
    [KIND.cleared]: ['sources', 'Readiness is a guess that lasts until a try has found nothing. Then it has to be waited for again.'],
    [KIND.armed]: ['timers', 'A sleep is a number and a time in this list. The thread sleeps no longer than until the first of them.'],
    [KIND.fired]: ['timers', 'A timer that is due. What it does is to wake its task; watch for the thick arrow.'],
    [KIND.dropped]: ['timers', 'It was not needed in the end: what it guarded came in time.'],
    [KIND.jobQueued]: ['workers', 'What blocks has no place on this thread, so it goes to another. To the task it is one more thing to wait for.'],
    [KIND.jobStarted]: ['workers', 'This happens on another thread, at the same time. The loop goes on meanwhile.'],
    [KIND.jobFinished]: ['inject', 'The worker does not wake the task itself: it sends that to the inject queue, and the loop does it.'],
    [KIND.fileOp]: ['workers', 'Files have no readiness: the kernel says of each that it is ready, and blocks then. So they go to a worker, unless what is read is in memory.'],
    [KIND.stepped]: ['syncs', 'Tasks wait for each other, too. Here stands who has what, and who is next.'],
  };
  const met = new Map(); // What was explained, and at which step.
  let isOn = false;
  let page;

  const explanation = (step) => {
    if (step === 0) return BEFORE;
    const row = run.rowOf(step);
    return run.kind[row] === KIND.phase ? OF_PHASES[run.a[row]] : OF_KINDS[run.kind[row]];
  };
  for (let step = STEPS; step > 0; step--) {
    const said = explanation(step);
    if (said) met.set(said, step);
  }

  const point = (id) => {
    for (const pointed of document.querySelectorAll('.pointed')) pointed.classList.remove('pointed');
    if (!id) return;
    $(id).classList.add('pointed');
    // Into sight, in this window alone: a page that it is embedded in stays where it is.
    const said = $('tour-box').getBoundingClientRect();
    const covered = getComputedStyle($('tour-box')).position === 'sticky' ? said.bottom + 10 : 0;
    const { top, bottom } = $(id).getBoundingClientRect();
    if (top < covered || bottom > window.innerHeight) window.scrollBy(0, top - covered);
  };

  const stop = () => {
    isOn = false;
    $('tour-box').hidden = true;
    point();
    page.show(page.step);
  };

  const start = () => {
    isOn = true;
    page.show(0);
  };

  $('tour-back').addEventListener('click', () => page.show(page.step - 1));
  $('tour-on').addEventListener('click', () => page.step < STEPS ? page.show(page.step + 1) : stop());
  $('tour-end').addEventListener('click', stop);
  $('invite').addEventListener('click', () => {
    start();
    $('tour-on').focus({ preventScroll: true });
  });
  $('invite').textContent = `New here? Take the tour of the first ${count(STEPS)} steps`;

  return {
    start,
    show(step) {
      $('invite').hidden = step > 0 || isOn || run.steps === 0;
      $('tour-box').hidden = !isOn || step > STEPS;
      if (!isOn) return;
      if (step > STEPS) return point();
      const said = explanation(step);
      const first = said && step > 0 ? met.get(said) : step;
      const text = !said ? '' : first === step ? said[1] : `As at step ${count(first)}.`;
      $('tour-says').textContent = step === STEPS ? `${text} ${LAST}`.trim() : text || 'A small step, which explains itself.';
      $('tour-step').textContent = `Tour, step ${step} of ${STEPS}`;
      $('tour-back').disabled = step === 0;
      $('tour-on').textContent = step === STEPS ? 'Done' : 'Next';
      $('tour-end').hidden = step === STEPS;
      point(said?.[0]);
    },
    of(shown) { page = shown; },
  };
})();
