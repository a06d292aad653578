// The page of a run that is going on: follows the events of its server.

// The page as it came, to be saved with the run's data in it.
const original = document.documentElement.cloneNode(true);
const feed = {status: null, totals: null, stale: false, shownAt: 0};

function liveTotals() {
  const t = object(run.totals);
  const q = (name, key, value) => isNumber(value) &&
      {name, key, raw: value, text: latency(value)};
  const n = (name) => isNumber(t[name]) &&
      {name: words(name), key: name, raw: t[name], text: count(t[name])};
  return [
    tiles([
      {name: run.planned_s ? 'of ' + clock(run.planned_s) : 'elapsed',
       text: clock(Math.floor(t.elapsed_s || 0)), key: 'elapsed_s',
       raw: t.elapsed_s},
      n('planned'), n('sent'), n('completed'), n('dropped'), n('in_flight'),
      isNumber(t.sent) && {name: 'ok of completed',
                           text: percent(ok(t), t.completed)},
      ...['p50', 'p90', 'p99', 'p99_9', 'max'].map((k) => q('response ' +
        quantileName(k), 'response_us.' + k, at(t, 'response_us.' + k))),
      ...['p50', 'p99', 'max'].map((k) => q('lateness ' + k,
        'lateness_us.' + k, at(t, 'lateness_us.' + k)))]),
    h('p', {}, Object.keys(OUTCOMES).filter(
        (name) => own(object(t.outcomes), name) > 0).map(
        (name) => words(name) + ' ' + count(t.outcomes[name])).join(' · ')),
    list(t.missed).length > 0 && h('div', {class: 'verdict bad'},
      h('strong', {}, '✗ Thresholds missed so far'),
      t.missed.map((m) => h('p', {}, text(m))))];
}

// Replaces all arrays of `old` from bin `from` on by those of `next`. A number
// in place of an array stands for an array of it; what is absent is zero.
function patch(old, next, from, n) {
  for (const key of new Set([...Object.keys(old), ...Object.keys(next)])) {
    const a = own(old, key);
    const b = own(next, key);
    if (key === 'name') continue;
    if (!Array.isArray(a ?? b) && typeof (a ?? b) === 'object') {
      patch(old[key] = object(a), object(b), from, n);
    } else if (Array.isArray(a) || Array.isArray(b) || (a || 0) !== (b || 0)) {
      old[key] = values(a || 0, from).slice(0, from).concat(values(b || 0, n));
    }
  }
}

function patchSeries(next) {
  const s = run.series = object(run.series);
  const from = next.from || 0;
  const every = s.every || 1;
  patch(s.whole = object(s.whole), object(next.whole), from,
        lengthOf(next.whole));
  for (const kind of ['lanes', 'workers']) {
    list(next[kind]).forEach((part, i) => {
      s[kind] = list(s[kind]);
      patch(s[kind][i] = s[kind][i] || {name: part.name}, part, from / every,
            lengthOf(part));
    });
  }
  if (!next.heat) return;
  // All slices of a run have the same rows.
  const bins = list(object(s.heat).bins).slice(0, from);
  while (bins.length < from) bins.push([]);
  s.heat = {edges_us: next.heat.edges_us,
            bins: bins.concat(list(next.heat.bins))};
}

// At most once a second, and not while nobody looks.
function showLater() {
  if (feed.stale || document.hidden) return;
  feed.stale = true;
  setTimeout(() => {
    feed.stale = false;
    if (!run || !run.live) return;
    feed.shownAt = Date.now();
    fill(feed.totals, guarded(liveTotals));
    for (const plot of plots) plot.refresh();
  }, Math.max(0, feed.shownAt + 950 - Date.now()));
}

function setStatus(tone, text, ...more) {
  feed.status.className = 'status ' + tone;
  fill(feed.status, text, more);
}

// The server has refused the events, or is gone: asks why, and tries again
// where that may help.
async function onRefused() {
  let status = 0;
  try {
    status = (await fetch('events', {method: 'HEAD'})).status;
  } catch (error) {
    console.warn(error);
  }
  if (status === 401) {
    setStatus('bad', 'This page belongs to another run: open the URL that ' +
      'the run printed.');
    return;
  }
  // Another watcher may have left meanwhile and made room.
  setStatus('warn', status === 503 || status === 200 ?
    'Too many browsers are watching this run: trying again.' :
    'Reconnecting: the run does not answer.');
  setTimeout(connect, 5000);
}

function follow() {
  feed.status = h('p', {role: 'status', id: 'status'});
  setStatus('warn', 'Connecting to the run.');
  fill(page, feed.status);
  document.addEventListener('visibilitychange', () => run && run.live &&
      showLater());
  connect();
}

function connect() {
  const source = new EventSource('events');
  const on = (name, act) => source.addEventListener(name, (event) => {
    try {
      act(JSON.parse(event.data));
    } catch (error) {
      console.error(error);
      setStatus('bad', 'An update could not be read: ' + error.message);
    }
  });
  on('snapshot', (next) => {
    data.runs = [next];
    setStatus('good', 'Live.');
    showRun(0, true);
  });
  on('bins', (next) => {
    if (!run) return;
    if (next.series) patchSeries(next.series);
    if (next.totals) run.totals = next.totals;
    setStatus('good', 'Live.');
    showLater();
  });
  on('done', (next) => {
    source.close();
    const refused = text(next.refused);
    const {refused: _, ...last} = next;
    const hasRun = Object.keys(last).length > 0;
    setStatus(refused ? 'bad' : 'good', refused ?
      (hasRun ? 'The next run ended before its start: ' :
        'The run ended before its start: ') + refused + ' ' :
      'The run has ended. ', (hasRun || run) && h('button', {
      type: 'button', id: 'save', class: 'noprint', onclick: save,
    }, 'Save this page'));
    if (!hasRun) return;
    data.runs = [last];
    showRun(0, true);
  });
  source.onerror = () => source.readyState === EventSource.CLOSED ?
      onRefused() :
      setStatus('warn', run ?
        'Reconnecting: the run does not answer. The page shows the data ' +
        'received so far.' : 'Reconnecting: the run does not answer.');
  source.onopen = () => run && setStatus('good', 'Live.');
}

function save() {
  const copy = original.cloneNode(true);
  copy.querySelector('#data').textContent =
      JSON.stringify({runs: data.runs}).replace(/</g, '\\u003c');
  copy.querySelector('title').textContent = document.title;
  const policy = copy.querySelector('meta[http-equiv]');
  policy.setAttribute('content', policy.getAttribute('content')
      .replace(/;?\s*connect-src[^;]*/, ''));
  const url = URL.createObjectURL(new Blob(
      ['<!doctype html>\n', copy.outerHTML], {type: 'text/html'}));
  h('a', {href: url, download: 'report.html'}).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}
