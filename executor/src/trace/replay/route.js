// The way of an arrow: between the panels, where there are no words. Owns the search for
// it, by the places of the panels as they are laid out now.

// A way may be so much longer, in pixels, if that saves a bend.
const BEND = 40;

// Whether the line between two points runs through none of the boxes.
const isFree = ([x1, y1], [x2, y2], boxes) => boxes.every(({ left, top, right, bottom }) =>
  Math.max(x1, x2) <= left + 1 || Math.min(x1, x2) >= right - 1
    || Math.max(y1, y2) <= top + 1 || Math.min(y1, y2) >= bottom - 1);

// The shortest way from one of `starts` to one of `ends`, by lines that are level or
// upright, along the lanes at `xs` and `ys`, around the boxes. It leaves and arrives
// level. Nothing if there is none.
const shortest = (starts, ends, xs, ys, boxes) => {
  const name = (x, y, level) => `${x} ${y} ${level}`;
  const goals = new Set(ends.map(([x, y]) => name(x, y, true)));
  const best = new Map(starts.map(([x, y]) => [name(x, y, true), { x, y, level: true, length: 0 }]));
  const open = new Set(best.keys());
  const beside = (lanes, at) => {
    const place = lanes.indexOf(at);
    return [lanes[place - 1], lanes[place + 1]].filter((lane) => lane !== undefined);
  };
  while (open.size > 0) {
    let key;
    for (const other of open) {
      if (key === undefined || best.get(other).length < best.get(key).length) key = other;
    }
    open.delete(key);
    const from = best.get(key);
    if (goals.has(key)) {
      const way = [];
      for (let at = from; at; at = at.before) {
        // A bend stays where it is.
        if (at.x !== way[0]?.[0] || at.y !== way[0]?.[1]) way.unshift([at.x, at.y]);
      }
      return way;
    }
    const { x, y, level } = from;
    const next = level ? beside(xs, x).map((to) => [to, y]) : beside(ys, y).map((to) => [x, to]);
    const steps = next.filter((to) => isFree([x, y], to, boxes))
      .map((to) => [...to, level, Math.abs(to[0] - x) + Math.abs(to[1] - y)]);
    for (const [toX, toY, toLevel, more] of [...steps, [x, y, !level, BEND]]) {
      const toKey = name(toX, toY, toLevel);
      const length = from.length + more;
      if ((best.get(toKey)?.length ?? Infinity) <= length) continue;
      best.set(toKey, { x: toX, y: toY, level: toLevel, length, before: from });
      open.add(toKey);
    }
  }
  return undefined;
};

// The corners of an arrow's way between two entries, or panels: from the side of the one
// to the side of the other, which covers no words since an entry is as wide as its panel.
const routeBetween = (from, to) => {
  const board = $('board');
  const origin = board.getBoundingClientRect();
  const box = (element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return { left: left - origin.left, top: top - origin.top, right: right - origin.left, bottom: bottom - origin.top };
  };
  const { columnGap, rowGap } = getComputedStyle(board);
  const [across, down] = [parseFloat(columnGap) / 2, parseFloat(rowGap) / 2];
  // Where the board is as wide as the window there are lanes at its sides, too. Elsewhere
  // they would be cut off.
  const isWhole = getComputedStyle($('stage')).overflowX === 'visible';
  const lane = (x) => {
    if (x > 0 && x < origin.width) return Math.round(x);
    const room = Math.min(across, origin.left / 2);
    return !isWhole ? undefined : x <= 0 ? -room : origin.width + room;
  };
  const panels = [...board.querySelectorAll('.panel')].map(box);
  const sidesOf = (element) => {
    const { left, right } = box(element.closest('.panel'));
    const { left: inLeft, right: inRight, top, bottom } = box(element);
    // Of what is in sight: a long list is scrolled.
    const list = element.closest('ol');
    const seen = list ? box(list) : { top, bottom };
    const y = Math.round((Math.max(top, seen.top) + Math.min(bottom, seen.bottom)) / 2);
    return [[lane(left - across), inLeft], [lane(right + across), inRight]]
      .filter(([x]) => x !== undefined)
      .map(([x, edge]) => ({ lane: [x, y], edge: [edge, y] }));
  };
  const [starts, ends] = [sidesOf(from), sidesOf(to)];
  const sorted = (values) => [...new Set(values)].sort((a, b) => a - b);
  const xs = sorted(panels.flatMap(({ left, right }) => [lane(left - across), lane(right + across)])
    .filter((x) => x !== undefined));
  const ys = sorted([...starts, ...ends].map((side) => side.lane[1])
    .concat(panels.flatMap(({ top, bottom }) => [top - down, bottom + down])
      .filter((y) => y > 0 && y < origin.height)));
  const way = shortest(starts.map((side) => side.lane), ends.map((side) => side.lane), xs, ys, panels);
  if (!way) return undefined;
  const edgeAt = (sides, [x]) => sides.find((side) => side.lane[0] === x).edge;
  const points = [edgeAt(starts, way[0]), ...way, edgeAt(ends, way.at(-1))];
  // Only the corners.
  return points.filter(([x, y], index) => {
    const [before, after] = [points[index - 1], points[index + 1]];
    if (!before || !after) return true;
    return !(before[0] === x && x === after[0]) && !(before[1] === y && y === after[1]);
  });
};
