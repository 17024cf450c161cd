// Where numbers come from: at random, the same each time, or from a list that was kept.
//
// Owns both. Each gives a number from 0 up to a bound, and 0 where there is none below it.

'use strict';

// Of 32 bits (mulberry32).
const atRandom = (seed) => (bound) => {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return bound < 1 ? 0 : ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
};

const fromList = (numbers) => {
  let at = 0;
  return (bound) => bound < 1 ? 0 : (numbers[at++] ?? 0) % bound;
};

module.exports = { atRandom, fromList };
