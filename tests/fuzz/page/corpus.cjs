// Reads runs as the page does, as they are and changed.
//
//     node corpus.cjs FOLDER MUTANTS
//
// FOLDER has the data of pages; each must be read, and so many mutants of them must be read or
// be refused in words. The mutants are the same each time. Prints how many were what.

'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { atRandom } = require('./choices.cjs');
const { look, moduleText } = require('./decoder.cjs');
const { mutate } = require('./mutate.cjs');

const [folder, mutants] = process.argv.slice(2);
const loaded = { exports: {} };
new Function('module', moduleText())(loaded);
const open = loaded.exports;

const below = atRandom(17);

const texts = fs.readdirSync(folder).sort().map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));
for (const text of texts) {
  if (!look(open, text)) throw new Error(`the page refuses what the library has written: ${text}`);
}
let refused = 0;
for (let mutant = 0; mutant < Number(mutants); mutant++) {
  const text = mutate(texts[below(texts.length)], 1 + below(3), below);
  try {
    if (!look(open, text)) refused++;
  } catch (error) {
    console.error(`mutant ${mutant}: ${text}`);
    throw error;
  }
}
console.log(`${texts.length} runs read; of ${mutants} mutants ${mutants - refused} read, ${refused} refused`);
