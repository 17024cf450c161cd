// Reads runs as the page does, as they are and changed.
//
//     node corpus.cjs FOLDER MUTANTS
//
// FOLDER has the data of pages; each must be read. The shortest that leads anywhere, with any
// one number out of its place, and so many mutants of all, must be read or be refused in words.
// The mutants are the same each time. Prints how many were what.

'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { atRandom } = require('./choices.cjs');
const { look, moduleText } = require('./decoder.cjs');
const { everyNumber, mutate } = require('./mutate.cjs');

const [folder, mutants] = process.argv.slice(2);
const loaded = { exports: {} };
new Function('module', moduleText())(loaded);
const open = loaded.exports;

const below = atRandom(17);

const texts = fs.readdirSync(folder).sort().map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));
for (const text of texts) {
  if (!look(open, text)) throw new Error(`the page refuses what the library has written: ${text}`);
}

const counts = { read: 0, refused: 0 };
const lookAt = (text) => {
  try {
    counts[look(open, text) ? 'read' : 'refused']++;
  } catch (error) {
    console.error(text);
    throw error;
  }
};
// With an inject phase and a wait for a lock, whose numbers lead elsewhere.
const leads = ({ kind, a, b }) => kind.some((kind, row) => kind === 8 && b[row] === 4)
  && kind.some((kind, row) => kind === 1 && a[row] === 1);
const leading = texts.filter((text) => leads(JSON.parse(text)));
const shortest = leading.toSorted((one, other) => one.length - other.length)[0];
for (const text of everyNumber(shortest)) lookAt(text);
for (let mutant = 0; mutant < Number(mutants); mutant++) {
  lookAt(mutate(texts[below(texts.length)], 1 + below(3), below));
}
console.log(`${texts.length} runs read; of them changed ${counts.read} read, ${counts.refused} refused`);
