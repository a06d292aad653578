// Filter and zoom, and the bar that shows them.

function setZoom(range) {
  const full = [0, fullSpan()];
  if (range) {
    const step = 10 ** Math.floor(Math.log10((range[1] - range[0]) / 100));
    const round = (v) => +(Math.round(v / step) * step).toPrecision(9);
    range = [Math.max(round(range[0]), full[0]),
             Math.min(round(range[1]), full[1])];
  }
  zoom = range;
  if (zoom && zoom[1] - zoom[0] < width() / 2) zoom = null;
  for (const plot of plots) {
    if (!plot.time || plot.model.why) continue;
    plot.hide();
    plot.draw(plot.model);
    plot.fillTable();
  }
  showBar();
}

function setFilter(next) {
  filter = next;
  for (const plot of plots) plot.refresh();
  showBar();
  for (const row of page.querySelectorAll('tr[data-instance]')) {
    markRow(row);
  }
}

function markRow(row) {
  const chosen = Boolean(filter) && row.dataset.instance === filter.name;
  row.classList.toggle('chosen', chosen);
  row.querySelector('button').setAttribute('aria-pressed', chosen);
}

function showBar() {
  page.dataset.filter = filter ? filter.name : '';
  page.dataset.zoom = zoom ? zoom.join(' ') : '';
  const chip = (text, label, action) => h('button', {
    type: 'button', class: 'chip', 'aria-label': label, title: text,
    onclick: action}, text + '  ✕');
  fill(bar,
    data.runs.length > 1 && data.runs.map((r, i) => h('button', {
      type: 'button', class: 'tab', 'aria-pressed': r === run,
      onclick: () => showRun(i)}, runName(r, i))),
    filter && chip('filtered: ' + filter.name, 'Filtered: ' + filter.name +
        '. Press to show the whole run.', () => setFilter(null)),
    zoom && chip('zoom: ' + timeSpan(...zoom),
        'Zoomed. Press to show the whole time.', () => setZoom(null)));
}
