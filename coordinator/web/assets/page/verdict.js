// Head of the page: title, verdict, thresholds.

function header() {
  const s = summary;
  const facts = [
    s.started_at && 'started ' + s.started_at,
    isNumber(s.duration_s) && clock(+s.duration_s.toFixed(1)) +
        (run.planned_s ? ' of ' + clock(run.planned_s) + ' planned' : ''),
    isNumber(s.warmup_s) && 'warm-up ' + clock(s.warmup_s),
    list(run.instances).length > 0 &&
        list(run.instances).length + ' instance' +
        (list(run.instances).length > 1 ? 's' : ''),
    list(s.workers).length > 0 && s.workers.length + ' worker' +
        (s.workers.length > 1 ? 's' : ''),
    s.seed !== undefined && 'seed ' + s.seed,
    s.run_id && 'run ' + s.run_id, run.folder && 'folder ' + run.folder,
    run.version && 'Invocator ' + run.version];
  return h('header', {}, h('h1', {}, s.test_name || 'Run'),
           h('p', {class: 'meta'}, facts.filter(Boolean).join(' · ')));
}

const VERDICTS = {
  kept: ['good', '✓ Schedule kept'],
  marginal: ['warn', '! Schedule kept only just'],
  missed: ['bad', '✗ Schedule missed'],
};

function verdict() {
  const v = object(summary.verdict);
  const checks = list(summary.thresholds);
  const missed = checks.filter((t) => fails(t)).length;
  const trouble = [
    summary.interrupted && 'The run was interrupted.',
    summary.aborted_by && 'Ended early by the threshold “' +
        object(summary.aborted_by).check + '”.',
    summary.stopped && text(summary.stopped),
    ...list(summary.losses).slice(0, 20).map(text),
    ...list(summary.departures).slice(0, 20).map(text)];
  const [tone, title] = own(VERDICTS, v.state) ||
      ['warn', v.state ? 'Verdict: ' + v.state : 'No verdict'];
  return [
    h('div', {class: 'verdict ' + tone, id: 'verdict', 'data-state': v.state},
      h('strong', {}, title),
      list(v.reasons).map((reason) => h('p', {}, text(reason)))),
    checks.length > 0 && h('div',
      {class: 'verdict ' + (missed > 0 ? 'bad' : 'good')},
      h('strong', {}, missed > 0 ?
        '✗ ' + missed + ' of ' + checks.length + ' thresholds not met' :
        '✓ All thresholds met')),
    list(summary.until).length > 0 && untilBox(),
    trouble.some(Boolean) && h('div', {class: 'verdict warn'},
      trouble.filter(Boolean).map((t) => h('p', {}, t))),
    list(summary.book_errors).length > 0 && h('div', {class: 'verdict bad'},
      h('strong', {}, '✗ The books do not add up'),
      summary.book_errors.map((t) => h('p', {}, text(t))))];
}

// What the run was to know well enough to end early.
function untilBox() {
  const goals = list(summary.until);
  const known = goals.every((g) => g.known);
  const ends = (g) => isNumber(g.low_us) && isNumber(g.high_us) ?
      ' (99 %: ' + latency(g.low_us) + ' .. ' + latency(g.high_us) + ')' : '';
  return h('div', {class: 'verdict ' + (known ? 'good' : 'warn')},
    h('strong', {}, known ? '✓ Known as precisely as wanted' :
      '! Not known as precisely as wanted'),
    goals.slice(0, 20).map((g) => h('p', {}, text(g.goal) + ': ' +
      (g.known ? 'known' : 'not known') + (isNumber(g.estimate_us) ?
        ', ' + latency(g.estimate_us) + ends(g) : ''))),
    isNumber(summary.stopped_at_s) && h('p', {},
      'Ended early, at ' + clock(summary.stopped_at_s) + '.'));
}

const fails = (t) => t.state === 'missed' ||
    (t.state === 'no data' && !t.optional);

function thresholdValue(t, v) {
  if (!isNumber(v)) return '–';
  if (isNumber(t.calls)) return latency(v);
  if (/%$/.test(t.check)) return share(v);
  return (Number.isInteger(v) || v >= 1000 ? count(v) : +v.toPrecision(4)) +
      (/^\w+_rate /.test(t.check) ? '/s' : '');
}

function known95(t) {
  const known = range(t.interval, (v) => thresholdValue(t, v));
  return known && known + ' with 95 % confidence, ';
}

function thresholds() {
  const checks = list(summary.thresholds);
  if (checks.length === 0) return h('p', {class: 'note'}, 'No thresholds.');
  const limit = 100;
  const order = checks.map((t, i) => [t, i]).sort(
      (a, b) => fails(b[0]) - fails(a[0]) || a[1] - b[1]);
  return [table(null, ['threshold', leftHead('state'), 'value', 'limit',
                       leftHead('of')],
    order.slice(0, limit).map(([t, i]) => [
      {text: t.check + (t.instance ? ' (' + t.instance + ')' : ''),
       class: 'name'},
      {text: (fails(t) ? '✗ ' : t.state === 'met' ? '✓ ' : '') + t.state +
           (t.optional ? ' (optional)' : ''),
       class: 'l ' + (fails(t) ? 'bad' : 'good')},
      {text: thresholdValue(t, t.value), raw: t.value,
       key: 'thresholds.' + i + '.value'},
      thresholdValue(t, t.limit),
      left(known95(t) + (isNumber(t.calls) ? count(t.calls) + ' calls' +
           (t.calls_needed ? ', ' + count(t.calls_needed) + ' needed' : '') :
           isNumber(t.of) ? count(t.count) + ' of ' + count(t.of) : ''))])),
    checks.length > limit && h('p', {class: 'note'}, count(limit) + ' of ' +
      count(checks.length) + ' thresholds, those not met first.')];
}
