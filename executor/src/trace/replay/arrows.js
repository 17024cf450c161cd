// The arrows of the event: who wakes or begins what. Owns the drawing over the panels.

const arrows = (() => {
  const svg = $('arrows');
  const NS = 'http://www.w3.org/2000/svg';

  const causeKey = (kind, which) => {
    switch (kind) {
      case CAUSE.task: return `task ${which}`;
      case CAUSE.read: case CAUSE.write: return `source ${which}`;
      case CAUSE.timer: return `timer ${which}`;
      case CAUSE.job: return `task ${which}`;
      case CAUSE.thread: return 'sender';
      default: return '';
    }
  };
  const home = {
    [CAUSE.task]: 'polled', [CAUSE.read]: 'sources', [CAUSE.write]: 'sources',
    [CAUSE.timer]: 'timers', [CAUSE.job]: 'workers', [CAUSE.thread]: 'inject',
  };
  const ofCause = (kind, which) => drawn.get(causeKey(kind, which)) ?? (home[kind] && $(home[kind]));
  const ofTask = (task) => drawn.get(`task ${task}`);

  // From where to where, and how strong.
  const of = (row, state) => {
    const [a, b, c, d] = [run.a[row], run.b[row], run.c[row], run.d[row]];
    const polled = state.polled >= 0 ? ofTask(state.polled) : undefined;
    switch (run.kind[row]) {
      case KIND.woken:
        return [ofCause(b, c), ofTask(a) ?? (state.queue.has(a) ? $('queue') : undefined),
          d === EFFECT.nothing ? 'thin' : 'wake'];
      case KIND.aborted: case KIND.spawned: case KIND.jobQueued:
        return [ofCause(b, c), ofTask(a), 'thin'];
      case KIND.pollEnded: return c ? [drawn.get('was polled'), ofTask(a), 'thin'] : [];
      case KIND.waits:
        return [polled, ofCause([CAUSE.timer, CAUSE.read, CAUSE.write, CAUSE.task][b], c), 'thin'];
      case KIND.armed: return [ofCause(b, c), drawn.get(`timer ${a}`), 'thin'];
      case KIND.registered: return [polled, drawn.get(`source ${a}`), 'thin'];
      default: return [];
    }
  };

  // Brings an entry into the sight of its own list; the page stays where it is.
  const reveal = (entry) => {
    const list = entry.closest('ol');
    if (!list) return;
    const [inner, outer] = [entry.getBoundingClientRect(), list.getBoundingClientRect()];
    if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom;
    else if (inner.top < outer.top) list.scrollTop -= outer.top - inner.top;
  };

  const line = (from, to, look) => {
    reveal(from);
    reveal(to);
    const board = $('board').getBoundingClientRect();
    const box = (target) => {
      const { left, top, width, height } = target.getBoundingClientRect();
      return { x: left - board.left + width / 2, y: top - board.top + height / 2, w: width / 2, h: height / 2 };
    };
    const [start, end] = [box(from), box(to)];
    const [dx, dy] = [end.x - start.x, end.y - start.y];
    const path = document.createElementNS(NS, 'path');
    // Between two rows of panels, along the gap, where it covers no text.
    const sideways = Math.abs(dx) > start.w + end.w - 8 && Math.abs(dy) < start.h + end.h + 40;
    let [x1, y1, x2, y2] = [start.x, start.y, end.x, end.y];
    if (sideways) {
      x1 += Math.sign(dx) * start.w;
      x2 -= Math.sign(dx) * (end.w + 7);
      const bend = Math.max(36, Math.abs(x2 - x1) / 2) * Math.sign(dx);
      path.setAttribute('d', `M${x1} ${y1} C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`);
    } else {
      y1 += Math.sign(dy) * start.h;
      y2 -= Math.sign(dy) * (end.h + 7);
      const bend = Math.max(24, Math.abs(y2 - y1) / 2) * Math.sign(dy);
      path.setAttribute('d', `M${x1} ${y1} C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`);
    }
    path.setAttribute('class', look);
    path.setAttribute('marker-end', `url(#head-${look})`);
    svg.append(path);
    from.classList.add(`from-${look}`);
    to.classList.add(`to-${look}`);
  };

  const heads = ['wake', 'thin'].map((look) => {
    const marker = document.createElementNS(NS, 'marker');
    for (const [name, value] of Object.entries({
      id: `head-${look}`, viewBox: '0 0 10 10', refX: 3, refY: 5, orient: 'auto',
      markerWidth: look === 'wake' ? 5 : 8, markerHeight: look === 'wake' ? 5 : 8,
    })) marker.setAttribute(name, value);
    const head = document.createElementNS(NS, 'path');
    head.setAttribute('d', 'M0 0 L10 5 L0 10 z');
    head.setAttribute('class', `head-${look}`);
    marker.append(head);
    return marker;
  });

  return {
    draw(row, state) {
      svg.replaceChildren(...heads);
      for (const panel of $('board').children) {
        panel.classList.remove('from-wake', 'to-wake', 'from-thin', 'to-thin');
      }
      if (row < 0) return;
      const [from, to, look] = of(row, state);
      if (from && to && from !== to) line(from, to, look);
    },
  };
})();

