// Changes the data of runs as long as that leads to code of the page that no other change has
// led to: fuzzing by coverage, which is V8's own.
//
//     node fuzz.cjs FOLDER SECONDS [SEED]
//
// Owns the search. FOLDER has the data of pages. A list of numbers chooses the changes
// (mutate.cjs); one that reaches a new block of the script, or one much more often than any
// before, is kept, and the next are made of those that were kept. Ends at the first fault,
// with the data that shows it.

'use strict';

const fs = require('node:fs');
const inspector = require('node:inspector');
const path = require('node:path');
const vm = require('node:vm');
const { atRandom, fromList } = require('./choices.cjs');
const { look, moduleText } = require('./decoder.cjs');
const { mutate } = require('./mutate.cjs');

const NAME = 'page.js';
const LONGEST = 60; // Numbers in a list: a dozen changes.

const [folder, seconds, seed = '17'] = process.argv.slice(2);
const texts = fs.readdirSync(folder).sort().map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));

const session = new inspector.Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
const loaded = { exports: {} };
vm.runInThisContext(`(module) => {${moduleText()}}`, { filename: NAME })(loaded);
const open = loaded.exports;

// The blocks that have run since the last call, each with how often, roughly.
const blocks = () => {
  const found = [];
  // In the same process it answers before it returns.
  session.post('Profiler.takePreciseCoverage', (error, { result }) => {
    for (const { functions } of result.filter(({ url }) => url === NAME)) {
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count > 0) found.push(`${startOffset} ${endOffset} ${Math.round(Math.log2(count))}`);
        }
      }
    }
  });
  return found;
};

const random = atRandom(Number(seed));
const number = () => random(65_536);
const change = (list, other) => {
  const changed = [...list];
  for (let time = 0; time <= random(3); time++) {
    const at = random(changed.length + 1);
    switch (random(4)) {
      case 0: changed.splice(at, 0, number()); break;
      case 1: changed.splice(at, 1 + random(3)); break;
      case 2: changed.splice(at, changed.length, ...other.slice(random(other.length))); break;
      default: changed[at] = number();
    }
  }
  return changed.slice(0, LONGEST);
};

const kept = [[]];
const seen = new Set();
const counts = { runs: 0, read: 0 };
const until = Date.now() + Number(seconds) * 1000;
while (Date.now() < until) {
  const list = change(kept[random(kept.length)], kept[random(kept.length)]);
  const below = fromList(list);
  const text = mutate(texts[below(texts.length)], Math.ceil(list.length / 5), below);
  try {
    counts.read += look(open, text);
  } catch (error) {
    console.error(`after ${counts.runs} runs: ${text}`);
    throw error;
  }
  counts.runs++;
  const fresh = blocks().filter((block) => !seen.has(block));
  if (fresh.length === 0) continue;
  for (const block of fresh) seen.add(block);
  kept.push(list);
}
console.log(`${counts.runs} runs, ${counts.read} of them read, ${seen.size} blocks by how often, ${kept.length} kept`);
