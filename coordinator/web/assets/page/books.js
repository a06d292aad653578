// Counts and latencies of the run, and its failures.

const ok = (o) => own(object(o && o.outcomes), 'ok') || 0;
const notOk = (o) => total(Object.values(object(o && o.outcomes))) - ok(o);

function books() {
  const parts = [['whole run', summary, ''],
                 ['measured', summary.measured, 'measured.'],
                 ['warm-up', summary.warmup, 'warmup.']].filter((p) => p[1]);
  if (!isNumber(summary.planned)) return null;
  const names = Object.keys(OUTCOMES).filter((name) => parts.some(
      (p) => own(object(p[1].outcomes), name)));
  return [table(null, ['', ...parts.map((p) => p[0])], [
    ...['planned', 'sent', 'dropped', 'unsent'].map((key) => [key,
      ...parts.map(([, o, path]) => num(path + key, o[key]))]),
    ...names.map((name) => ['– ' + words(name), ...parts.map(
      ([, o, path]) => num(path + 'outcomes.' + name,
                           own(object(o.outcomes), name) || 0))])]),
    h('p', {class: 'note'}, 'planned = sent + dropped + unsent; sent = the ' +
      'sum of the outcomes.')];
}

const LATENCIES = [['lateness_us', 'lateness'], ['service_us', 'service'],
  ['response_us', 'response'], ['first_byte_us', 'first byte'],
  ['own_lateness_us', 'own lateness'], ['blocked_us', 'blocked'],
  ['cold.response_us', 'response, cold'], ['warm.response_us',
  'response, warm'], ['cold.service_us', 'service, cold'],
  ['warm.service_us', 'service, warm'], ['cold.init_us', 'init']];

function latencies() {
  const known = LATENCIES.filter(([key]) => at(summary, key));
  if (known.length === 0) return null;
  const columns = ['min', 'mean', ...QUANTILES];
  const intervalsOf = (key) => object(at(summary, key + '.intervals'));
  const hasAny = (key) => columns.some((q) => range(intervalsOf(key)[q],
                                                    latency));
  const rows = known.flatMap(([key, name]) => [
    [name, ...columns.map((q) => (at(summary, key + '.count') === 0 ? '–' :
        us(key + '.' + q, at(summary, key + '.' + q)))),
     num(key + '.count', at(summary, key + '.count'))],
    hasAny(key) && [{text: '95 %', class: 'known'},
      ...columns.map((q) => ({text: range(intervalsOf(key)[q], latency),
                              class: 'known'})), '']].filter(Boolean));
  return [table(null, ['', ...columns.map(quantileName), 'calls'], rows),
          known.some(([key]) => hasAny(key)) && h('p', {class: 'note'},
            '95 %: of a hundred such runs, about 95 have ranges that hold ' +
            'the true value. ?: too few calls to know.'),
          steadiness()];
}

// Whether the run was steady, with the evidence.
function steadiness() {
  const s = object(summary.steadiness);
  const change = object(s.change);
  if (!isNumber(change.estimate)) return null;
  const signed = (v) => (v > 0 ? '+' : '') + (100 * v).toFixed(1) + ' %';
  return h('p', {id: 'steadiness', class: s.state === 'not steady' ? 'bad' :
                                                                     'note'},
    s.state === 'steady' ? 'Steady: ' : s.state === 'not steady' ?
        '! Not steady: ' : 'Too short to tell whether it was steady: ',
    'median response ' + latency(s.first_third_us) + ' in the first third, ' +
    latency(s.last_third_us) + ' in the last, ' + signed(change.estimate) +
    ' (' + signed(change.low) + ' – ' + signed(change.high) + ').',
    s.state === 'not steady' && s.warmup_in_seconds > 0 &&
        ' Settled with warmup_in_seconds ' + s.warmup_in_seconds + '.');
}

function firstTiles() {
  const s = summary;
  const response = object(s.response_us);
  const known = response.count > 0;
  return tiles([
    isNumber(s.planned) && {name: 'planned', text: count(s.planned),
                            key: 'planned', raw: s.planned},
    isNumber(s.sent) && {name: 'sent', text: count(s.sent), key: 'sent',
                         raw: s.sent},
    isNumber(s.sent) && {name: 'ok', text: percent(ok(s), s.sent)},
    isNumber(at(s, 'rate_per_s.sent')) && {name: 'sent per second',
      text: count(s.rate_per_s.sent), key: 'rate_per_s.sent',
      raw: s.rate_per_s.sent},
    known && {name: 'response p50', text: latency(response.p50),
              key: 'response_us.p50', raw: response.p50,
              range: range(at(response, 'intervals.p50'), latency)},
    known && {name: 'response p99', text: latency(response.p99),
              key: 'response_us.p99', raw: response.p99,
              range: range(at(response, 'intervals.p99'), latency)},
    at(s, 'lateness_us.count') > 0 && {name: 'lateness p99',
      text: latency(s.lateness_us.p99), key: 'lateness_us.p99',
      raw: s.lateness_us.p99},
    isNumber(s.max_in_flight) && {name: 'max in flight',
      text: count(s.max_in_flight), key: 'max_in_flight',
      raw: s.max_in_flight}]);
}

function failures() {
  const known = list(summary.failures);
  if (known.length === 0) return null;
  return h('div', {id: 'failures'},
    h('h3', {}, 'First failure of each kind'),
    table(null, ['outcome', leftHead('reason'), 'calls', leftHead('first'),
                 leftHead('hint'), leftHead('answer')], known.map((f) => {
      const first = object(f.first);
      return [words(f.outcome), left(words(f.reason)), count(f.count),
        left(f.first ? first.instance + ' #' + first.sequence + ' due at ' +
          clock(+Number(first.scheduled_s).toFixed(3)) +
          (first.worker ? ', worker ' + first.worker : '') : ''),
        left(f.hint || ''),
        left([first.status ? 'status ' + first.status : '', first.error_type,
              first.detail, first.body && first.body +
              (first.body_cut ? '…' : ''),
              first.canonical_request].filter(Boolean).join(' · '))];
    })));
}
