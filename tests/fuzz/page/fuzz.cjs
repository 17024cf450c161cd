// The target of jazzer.js: a run's data, changed as the bytes say.
//
// Owns how bytes become changes. The base is one of the pages in the folder that
// PAGE_DATA names; PAGE_MODULE is the page's script as a module, which is loaded as a file so
// that its coverage is seen.

'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { look } = require('./decoder.cjs');
const { mutate } = require('./mutate.cjs');

const open = require(process.env.PAGE_MODULE);
const folder = process.env.PAGE_DATA;
const texts = fs.readdirSync(folder).sort().map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));

module.exports.fuzz = (bytes) => {
  let at = 0;
  const below = (bound) => {
    const number = (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
    at += 2;
    return bound < 1 ? 0 : number % bound;
  };
  const text = texts[below(texts.length)];
  look(open, mutate(text, Math.min(bytes.length / 6, 8), below));
};
