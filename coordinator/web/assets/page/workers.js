// Table of workers.

function workers() {
  const all = list(summary.workers);
  if (all.length === 0) return null;
  const offset = (v, e) => (isNumber(v) ? latency(v) + ' ± ' + latency(e) :
      '–');
  const limit = 200;
  return section('workers', 'Workers', table(null,
    ['worker', leftHead('state'), 'threads', 'sent', 'ok', 'not ok',
     'lateness p99', 'max', 'clock offset', 'drift', 'start error', 'CPU',
     'memory', 'connections new / reused / failed', 'in-flight limit'],
    all.slice(0, limit).map((w, i) => [
      {text: w.name === null || w.name === undefined ? '(never joined)' :
           w.name, class: 'name'},
      {text: (w.lost ? '✗ lost' : isNumber(w.left_at_s) ? 'left' : '✓') +
           (isNumber(w.left_at_s) ? ' at ' + clock(+w.left_at_s.toFixed(1)) :
           ''),
       class: 'l ' + (w.lost ? 'bad' : '')},
      count(w.threads), num('workers.' + i + '.sent', w.sent), count(ok(w)),
      count(notOk(w)),
      us('workers.' + i + '.lateness_us.p99', at(w, 'lateness_us.p99')),
      latency(at(w, 'lateness_us.max')),
      offset(w.clock_offset_us, w.clock_uncertainty_us),
      isNumber(w.clock_drift_ppm) ? digits(w.clock_drift_ppm) + ' ppm' : '–',
      latency(w.start_error_us),
      isNumber(w.cpu_s) ? digits(w.cpu_s) + ' s' + (summary.duration_s > 0 ?
          ' (' + percent(w.cpu_s, summary.duration_s) + ')' : '') : '–',
      bytes(w.max_rss_bytes), ['opened', 'reused', 'failed'].map(
          (key) => count(at(w, 'connections.' + key))).join(' / '),
      count(w.max_in_flight)])),
    all.length > limit && h('p', {class: 'note'}, count(limit) + ' of ' +
      count(all.length) + ' workers are shown; summary.json has all.'),
    h('p', {class: 'note'}, 'CPU: time, and its share of one core.'));
}
