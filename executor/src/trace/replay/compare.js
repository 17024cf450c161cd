// Two runs side by side. Owns the choice of the other run, the frames that both are shown
// in, and what goes between them.
//
// The other run is a page like this one, saved earlier, that the reader picks or drops: so
// any two runs can be compared, and no program has to know of both. Of that file only the
// data is taken; both sides are this page, each in a frame, with all that it can do.

const compare = (() => {
  const own = document.documentElement.dataset; // What a side is told by who made it.
  const isSide = own.side !== undefined;

  // What a run comes to.
  const summary = () => {
    const kinds = new Float64Array(Object.keys(KIND).length);
    let longest = 0;
    let began = 0;
    for (let row = run.before; row < run.rows; row++) {
      kinds[run.kind[row]] += 1;
      if (run.kind[row] === KIND.pollBegan) began = run.at[row];
      if (run.kind[row] === KIND.pollEnded) longest = Math.max(longest, run.at[row] - began);
    }
    const [from, until] = run.steps > 0 ? [run.before, run.rows - 1] : [0, 0];
    const all = (what) => run.steps > 0 ? spans.betweenRows(what, from, until) : 0;
    return [
      ['lasted', span(run.steps > 0 ? run.at[until] - run.at[from] : 0)],
      ['in polls', span(all(DOING.poll))],
      ['longest poll', span(longest)],
      ['asleep', span(all(DOING.sleep))],
      ['turns', count(kinds[KIND.turn])],
      ['polls', count(kinds[KIND.pollBegan])],
      ['wakes', count(kinds[KIND.woken])],
      ['tasks', count(kinds[KIND.main] + kinds[KIND.spawned])],
      ['jobs', count(kinds[KIND.jobQueued])],
      ['events', count(run.steps)],
    ];
  };

  // The data in the text of a page like this one.
  const dataIn = (text) => {
    // Read so, nothing of it runs or is loaded.
    const written = new DOMParser().parseFromString(text, 'text/html').getElementById('run');
    if (!written) throw new Error('it is no replay of a run');
    return dataOf(written.textContent);
  };

  const timesOf = ({ at, before }) => {
    const until = (rows) => at.slice(0, rows).reduce((sum, since) => sum + since, 0);
    return [until(before + 1), until(at.length)];
  };

  const frameOf = (side, name, data, [from, until]) => {
    const page = asWritten.cloneNode(true);
    Object.assign(page.dataset, { side, name, from, until });
    // As in the page itself, so that no text can end the script.
    page.querySelector('#run').textContent = JSON.stringify(data).replaceAll('<', '\\u003c');
    const frame = element('iframe');
    frame.title = `${side}: ${name}`;
    frame.srcdoc = `<!doctype html>${page.outerHTML}`;
    return frame;
  };

  let frames = [];
  const summaries = new Map();

  const showSummaries = () => {
    if (summaries.size < 2) return;
    const [left, right] = [summaries.get('left'), summaries.get('right')];
    $('differences').replaceChildren(...left.map(([what, value], index) => {
      const one = element('div', value === right[index][1] ? 'same' : '');
      one.append(element('dt', '', what), element('dd', 'left', value), element('dd', 'right', right[index][1]));
      return one;
    }));
  };

  const heard = ({ source, data }) => {
    const from = frames.findIndex((frame) => frame.contentWindow === source);
    if (from < 0) return;
    if (data.summary) {
      summaries.set(['left', 'right'][from], data.summary);
      showSummaries();
    } else if ($('together').checked) frames[1 - from].contentWindow.postMessage({ time: data.time }, '*');
  };

  const end = () => {
    for (const frame of frames) frame.remove();
    frames = [];
    summaries.clear();
    document.body.classList.remove('comparing');
    $('sides').hidden = true;
    $('compare').focus();
  };

  const begin = (name, other) => {
    const here = JSON.parse($('run').textContent);
    const [one, two] = [timesOf(here), timesOf(other)];
    const times = [Math.min(one[0], two[0]), Math.max(one[1], two[1])];
    const ownName = decodeURIComponent(location.pathname.split('/').at(-1)) || 'this run';
    end();
    frames = [frameOf('left', ownName, here, times), frameOf('right', name, other, times)];
    document.body.classList.add('comparing');
    $('sides').hidden = false;
    $('frames').replaceChildren(...frames);
    $('compare-end').focus();
  };

  const open = async (file) => {
    try {
      $('compare-says').textContent = '';
      begin(file.name, dataIn(await file.text()));
    } catch (error) {
      $('compare-says').textContent = `Can’t compare with ${file.name}: ${error.message}.`;
    }
  };

  if (isSide) {
    document.body.classList.add('side');
    document.querySelector('h1').textContent = own.name;
    // What can be compared is the time.
    play.setScale('time');
  } else {
    $('compare').addEventListener('click', () => $('other').click());
    $('other').addEventListener('change', () => {
      const [file] = $('other').files;
      if (file) open(file);
      $('other').value = '';
    });
    document.addEventListener('dragover', (event) => event.preventDefault());
    document.addEventListener('drop', (event) => {
      event.preventDefault();
      const [file] = event.dataTransfer.files;
      if (file) open(file);
    });
    $('compare-end').addEventListener('click', end);
    window.addEventListener('message', heard);
  }

  const tell = (message) => parent.postMessage(message, '*');
  let isLinked = false; // Whether what is shown is told.

  return {
    isSide,
    // What the other side shows: by the run's own clock.
    onTime(show) {
      if (!isSide) return;
      window.addEventListener('message', ({ source, data }) => {
        if (source !== parent) return;
        isLinked = false;
        show(data.time);
        isLinked = true;
      });
      tell({ summary: summary() });
      isLinked = true;
    },
    // Tells the other side of a time, unless it comes from there.
    show: (time) => { if (isLinked) tell({ time }); },
  };
})();
