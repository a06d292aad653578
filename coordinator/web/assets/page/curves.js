// Models of the plots of percentiles: of a run, cold against warm, of several
// runs.

const STOPS = [[0, 'min'], [Math.log10(2), 'p50'], [1, 'p90'], [2, 'p99'],
               [3, 'p99_9'], [4, 'p99_99']];

// Curves have points of their own: the rows are all x of any of them.
function curveModel(curves) {
  // A single point would be invisible: draw it as a line. With one call, all
  // percentiles are equal.
  const known = curves.filter((curve) => list(curve.points).length > 0).map(
      (curve) => (curve.points.length > 1 ? curve : {...curve,
        points: [[0, curve.points[0][1]], [1, curve.points[0][1]]]}));
  const xs = [...new Set(known.flatMap(
      (curve) => curve.points.map((point) => point[0])))].sort(
      (a, b) => a - b);
  const index = new Map(xs.map((x, i) => [x, i]));
  const lines = known.map((curve) => {
    const column = new Array(xs.length).fill(null);
    for (const [x, v] of curve.points) column[index.get(x)] = v;
    const {points} = curve;
    const intervals = object(object(curve.exact).intervals);
    const bars = STOPS.filter(([, key]) => range(intervals[key], latency)).map(
        ([x, key]) => ({x, low: intervals[key].low, high: intervals[key].high}));
    const lookup = (x) => {
      const point = points.find((p) => p[0] >= x - 1e-9);
      return point ? point[1] : undefined;
    };
    return {...curve, values: column, lookup, bars, format: latency};
  });
  const end = Math.max(1, xs[xs.length - 1] || 0);
  // At these percentiles the summary has the exact values.
  const stops = STOPS.filter(([x]) => x <= end + 1);
  const exact = (line, key, x) => (line.exact && line.exact.count > 0 ?
      line.exact[key] : line.lookup(x));
  return {
    log: true, connect: true, tick: latencyTick, x: xs, lines,
    xName: 'percentile', xTicks: ninesTicks, range: [0, end * 1.02],
    xText: (x) => 'p' + nines(x).replace(' %', ''),
    span: (i) => nines(xs[i]),
    table: () => table(null, ['percentile', ...lines.map((l) => l.name)], [
      ...stops.map(([x, key]) => [nines(x),
        ...lines.map((line) => latency(exact(line, key, x)))]),
      ['highest', ...lines.map((line) => latency(
          line.points[line.points.length - 1][1]))]]),
  };
}

function percentilePlot() {
  const curves = object(run.curves);
  const lane = filter && list(run.lane_curves)[filter.lane];
  const instance = filter && list(run.instances).find(
      (i) => i.name === filter.name);
  const of = filter ? ' (whole run)' : '';
  const model = curveModel([
    {name: 'response' + of, color: 'blue', width: 5,
     points: curves.response, exact: summary.response_us},
    {name: 'service' + of, color: 'orange', width: 2.6,
     points: curves.service, exact: summary.service_us},
    {name: 'first byte' + of, color: 'ink', pattern: 'dot',
     points: curves.first_byte, exact: summary.first_byte_us},
    {name: 'lateness' + of, color: 'purple', pattern: 'dash', width: 2.2,
     points: curves.lateness, exact: summary.lateness_us},
    {name: 'response of ' + (filter ? filter.name : ''), color: 'red',
     width: 2.6, points: lane,
     exact: object(instance).response_us}]);
  if (model.lines.length === 0) {
    return {why: run.live ? 'Shown when the run has ended.' :
        'Nothing to show: no call has a latency.'};
  }
  return {...model, more: at(summary, 'response_us.count') === 1 ?
      'One call: all percentiles are the same.' :
      model.lines.some((line) => line.bars.length > 0) ?
      'Bars: 95 % intervals.' : ''};
}

function warmthPlot() {
  const curves = object(run.curves);
  const model = curveModel([
    {name: 'response, cold', color: 'blue', points: curves.cold_response,
     exact: at(summary, 'cold.response_us')},
    {name: 'response, warm', color: 'orange', pattern: 'dash',
     points: curves.warm_response, exact: at(summary, 'warm.response_us')},
    {name: 'init', color: 'purple', pattern: 'dot', points: curves.init}]);
  if (model.lines.length === 0) {
    return {why: run.live ? 'Shown when the run has ended.' :
        'Nothing to show: it is not known of any call whether it was cold ' +
        'or warm.'};
  }
  const missing = list(curves.cold_response).length === 0 ? 'No call was cold.' :
      list(curves.warm_response).length === 0 ? 'No call was warm.' : '';
  return {...model, more: missing};
}

function comparedPlot() {
  const colors = [['blue'], ['orange', 'dash'], ['green'], ['red', 'mix'],
                  ['purple', 'dot'], ['sky'], ['ink', 'dash'], ['grey']];
  const model = curveModel(data.runs.map((r, i) => ({
    name: runName(r, i), color: colors[i % 8][0],
    pattern: colors[i % 8][1] || (i > 7 ? 'dot' : 'solid'),
    points: object(r.curves).response, exact: at(r, 'run.response_us')})));
  return model.lines.length > 0 ? model :
      {why: 'Nothing to show: no run has a response time.'};
}
