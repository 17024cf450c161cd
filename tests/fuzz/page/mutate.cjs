// A run's data, changed. Owns the changes: numbers that are out of their places, rows and
// lists that are cut, texts that are others, and in the end a cut through the text itself.
// What is chosen is asked of `below`, which gives a number from 0 up to a bound.

'use strict';

const COLUMNS = ['at', 'kind', 'a', 'b', 'c', 'd', 'words', 'place'];
const NUMBERS = [0, 1, 2, -1, -2, 3, 8, 28, 29, 255, 256, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 53, 1e300, 0.5];
const OTHERS = [null, 'text', '', [], {}, true, '__proto__', '</script>', '\u2028'];

const changes = [
  // One number of one row.
  (data, below) => {
    const column = data[COLUMNS[below(COLUMNS.length)]];
    if (Array.isArray(column)) column[below(column.length)] = NUMBERS[below(NUMBERS.length)];
  },
  // A number as another row has it, which is more likely to pass.
  (data, below) => {
    const column = data[COLUMNS[below(COLUMNS.length)]];
    if (Array.isArray(column)) column[below(column.length)] = column[below(column.length)];
  },
  // One row twice, or in another's place.
  (data, below) => {
    const [from, to] = [below(data.kind?.length ?? 0), below(data.kind?.length ?? 0)];
    for (const name of COLUMNS) if (Array.isArray(data[name])) data[name][to] = data[name][from];
  },
  // Rows that are gone, in all columns.
  (data, below) => {
    const [from, count] = [below(data.kind?.length ?? 0), below(5)];
    for (const name of COLUMNS) if (Array.isArray(data[name])) data[name].splice(from, count);
  },
  // A column that is short.
  (data, below) => { data[COLUMNS[below(COLUMNS.length)]]?.pop?.(); },
  (data, below) => {
    const key = ['before', 'dropped', 'order', 'end'][below(4)];
    data[key] = NUMBERS[below(NUMBERS.length)];
  },
  (data, below) => {
    const list = data[['tasks', 'strings'][below(2)]];
    if (Array.isArray(list)) list[below(list.length)] = NUMBERS[below(NUMBERS.length)];
  },
  // What is no number, or is not there.
  (data, below) => {
    const keys = Object.keys(data);
    const key = keys[below(keys.length)];
    if (below(2) === 0) data[key] = OTHERS[below(OTHERS.length)];
    else if (Array.isArray(data[key])) data[key][below(data[key].length)] = OTHERS[below(OTHERS.length)];
  },
  (data, below) => { delete data[Object.keys(data)[below(Object.keys(data).length)]]; },
];

// Changes a run's text, so often.
const mutate = (text, times, below) => {
  const data = JSON.parse(text);
  for (let time = 0; time < times && Object.keys(data).length > 0; time++) {
    changes[below(changes.length)](data, below);
  }
  const changed = JSON.stringify(data);
  return below(16) === 15 ? changed.slice(0, below(changed.length)) : changed;
};

// Every such number in every place of a run, one at a time.
function* everyNumber(text) {
  const data = JSON.parse(text);
  for (const name of COLUMNS) {
    for (const [row, before] of data[name].entries()) {
      for (const number of NUMBERS) {
        data[name][row] = number;
        yield JSON.stringify(data);
      }
      data[name][row] = before;
    }
  }
}

module.exports = { everyNumber, mutate };
