// Table of instances: sorted, searched, and the filter of the plots.

const ended = (get) => (i) => (i.outcomes ? get(i) : undefined);
const COLUMNS = [
  ['instance', (i) => i.name],
  ['planned', (i) => i.planned, count], ['sent', (i) => i.sent, count],
  ['ok', ended(ok), count], ['not ok', ended(notOk), count],
  ['dropped', (i) => i.dropped, count], ['unsent', (i) => i.unsent, count],
  ['sent/s', (i) => at(i, 'rate_per_s.sent'), (v) =>
      (isNumber(v) ? digits(v) : '–')],
  ...['p50', 'p90', 'p99', 'p99_9', 'max'].map((q) => [quantileName(q),
    (i) => (at(i, 'response_us.count') > 0 ? i.response_us[q] : undefined),
    latency, 'response_us.' + q]),
  ['lateness p99', (i) => at(i, 'lateness_us.p99'), latency],
  ['cold', (i) => at(i, 'cold_starts.cold'), count],
];

function instances() {
  const lanes = list(series().lanes);
  // Live there are only names.
  const all = list(run.instances).length > 0 || !run.live ?
      list(run.instances) :
      lanes.map((lane, i) => ({name: lane.name, lane: i}));
  if (all.length === 0) return null;
  const columns = COLUMNS.filter(([name, get]) =>
      all.some((i) => (['dropped', 'unsent', 'cold'].includes(name) ?
          get(i) > 0 : get(i) !== undefined)));
  const order = {column: -1, down: true};
  let limit = 100;
  const body = h('tbody', {});
  const more = h('button', {type: 'button', class: 'noprint', onclick: () => {
    limit *= 5;
    draw();
  }});
  const told = h('p', {class: 'note', role: 'status'});
  const search = h('input', {type: 'search', placeholder: 'part of a name',
    'aria-label': 'Show instances with this in their name',
    oninput: () => draw()});
  const heads = columns.map(([name], k) => h('th', {scope: 'col',
    'aria-sort': 'none'}, h('button', {type: 'button', onclick: () => {
      order.down = order.column === k ? !order.down : k > 0;
      order.column = k;
      draw();
    }}, name)));
  function draw() {
    heads.forEach((head, k) => head.setAttribute('aria-sort',
        k !== order.column ? 'none' :
        order.down ? 'descending' : 'ascending'));
    const part = search.value.toLowerCase();
    let rows = all.filter((i) => String(i.name).toLowerCase().includes(part));
    const found = rows.length;
    if (order.column >= 0) {
      const get = columns[order.column][1];
      const sign = order.down ? -1 : 1;
      // Unknown values come last in either order.
      rows = rows.slice().sort((a, b) => {
        const x = get(a) ?? null;
        const y = get(b) ?? null;
        if (x === null || y === null) return (x === null) - (y === null);
        return sign * (x < y ? -1 : x > y ? 1 : 0);
      });
    }
    rows = rows.slice(0, limit);
    fill(body, rows.map((i) => {
      const lane = isNumber(i.lane) && lanes[i.lane] ? i.lane : null;
      const others = lane !== null && lanes[lane].name !== i.name;
      const name = others ? lanes[lane].name : i.name;
      const row = h('tr', {'data-instance': name, 'data-name': i.name},
        columns.map(([, get, format, key], k) => {
          if (k > 0) {
            const v = get(i);
            return h('td', {'data-value': v, 'data-column': key ||
                columns[k][0]}, format(v));
          }
          return h('th', {scope: 'row', class: 'name'}, h('button', {
            type: 'button', disabled: lane === null,
            title: lane === null ? 'No separate series is kept' : others ?
                'Shown together with others: ' + name : 'Show only this',
            onclick: () => setFilter(filter && filter.name === name ? null :
                {lane, name}),
          }, i.name));
        }));
      markRow(row);
      return row;
    }));
    told.textContent = rows.length < all.length ? count(rows.length) + ' of ' +
        count(all.length) + ' instances are shown' + (found < all.length ?
        '; ' + count(found) + ' have “' + search.value + '” in their name' :
        '') + '.' : '';
    more.hidden = rows.length >= found;
    more.textContent = 'Show ' + count(Math.min(limit * 5, found)) + ' of ' +
        count(found);
  }
  draw();
  return h('section', {id: 'instances', class: 'long'},
    h('h2', {}, 'Instances'),
    h('p', {class: 'note'}, 'Press a name to see only its calls in the plots ' +
      'above; press a column heading to sort.'),
    all.length > 10 && search, told,
    h('div', {class: 'scroll', tabindex: 0},
      h('table', {}, h('thead', {}, h('tr', {}, heads)), body)), more);
}
