// Comparison of several runs.

function sizes(r) {
  const all = [...new Set(list(at(r, 'run.memory')).map((m) => m.memory_mb))];
  return all.length === 0 ? '' : all.length > 3 ? all.length + ' sizes' :
      all.map((mb) => mb + ' MB').join(', ');
}

// The sizes name the runs of a memory series; else their folders do.
function runName(r, i) {
  const names = data.runs.map(sizes);
  if (sizes(r) && new Set(names).size === names.length) return sizes(r);
  const folder = (o) => o.folder || at(o, 'run.test_name') || 'run';
  const alike = data.runs.filter((o) => folder(o) === folder(r)).length;
  return folder(r) + (alike > 1 ? ' (' + (i + 1) + ')' : '');
}

function lowest(get) {
  let best = null;
  data.runs.forEach((r, i) => {
    const v = get(object(r.run));
    if (isNumber(v) && ok(r.run) > 0 && (best === null || v < best.value)) {
      best = {value: v, index: i};
    }
  });
  return best;
}

function comparison() {
  if (data.runs.length < 2) return null;
  const cheapest = lowest((s) => (at(s, 'cost.requests') > 0 ?
      at(s, 'cost.per_million_requests') : undefined));
  const fastest = lowest((s) => (at(s, 'response_us.count') > 0 ?
      at(s, 'response_us.p99') : undefined));
  const name = (best) => runName(data.runs[best.index], best.index);
  const rows = data.runs.map((r, i) => {
    const s = object(r.run);
    const checks = list(s.thresholds);
    const badges = [cheapest && cheapest.index === i && 'cheapest',
                    fastest && fastest.index === i && 'fastest'];
    const q = (key) => (at(s, 'response_us.count') > 0 ?
        latency(s.response_us[key]) : '–');
    return [h('button', {type: 'button', onclick: () => showRun(i)},
              runName(r, i)),
      {text: badges.filter(Boolean).join(', '), class: 'l'},
      {text: at(s, 'verdict.state') || '', class: 'l'},
      checks.length ? checks.filter((t) => !fails(t)).length + ' of ' +
          checks.length : '–',
      count(s.planned), count(s.sent), percent(ok(s), s.sent), q('p50'),
      q('p90'), q('p99'), q('max'), latency(at(s, 'lateness_us.p99')),
      count(at(s, 'cold_starts.cold')), perMillion(s.cost)];
  });
  const plot = new LinePlot('compared', 'Response time of all runs', '',
      {build: comparedPlot, time: false});
  plots.push(plot);
  return h('section', {id: 'comparison'}, h('h2', {}, 'Runs compared'),
    h('p', {},
      cheapest && ['Cheapest per million calls: ', h('strong',
        {id: 'cheapest'}, name(cheapest)), '. '],
      fastest && ['Fastest by response p99: ', h('strong', {id: 'fastest'},
        name(fastest)), '.']),
    table(null, ['run', leftHead(''), leftHead('schedule'), 'thresholds',
      'planned', 'sent', 'ok', 'p50', 'p90', 'p99', 'max', 'lateness p99',
      'cold', 'cost per million'], rows, {tabindex: 0}), plot.element,
    h('p', {class: 'note'}, 'Press a run’s name to see it in detail below.'));
}
