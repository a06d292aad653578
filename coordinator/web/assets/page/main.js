// Shows a run, starts the page, and redraws for print and for another theme.

// `keep`: with the filter and zoom of before, if there is the same to see.
function showRun(index, keep) {
  const before = {filter, zoom};
  for (const plot of plots) plot.destroy();
  plots = [];
  run = object(data.runs[index]);
  summary = object(run.run);
  filter = null;
  zoom = null;
  if (keep) {
    const lane = list(series().lanes).findIndex(
        (l) => before.filter && l.name === before.filter.name);
    filter = lane < 0 ? null : {lane, name: before.filter.name};
    zoom = before.zoom && before.zoom[1] <= fullSpan() ? before.zoom : null;
  }
  bar = h('div', {class: 'bar', role: 'toolbar',
                  'aria-label': 'Run, filter and zoom shown'});
  document.title = (summary.test_name || 'Run') + ' – Invocator';
  const compared = guarded(comparison);
  const p = makePlots();
  plots.push(...Object.values(p));
  feed.totals = run.live && h('div', {class: 'first'}, guarded(liveTotals));
  fill(page, guarded(header), feed.status, compared, bar, feed.totals ||
    h('div', {class: 'first'}, guarded(verdict), guarded(firstTiles),
      h('div', {class: 'pair'},
        section('thresholds', 'Thresholds', guarded(thresholds)),
        section('books', 'Books', guarded(books))),
      section('latencies', 'Latencies', guarded(latencies))),
    h('p', {class: 'note noprint'}, 'Plots: drag to zoom all of them, double ' +
      'click to show all; press a name in a legend to hide its line. Shaded: ' +
      (summary.warmup_s > 0 ? 'the warm-up, and ' : '') +
      'the time after the plan’s end.'),
    p.rate.element, p.response.element, p.heat.element, p.percentiles.element,
    p.in_flight.element, p.outcomes.element, guarded(failures),
    p.lateness.element, p.warmth.element, guarded(versions),
    guarded(instances), guarded(workers), guarded(cost), guarded(workload));
  for (const plot of plots) plot.refresh();
  showBar();
}

function start() {
  try {
    data = object(JSON.parse(document.getElementById('data').textContent));
  } catch (error) {
    return fill(page, h('p', {class: 'bad'},
        'The data of this page cannot be read: ' + error.message));
  }
  data.runs = list(data.runs);
  if (typeof Dygraph !== 'undefined') {
    // Without its legend and labels, which write HTML with inline styles.
    Dygraph.PLUGINS = [Dygraph.Plugins.Axes, Dygraph.Plugins.Grid];
  }
  if (data.runs.length > 0) return showRun(0);
  if (data.live) return follow();
  fill(page, h('p', {class: 'why'}, 'This page has no run.'));
}

function redraw(printing) {
  for (const plot of plots) {
    if (!plot.model || plot.model.why) continue;
    plot.fillLegend();
    plot.draw(plot.model);
    plot.print(printing);
  }
}

dark.addEventListener('change', () => redraw(false));
let opened = [];
window.addEventListener('beforeprint', () => {
  document.documentElement.classList.add('printing');
  opened = [...page.querySelectorAll(
      'details:not([open]):not(.noprint):not(.long)')];
  for (const details of opened) details.open = true;
  redraw(true);
});
window.addEventListener('afterprint', () => {
  document.documentElement.classList.remove('printing');
  for (const details of opened) details.open = false;
  redraw(false);
});

start();
