// What the page shows: the runs, the one in detail, its filter and zoom. And
// that run's series over time.

const page = document.getElementById('page');
const dark = window.matchMedia('(prefers-color-scheme: dark)');
let data = {runs: []};
let run = null;        // the one shown in detail
let summary = {};      // its summary.json
let filter = null;     // {lane, name}: shown instead of the whole run
let zoom = null;       // [from_s, to_s] of all plots over time
let plots = [];
let bar = null;        // chips of run, filter and zoom

const series = () => object(run && run.series);
const whole = () => object(series().whole);
const width = () => series().width_s || 1;

// The series shown: of the filter's lane or of the whole run.
function shown() {
  const lane = filter && list(series().lanes)[filter.lane];
  return lane ? {from: lane, width: width() * (series().every || 1)} :
                {from: whole(), width: width()};
}

function lengthOf(value) {
  if (Array.isArray(value)) return value.length;
  let most = 0;
  for (const child of Object.values(object(value))) {
    if (typeof child !== 'string') most = Math.max(most, lengthOf(child));
  }
  return most;
}

// An array of n values: a number stands for n times itself.
function values(value, n) {
  if (Array.isArray(value)) {
    return value.length >= n ? value :
        value.concat(new Array(n - value.length).fill(null));
  }
  return new Array(n).fill(isNumber(value) ? value : null);
}

function fullSpan() {
  const n = lengthOf(whole());
  return Math.max((run && run.planned_s) || 0, n * width()) || 1;
}

const total = (v) => list(v).reduce((sum, n) => sum + (n || 0), 0);

const highest = (v) =>
    list(v).reduce((most, n) => (n > most ? n : most), 0);
