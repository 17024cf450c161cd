// The map of the whole run: what the thread did when. Owns the drawing of it, its scale,
// which is the slider's and the player's too, and the way from a place on it to a step.

// What the thread does in a part of the run, as shares of one: poll, the loop's own, sleep.
const sharesOfTimes = (from, to) => {
  const shares = [DOING.poll, DOING.loop, DOING.sleep].map((what) => spans.betweenTimes(what, from, to) / (to - from));
  // A poll in which a paused clock stands still is a poll all the same.
  const [before, last] = [run.rowAt(from), run.rowAt(to)];
  if (spans.doing.subarray(before + 1, last + 1).includes(DOING.poll)) shares[0] = Math.max(shares[0], Number.EPSILON);
  return shares;
};

// The same of some events, as shares of their number. Before the first it does nothing.
const sharesOfEvents = (from, to) => {
  const counts = [0, 0, 0, 0];
  for (let row = Math.max(run.before, from); row < to; row++) counts[spans.doing[row]] += 1;
  return counts.slice(0, 3).map((some) => some / (to - from));
};

const LOOKS = ['poll', 'loop', 'sleep'];

// Polls and sleeps are to be seen, however short: they are so many pixels high.
const LEAST = [3, 0, 3];

// Columns of shares, one beside the other, into a part of a canvas.
const drawShares = (drawing, columns, { top, height, width }) => {
  const style = getComputedStyle(document.documentElement);
  const colors = LOOKS.map((look) => style.getPropertyValue(`--map-${look}`));
  columns.forEach((shares, place) => {
    const left = Math.floor(place * width / columns.length);
    const wide = Math.floor((place + 1) * width / columns.length) - left;
    const least = shares.map((share, look) => share > 0 ? LEAST[look] : 0);
    let bottom = top + height;
    let kept = least[0] + least[1] + least[2];
    shares.forEach((share, look) => {
      if (share === 0) return;
      kept -= least[look];
      const tall = Math.min(bottom - top - kept, Math.max(least[look], share * height));
      drawing.fillStyle = colors[look];
      drawing.fillRect(left, bottom - tall, wide, tall);
      bottom -= tall;
    });
  });
};

const map = (() => {
  const canvas = $('map');
  const MARKS = 6; // Pixels for the task in hand, above, and for what is listed, below.
  // Of two runs that are compared both have the same.
  const { from, until } = document.documentElement.dataset;
  const begin = Number(from ?? run.at[run.before] ?? 0);
  const end = Number(until ?? run.at[run.rows - 1] ?? 0);
  let isByTime = false;
  // While a paused clock stands no time passes, and the events count.
  const countsTime = () => isByTime && end > begin;

  const fractionOf = (step) => {
    if (!isByTime) return run.steps === 0 ? 0 : step / run.steps;
    if (step === 0 || end === begin) return 0;
    return (run.at[run.rowOf(step)] - begin) / (end - begin);
  };
  const timeAt = (fraction) => begin + fraction * (end - begin);
  const stepAtTime = (time) => (
    run.steps === 0 || time <= begin || time < run.at[run.before] ? 0 : run.stepOf(run.rowAt(time)));
  const stepAt = (fraction) => isByTime ? stepAtTime(timeAt(fraction)) : Math.round(fraction * run.steps);

  const marks = (drawing, steps, color, top, width) => {
    drawing.fillStyle = color;
    let last = -1;
    for (const step of steps) {
      const left = Math.floor(fractionOf(step) * (width - 1));
      if (left !== last) drawing.fillRect(left, top, 1, MARKS - 1);
      last = left;
    }
  };

  const columns = (number) => {
    const made = [];
    for (let column = 0; column < number; column++) {
      const [from, to] = [column / number, (column + 1) / number];
      if (countsTime()) made.push(sharesOfTimes(timeAt(from), timeAt(to)));
      else {
        // Between a step's place and the next one's is what the thread does after that step.
        const first = run.rowOf(Math.floor(from * run.steps));
        const next = run.rowOf(Math.floor(to * run.steps));
        made.push(sharesOfEvents(first, Math.max(first + 1, next)));
      }
    }
    return made;
  };

  const draw = () => {
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    const drawing = canvas.getContext('2d');
    drawing.scale(scale, scale);
    if (run.steps === 0 || width === 0) return;
    drawShares(drawing, columns(Math.floor(width)), { top: MARKS, height: height - 2 * MARKS, width });
    const style = getComputedStyle(document.documentElement);
    marks(drawing, hand.steps, style.getPropertyValue('--wake'), 0, width);
    if (!filter.isWhole) marks(drawing, filter.steps, style.getPropertyValue('--soft'), height - MARKS + 1, width);
  };

  // The same of the whole run: what the map counts is what this says.
  const percent = (share) => share > 0 && share < 0.01 ? 'under 1 %' : `${Math.round(share * 100)} %`;
  const isPaused = run.kind.includes(KIND.jumped);
  const sharesOfRun = () => {
    if (!countsTime()) return sharesOfEvents(run.before, run.rows);
    const [first, last] = [run.before, run.rows - 1];
    return [DOING.poll, DOING.loop, DOING.sleep].map((what) =>
      spans.betweenRows(what, first, last) / Math.max(1, run.at[last] - run.at[first]));
  };
  const drawKey = () => {
    if (run.steps === 0) return;
    const shares = sharesOfRun();
    $('shares').replaceChildren(element('span', '', countsTime() ? 'of the time:' : 'of the events:'),
      ...['in polls', 'in the loop', 'asleep'].map((text, look) =>
        element('span', `key ${LOOKS[look]}`, `${percent(shares[look])} ${text}`)));
    $('shares').title = countsTime() && isPaused
      ? 'By the run’s own clock, which was paused: it goes on only while everyone waits.' : '';
  };
  drawKey();

  // To where the pointer is, as long as it is down.
  const travel = (go) => {
    const under = (event) => {
      const { left, width } = canvas.getBoundingClientRect();
      return Math.min(1, Math.max(0, (event.clientX - left) / width));
    };
    canvas.addEventListener('pointerdown', (event) => {
      canvas.setPointerCapture(event.pointerId);
      go(under(event));
    });
    canvas.addEventListener('pointermove', (event) => {
      const step = stepAt(under(event));
      canvas.title = `step ${count(step)}, at ${moment(step === 0 ? begin : run.at[run.rowOf(step)])}`;
      if (canvas.hasPointerCapture(event.pointerId)) go(under(event));
    });
  };

  const slider = $('slider');
  const adjust = () => { slider.max = isByTime ? 1_000_000 : run.steps; };
  adjust();

  const showFraction = (fraction) => {
    slider.value = fraction * slider.max;
    $('here').style.left = `${fraction * 100}%`;
  };

  return {
    begin,
    end,
    draw,
    stepAtTime,
    get isByTime() { return isByTime; },
    setByTime(wanted) {
      isByTime = wanted;
      adjust();
      draw();
      drawKey();
    },
    show(step) {
      showFraction(fractionOf(step));
      slider.setAttribute('aria-valuetext', `step ${step} of ${run.steps}`);
    },
    // Between two events, as the clock goes on.
    showTime(time) {
      if (isByTime && end > begin) showFraction((time - begin) / (end - begin));
    },
    // To a step, or to a time which may lie between two.
    onTravel(toStep, toTime) {
      const go = (fraction) => isByTime ? toTime(timeAt(fraction)) : toStep(stepAt(fraction));
      travel(go);
      slider.addEventListener('input', () => go(slider.value / slider.max));
    },
  };
})();
