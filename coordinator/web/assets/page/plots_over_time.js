// Models of the plots over time: rate, response time, calls in flight, outcomes
// and lateness.

const OUTCOMES = {
  ok: ['green', 'solid'], http_error: ['orange', 'dash'],
  throttled: ['purple', 'solid'], auth_error: ['sky', 'dash'],
  function_error: ['red', 'solid'], timeout: ['blue', 'solid'],
  connect_error: ['ink', 'solid'], tls_error: ['sky', 'dot'],
  protocol_error: ['orange', 'dot'], aborted: ['grey', 'dash'],
  lost: ['grey', 'solid'],
};

// x at the middle of each point's bins, or at their end.
function timeModel(n, step, atEnd) {
  // The last point may have fewer bins than the others.
  const last = lengthOf(whole()) * width();
  const end = (i) => Math.min((i + 1) * step, last);
  const x = [];
  for (let i = 0; i < n; ++i) {
    x.push(atEnd ? end(i) : (i * step + end(i)) / 2);
  }
  return {
    xName: 'time', n, x, range: [0, fullSpan()],
    xText: (_, i) => timeSpan(i * step, end(i)),
    span: (i, j) => timeSpan(i * step, end(j)),
    perSecond: (counts) => values(counts, n).map(
        (v, i) => (isNumber(v) ? v / (end(i) - i * step) : null)),
  };
}

// Why a plot is empty. `part`: what it would show alone.
function nothingYet(what, part = filter) {
  if (lengthOf(whole()) === 0) {
    return run && run.live ? 'No bin of the run is complete yet.' :
        'This result has no time series (no timeline.csv in its folder).';
  }
  return what + (part ? ' (' + part.name + ').' : '.');
}

function noCalls() {
  const {from} = shown();
  if (total(from.planned) === 0) {
    return nothingYet('Nothing to show: no call was planned');
  }
  if (total(from.sent) === 0) {
    return nothingYet('Nothing to show: no call was sent');
  }
  return null;
}

function ratePlot() {
  const {from, width: step} = shown();
  if (total(from.planned) + total(from.sent) === 0) return {why: noCalls()};
  const model = timeModel(lengthOf(from), step);
  const line = (name, key, color, pattern) => ({
    name, color, pattern, format: perSecond, sum: true,
    values: model.perSecond(from[key]),
  });
  return {...model, lines: [
    {...line('planned', 'planned', 'grey'), width: 4},
    line('sent', 'sent', 'blue'),
    line('completed', 'completed', 'orange', 'dash'),
    ...(total(from.dropped) > 0 ?
        [line('dropped', 'dropped', 'red', 'dot')] : [])]};
}

function responsePlot() {
  const {from, width: step} = shown();
  const response = object(from.response);
  if (!Object.values(response).some((v) => list(v).some(isNumber))) {
    return {why: noCalls() ||
        nothingYet('Nothing to show: no call has a response time')};
  }
  const model = timeModel(lengthOf(from), step);
  // From the top of the plot down; the wide ones lie below the others.
  const style = {max: ['grey', 'solid', 4], p99_9: ['red', 'solid', 2.4],
                 p99: ['orange', 'mix'], p90: ['green', 'dash'],
                 p50: ['blue']};
  const cold = values(from.cold, model.n);
  return {...model, log: true, tick: latencyTick,
    lines: Object.entries(style).filter(([key]) => response[key]).map(
        ([key, [color, pattern, wide]]) => ({
          name: quantileName(key), color, pattern, width: wide,
          format: latency,
          values: values(response[key], model.n)})),
    marks: total(cold) > 0 ?
        {name: 'cold starts', color: 'purple', values: cold} : null};
}

function inFlightPlot() {
  const {from, width: step} = shown();
  const why = noCalls();
  if (why) return {why};
  const model = timeModel(lengthOf(from), step, true);
  const flight = values(from.in_flight, model.n);
  const most = highest(flight);
  const limit = filter ? null : run.in_flight_limit;
  // A limit far above would flatten the line: it is given in words.
  const near = isNumber(limit) && limit <= 10 * Math.max(most, 1);
  return {...model,
    xText: (x) => clock(x),
    lines: [
      {name: 'in flight', color: 'blue', format: count, values: flight},
      ...(near ? [{name: 'limit', color: 'red', pattern: 'dash',
                   format: count, values: model.x.map(() => limit)}] : [])],
    more: (most === 0 ? 'No call was in flight at the end of any bin. ' : '') +
        (isNumber(limit) && !near ? 'The limit of ' + count(limit) +
        ' calls in flight is far above this plot.' : '')};
}

function outcomePlot() {
  const {from, width: step} = shown();
  const outcomes = object(from.outcomes);
  const names = Object.keys(OUTCOMES).filter((name) => own(outcomes, name) &&
      total(outcomes[name]) > 0);
  if (names.length === 0) {
    return {why: noCalls() || nothingYet('Nothing to show: no call has ended')};
  }
  const model = timeModel(lengthOf(from), step);
  const good = total(own(outcomes, 'ok'));
  const all = names.reduce((sum, name) => sum + total(outcomes[name]), 0);
  return {...model, stacked: true,
    more: good === all ? 'All calls were ok.' : good === 0 ?
        'No call was ok.' : good > all * 0.9 ? 'Press “ok” in the legend to ' +
        'see the others at their own scale.' : '',
    // dygraphs stacks from the last series up.
    lines: names.reverse().map((name) => ({
      name: words(name), color: OUTCOMES[name][0],
      pattern: OUTCOMES[name][1], area: true, sum: true, format: perSecond,
      values: model.perSecond(outcomes[name])}))};
}

const WORKER_LINES = [['green', 'solid'], ['orange', 'solid'],
  ['purple', 'solid'], ['sky', 'dash'], ['red', 'dash'], ['green', 'mix']];

function latenessPlot() {
  const of = object(whole().lateness);
  if (!list(of.max).some(isNumber)) {
    return {why: nothingYet('Nothing to show: no call was sent', null)};
  }
  const workers = list(series().workers);
  const every = series().every || 1;
  const model = timeModel(lengthOf(of), width());
  const picked = workers.length < 2 ? [] :
      workers.map((worker) => [highest(at(worker, 'lateness.max')), worker])
          .sort((a, b) => b[0] - a[0]).slice(0, WORKER_LINES.length)
          .map(([, worker]) => worker);
  return {...model, log: true, tick: latencyTick,
    more: (workers.length > picked.length && picked.length > 0 ?
        'Lines are drawn for the ' + picked.length + ' of ' + workers.length +
        ' workers with the highest lateness. ' : '') +
        (filter ? 'This plot always shows the whole run.' : ''),
    lines: [
      {name: 'p99', color: 'blue', width: 2.2, format: latency,
       values: values(of.p99, model.n)},
      {name: 'max', color: 'grey', pattern: 'dot', format: latency,
       values: values(of.max, model.n)},
      ...picked.map((worker, k) => ({
        name: 'p99 of ' + (worker.name || 'a worker'),
        color: WORKER_LINES[k][0], pattern: WORKER_LINES[k][1],
        format: latency,
        values: model.x.map((_, i) =>
            own(list(at(worker, 'lateness.p99')), Math.floor(i / every)))}))]};
}
