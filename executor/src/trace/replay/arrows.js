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

  const HEAD = { wake: 10, thin: 8 }; // The head goes so much further than the line.
  const ROUND = 8;

  // The way as a path with round corners.
  const path = (corners) => {
    const toward = ([x, y], [toX, toY], most) => {
      const far = Math.hypot(toX - x, toY - y);
      const part = far === 0 ? 0 : Math.min(most, far / 2) / far;
      return `${x + (toX - x) * part} ${y + (toY - y) * part}`;
    };
    const bends = corners.slice(1, -1).map((corner, index) =>
      `L${toward(corner, corners[index], ROUND)} Q${corner.join(' ')} ${toward(corner, corners[index + 2], ROUND)}`);
    return `M${corners[0].join(' ')} ${bends.join(' ')} L${corners.at(-1).join(' ')}`;
  };

  const line = (from, to, look) => {
    reveal(from);
    reveal(to);
    from.classList.add(`from-${look}`);
    to.classList.add(`to-${look}`);
    const corners = routeBetween(from, to);
    if (!corners) return;
    const [[beforeX], [x, y]] = corners.slice(-2);
    corners.splice(-1, 1, [x - Math.sign(x - beforeX) * HEAD[look], y]);
    const drawing = document.createElementNS(NS, 'path');
    drawing.setAttribute('d', path(corners));
    drawing.setAttribute('class', look);
    drawing.setAttribute('marker-end', `url(#head-${look})`);
    svg.append(drawing);
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

