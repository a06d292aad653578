// The report of a run, and the live page. Everything that came from outside is
// inserted as text: nothing here writes HTML. dygraphs draws axes and lines;
// titles, legends and marks are made here, since dygraphs would write them as
// HTML with inline styles, which the page's policy blocks.
(() => {
'use strict';

// ---- Elements ------------------------------------------------------------

// h('td', {class: 'l'}, 'text', child): strings become text nodes.
function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name.startsWith('aria-')) element.setAttribute(name, value);
    else if (value !== false) {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
}

const list = (value) => (Array.isArray(value) ? value : []);
const object = (value) =>
    (value && typeof value === 'object' && !Array.isArray(value) ? value : {});
const own = (o, key) =>
    (o && Object.prototype.hasOwnProperty.call(o, key) ? o[key] : undefined);
// at(run, 'response_us.p99'): undefined if any step is absent.
const at = (o, path) => path.split('.').reduce((v, key) => own(v, key), o);
const isNumber = (v) => typeof v === 'number' && Number.isFinite(v);

// ---- Numbers -------------------------------------------------------------

function digits(value) {
  const size = Math.abs(value);
  return value.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
}

// As the terminal writes latencies: three digits and a unit.
function latency(us) {
  if (!isNumber(us)) return '–';
  if (us === 0) return '0';
  const size = Math.abs(us);
  if (size >= 999.5e3) return digits(us / 1e6) + ' s';
  if (size >= 999.5) return digits(us / 1e3) + ' ms';
  return digits(us) + ' us';
}

function count(n) {
  if (!isNumber(n)) return '–';
  return Math.abs(n) >= 100 || Number.isInteger(n) ?
      Math.round(n).toLocaleString('en-US') : digits(n);
}

function perSecond(v) { return isNumber(v) ? count(v) + '/s' : '–'; }

function percent(part, whole) {
  if (!whole) return '–';
  const value = 100 * part / whole;
  // Never rounded to a full 100 % or to 0.
  if (part < whole && value > 99.99) return '> 99.99 %';
  if (part > 0 && value < 0.01) return '< 0.01 %';
  return (value === 100 || value === 0 ? value : digits(value)) + ' %';
}

function clock(s) {
  if (!isNumber(s)) return '–';
  if (Math.abs(s) < 120) return +s.toFixed(3) + ' s';
  const whole = Math.floor(s + 1e-6);
  const rest = +(s - whole).toFixed(3);
  const two = (v) => String(v).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const seconds = two(whole % 60) + (rest > 0 ? String(rest).slice(1) : '');
  return hours > 0 ? hours + ':' + two(minutes) + ':' + seconds :
                     minutes + ':' + seconds + ' min';
}

function timeSpan(from, to) {
  return (to >= 120 ? clock(from).replace(' min', '') : clock(from)) + ' – ' +
      clock(to);
}

function bytes(n) {
  if (!isNumber(n)) return '–';
  return n >= 1e9 ? digits(n / 1e9) + ' GB' : digits(n / 1e6) + ' MB';
}

function money(value, currency) {
  if (!isNumber(value)) return '–';
  const text = value === 0 ? '0' : value >= 1 ? value.toFixed(2) :
      value.toPrecision(3).replace(/e.*/, '');
  return (value !== 0 && Math.abs(value) < 1e-6 ? value.toExponential(2) :
      text) + ' ' + (currency || '');
}

const words = (name) => String(name).replace(/_/g, ' ');
const QUANTILES = ['p50', 'p90', 'p99', 'p99_9', 'p99_99', 'max'];
const quantileName = (key) => key.replace('_', '.');

// ---- State ---------------------------------------------------------------

const page = document.getElementById('page');
const dark = window.matchMedia('(prefers-color-scheme: dark)');
let data = {runs: []};
let run = null;        // the one shown in detail
let summary = {};      // its summary.json
let filter = null;     // {lane, name}: shown instead of the whole run
let zoom = null;       // [from_s, to_s] of all plots over time
let plots = [];
let bar = null;        // chips of run, filter and zoom

const series = () => object(run && run.series);
const whole = () => object(series().whole);
const width = () => series().width_s || 1;

// The series shown: of the filter's lane or of the whole run.
function shown() {
  const lane = filter && list(series().lanes)[filter.lane];
  return lane ? {from: lane, width: width() * (series().every || 1)} :
                {from: whole(), width: width()};
}

function lengthOf(value) {
  if (Array.isArray(value)) return value.length;
  let most = 0;
  for (const child of Object.values(object(value))) {
    if (typeof child !== 'string') most = Math.max(most, lengthOf(child));
  }
  return most;
}

// An array of n values: a number stands for n times itself.
function values(value, n) {
  if (Array.isArray(value)) {
    return value.length >= n ? value :
        value.concat(new Array(n - value.length).fill(null));
  }
  return new Array(n).fill(isNumber(value) ? value : null);
}

// ---- Tables --------------------------------------------------------------

// A cell: text, or {text, raw, key, class}. `key` is the path of the value in
// summary.json, `raw` the exact value.
function cell(tag, content, attributes) {
  if (content === null || typeof content !== 'object' ||
      content instanceof Node || Array.isArray(content)) {
    return h(tag, attributes, content);
  }
  return h(tag, {
    ...attributes, class: content.class, 'data-key': content.key,
    'data-value': content.raw,
    title: isNumber(content.raw) && content.title !== false ? content.raw :
                                                              null,
  }, content.text);
}

// head: texts or cells; the first column holds the row's header.
function table(caption, head, rows, attributes) {
  return h('div', {class: 'scroll', ...attributes}, h('table', {},
    caption && h('caption', {}, caption),
    h('thead', {}, h('tr', {},
        head.map((name) => cell('th', name, {scope: 'col'})))),
    h('tbody', {}, rows.map((row) => h('tr', {}, row.map((content, i) =>
        (i === 0 ? cell('th', content, {scope: 'row'}) :
                   cell('td', content)))))),
  ));
}

const us = (key, value) => ({text: latency(value), raw: value, key});
const num = (key, value) => ({text: count(value), raw: value, key});
const left = (text) => ({text, class: 'l wrap'});
const leftHead = (text) => ({text, class: 'l'});

// ---- Plots ---------------------------------------------------------------

const PATTERNS = {solid: null, dash: [7, 4], dot: [2, 3], mix: [9, 3, 2, 3]};

function color(name) {
  return getComputedStyle(document.documentElement)
      .getPropertyValue('--' + name).trim() || '#888888';
}

function swatch(line) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'swatch');
  svg.setAttribute('viewBox', '0 0 24 10');
  svg.setAttribute('aria-hidden', 'true');
  const shape = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  if (line.mark) {
    shape.setAttribute('d', 'M7 1h10l-5 8z');
    shape.setAttribute('fill', 'var(--' + line.color + ')');
  } else {
    shape.setAttribute('d', 'M0 5h24');
    shape.setAttribute('stroke', 'var(--' + line.color + ')');
    shape.setAttribute('stroke-width', line.area ? 9 : line.width || 1.7);
    const pattern = PATTERNS[line.pattern || 'solid'];
    if (pattern) shape.setAttribute('stroke-dasharray', pattern.join(' '));
  }
  svg.append(shape);
  return svg;
}

// Round steps of 1, 2 or 5 times a power of ten.
function linearTicks(format) {
  return (from, to, pixels) => {
    const most = Math.max(2, Math.floor(pixels / 45));
    const rough = (to - from) / most || 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].find((m) => m * power >= rough) * power;
    const ticks = [];
    for (let i = Math.ceil(from / step); i * step <= to + step * 1e-6; ++i) {
      ticks.push({v: i * step, label: format(+(i * step).toPrecision(12))});
    }
    return ticks;
  };
}

function logTicks(format) {
  return (from, to, pixels) => {
    const decades = Math.log10(to / from);
    const room = pixels / Math.max(decades, 0.3);
    const steps = room > 90 ? [1, 2, 5] : [1];
    const every = Math.max(1, Math.ceil(18 / room));
    const ticks = [];
    for (let e = Math.floor(Math.log10(from)); 10 ** e <= to; ++e) {
      if (e % every !== 0) continue;
      for (const m of steps) {
        const v = m * 10 ** e;
        if (v >= from && v <= to) {
          ticks.push({v, label: format(+v.toPrecision(3))});
        }
      }
    }
    return ticks.length > 1 ? ticks : linearTicks(format)(from, to, pixels);
  };
}

function timeTicks(from, to, pixels) {
  const most = Math.max(2, Math.floor(pixels / 90));
  const steps = [.01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 15, 30, 60, 120, 300,
                 600, 900, 1800, 3600, 7200, 14400, 43200, 86400];
  const step = steps.find((s) => (to - from) / s <= most) || 86400 * Math.ceil(
      (to - from) / most / 86400);
  const ticks = [];
  for (let i = Math.ceil(from / step); i * step <= to + 1e-9; ++i) {
    ticks.push({v: i * step, label: clock(i * step).replace(' min', '')});
  }
  return ticks;
}

// x of percentile curves is log10(1 / (1 - q)).
function nines(x) {
  if (x <= 0) return '0 %';
  const q = 100 * (1 - 10 ** -x);
  return +q.toFixed(Math.max(0, Math.ceil(x) - 1)) + ' %';
}

function ninesTicks(from, to) {
  const ticks = [{v: 0, label: '0 %'}, {v: Math.log10(2), label: '50 %'}];
  for (let x = 1; x <= Math.ceil(to); ++x) ticks.push({v: x, label: nines(x)});
  return ticks.filter((tick) => tick.v >= from && tick.v <= to);
}

const latencyTick = (v) => (v >= 1e6 ? v / 1e6 + ' s' :
    v >= 1e3 ? v / 1e3 + ' ms' : v + ' us');
const shortCount = (v) => (Math.abs(v) >= 1e6 ? v / 1e6 + ' M' :
    Math.abs(v) >= 1e4 ? v / 1e3 + ' k' : v.toLocaleString('en-US'));

const LEFT = 62;  // room of the y axis, the same in all plots

// Base of what is drawn in a box: its section, legend, pointer and keys.
// A subclass has draw(model), area(), toX(px), toPx(x), rowAt(x).
//
// build() gives the model:
//   {why}: text shown in place of a plot without data, or
//   {x: [...], lines: [{name, color, pattern, values, format, total}], ...}.
class Plot {
  constructor(id, title, note, options) {
    Object.assign(this, {time: true, hiddenLines: new Set(), window: null},
                  options);
    this.id = id;
    this.title = title;
    this.legend = h('div', {class: 'legend'});
    this.chart = h('div', {class: 'chart'});
    this.cursor = h('div', {class: 'cursor', hidden: true});
    this.band = h('div', {class: 'band', hidden: true});
    this.box = h('div', {
      class: 'box' + (this.high ? ' high' : ''), tabindex: 0, role: 'group',
      'aria-label': title + ': plot. Arrow keys move the cursor, plus and ' +
          'minus zoom, Escape shows all. The numbers stand in the table ' +
          'below it.',
    }, this.chart, this.band, this.cursor);
    this.why = h('p', {class: 'why', hidden: true});
    this.more = h('p', {class: 'note', hidden: true});
    this.body = h('div', {});
    this.details = h('details', {class: 'noprint'},
                     h('summary', {}, 'Table: ' + title), this.body);
    this.details.addEventListener('toggle', () => this.fillTable());
    this.element = h('section', {id, 'data-plot': id},
        h('h2', {}, title), note && h('p', {class: 'note'}, note),
        this.legend, this.box, this.why, this.more, this.details);
    this.listen();
  }

  refresh() {
    let model;
    try {
      model = this.build();
    } catch (error) {
      console.error(error);
      model = {why: 'This plot could not be drawn: ' + error.message};
    }
    if (!model.why && typeof Dygraph === 'undefined') {
      model.why = 'The library for plots is missing; the table has the data.';
      model.tableOnly = true;
    }
    this.model = model;
    const empty = Boolean(model.why);
    this.box.hidden = empty;
    this.legend.hidden = empty;
    this.details.hidden = empty && !model.tableOnly;
    this.why.hidden = !empty;
    this.why.textContent = model.why || '';
    this.more.hidden = !model.more || empty;
    this.more.textContent = model.more || '';
    this.element.dataset.empty = empty;
    if (!empty) {
      this.fillLegend();
      this.draw(model);
    }
    this.fillTable();
  }

  isVisible(line) { return !this.hiddenLines.has(line.name); }

  fillLegend() {
    const names = this.model.lines.map((l) => l.name).join('\n') +
        (this.model.marks ? '\nmarks' : '');
    if (names === this.legendNames) {
      this.model.lines.forEach((line, i) => {
        line.value = this.legendValues[i];
      });
      if (this.model.marks) this.model.marks.value = this.markValue;
      return;
    }
    this.legendNames = names;
    this.legendValues = [];
    this.place = h('span', {class: 'at'});
    fill(this.legend, this.model.lines.map((line) => {
      line.value = h('span', {class: 'value'});
      this.legendValues.push(line.value);
      return h('button', {
        type: 'button', 'aria-pressed': this.isVisible(line),
        title: line.name, onclick: (event) => this.toggle(line, event),
      }, swatch(line), h('span', {}, line.name), line.value);
    }), this.model.marks && h('span', {class: 'mark'},
        swatch({...this.model.marks, mark: true}), this.model.marks.name,
        this.markValue = this.model.marks.value = h('span',
            {class: 'value'})), this.place);
  }

  toggle(line, event) {
    if (!this.hiddenLines.delete(line.name)) this.hiddenLines.add(line.name);
    event.currentTarget.setAttribute('aria-pressed', this.isVisible(line));
    this.draw(this.model);
  }

  range() {
    return (this.time ? zoom : this.window) || this.model.range;
  }

  setRange(range) {
    if (this.time) return setZoom(range);
    this.window = range;
    this.draw(this.model);
  }

  listen() {
    const box = this.box;
    let start = null;
    const xOf = (event) => event.clientX - box.getBoundingClientRect().left;
    const clip = (px) => {
      const area = this.area();
      return Math.min(Math.max(px, area.x), area.x + area.w);
    };
    box.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) return;
      start = clip(xOf(event));
      box.setPointerCapture(event.pointerId);
    });
    box.addEventListener('pointermove', (event) => {
      const px = clip(xOf(event));
      if (start !== null && Math.abs(px - start) > 4) {
        this.band.hidden = false;
        this.band.style.left = Math.min(px, start) + 'px';
        this.band.style.width = Math.abs(px - start) + 'px';
      }
      this.point(this.toX(px), event);
    });
    const end = (event) => {
      const from = start;
      start = null;
      this.band.hidden = true;
      if (from === null || event.type === 'pointercancel') return;
      const px = clip(xOf(event));
      if (Math.abs(px - from) < 6) return;
      this.setRange([this.toX(Math.min(px, from)),
                     this.toX(Math.max(px, from))]);
    };
    box.addEventListener('pointerup', end);
    box.addEventListener('pointercancel', end);
    box.addEventListener('pointerleave', () => this.leave());
    box.addEventListener('blur', () => this.leave());
    box.addEventListener('dblclick', () => this.setRange(null));
    box.addEventListener('keydown', (event) => this.key(event));
  }

  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const [from, to] = this.range();
    const span = to - from;
    const full = this.model.range;
    const x = this.at === undefined ? (from + to) / 2 : this.at;
    const resize = (factor) => {
      const next = [x - (x - from) * factor, x + (to - x) * factor];
      const all = next[0] <= full[0] && next[1] >= full[1];
      if (next[1] - next[0] < this.least()) return;
      this.setRange(all ? null : [Math.max(next[0], full[0]),
                                  Math.min(next[1], full[1])]);
    };
    const move = (sign) => {
      if (event.shiftKey) {
        const by = Math.max(full[0] - from,
                            Math.min(full[1] - to, sign * span / 4));
        return this.setRange([from + by, to + by]);
      }
      const row = this.at === undefined ? this.rowAt(x) :
          this.rowAt(x) + sign;
      const next = this.model.x[Math.min(Math.max(row, 0),
                                         this.model.x.length - 1)];
      this.point(next);
    };
    const actions = {
      ArrowLeft: () => move(-1), ArrowRight: () => move(1),
      '+': () => resize(.5), '=': () => resize(.5), '-': () => resize(2),
      Escape: () => this.setRange(null), Home: () => this.setRange(null),
    };
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  }

  // Narrowest range that can be shown.
  least() { return this.time ? width() * 2 : 0.05; }

  point(x, event) {
    for (const plot of this.time ? plots : [this]) {
      if (plot.time === this.time) plot.show(x, plot === this ? event : null);
    }
  }

  leave() {
    for (const plot of this.time ? plots : [this]) {
      if (plot.time === this.time) plot.hide();
    }
  }

  // Moves the cursor to x and writes the values there into the legend.
  show(x) {
    if (this.model.why) return;
    this.at = x;
    const px = this.toPx(x);
    const area = this.area();
    this.cursor.hidden = px < area.x || px > area.x + area.w;
    this.cursor.style.left = px + 'px';
    const row = this.rowAt(x);
    for (const line of this.model.lines) {
      const v = line.lookup ? line.lookup(this.model.x[row]) : line.values[row];
      line.value.textContent = isNumber(v) ? line.format(v) : '–';
    }
    const marks = this.model.marks;
    if (marks) marks.value.textContent = marks.values[row] || 0;
    this.place.textContent = this.model.xText(this.model.x[row], row);
  }

  hide() {
    if (!this.model || this.model.why) return;
    this.at = undefined;
    this.cursor.hidden = true;
    for (const line of this.model.lines) line.value.textContent = '';
    if (this.model.marks) this.model.marks.value.textContent = '';
    if (this.place) this.place.textContent = '';
  }

  // At most 24 rows: bins are put together, counts by their sum, latencies by
  // the highest, since percentiles cannot be averaged.
  fillTable() {
    if (!this.details.open || this.details.hidden) return;
    const model = this.model;
    if (model.table) return fill(this.body, model.table());
    const [from, to] = this.range();
    const rows = model.x.map((x, i) => i).filter(
        (i) => model.x[i] >= from && model.x[i] <= to);
    const every = Math.max(1, Math.ceil(rows.length / 24));
    const result = [];
    for (let i = 0; i < rows.length; i += every) {
      const part = rows.slice(i, i + every);
      result.push([model.span(part[0], part[part.length - 1]),
        ...model.lines.map((line) => {
          const known = part.map((r) => line.values[r]).filter(isNumber);
          if (known.length === 0) return '–';
          return line.format(line.sum ?
              known.reduce((a, b) => a + b, 0) / part.length :
              Math.max(...known));
        }),
        ...(model.marks ? [count(part.reduce(
            (sum, r) => sum + (model.marks.values[r] || 0), 0))] : [])]);
    }
    fill(this.body, table(null, [model.xName, ...model.lines.map(
        (line) => line.name + (every > 1 && !line.sum ? ' (highest)' : '')),
        ...(model.marks ? [model.marks.name] : [])], result,
        {class: 'scroll tall', tabindex: 0}));
  }

  print() {}
  destroy() {}
}

// Lines by dygraphs.
class LinePlot extends Plot {
  area() { return this.graph.getArea(); }
  toX(px) { return this.graph.toDataXCoord(px); }
  toPx(x) { return this.graph.toDomXCoord(x); }

  rowAt(x) {
    const xs = this.model.x;
    let low = 0;
    let high = xs.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (xs[middle] < x) low = middle; else high = middle;
    }
    return xs[high] - x < x - xs[low] ? high : low;
  }

  draw(model) {
    const lines = model.lines;
    const log = Boolean(model.log);
    const rows = model.x.map((x, i) => [x, ...lines.map((line) => {
      const v = line.values[i];
      if (!isNumber(v)) return null;
      return log ? Math.max(v, model.floor || 0.1) : v;
    })]);
    const format = model.tick || shortCount;
    // dygraphs uses labels as keys and names come from outside: numbers.
    const options = {
      file: rows,
      labels: ['x', ...lines.map((line, i) => 'line ' + i)],
      colors: lines.map((line) => color(line.color)),
      visibility: lines.map((line) => this.isVisible(line)),
      series: Object.fromEntries(lines.map((line, i) => ['line ' + i, {
        strokePattern: PATTERNS[line.pattern || 'solid'],
        strokeWidth: line.width || 1.7,
      }])),
      logscale: log,
      stackedGraph: Boolean(model.stacked),
      fillAlpha: 0.75,
      connectSeparatedPoints: Boolean(model.connect),
      dateWindow: this.range().slice(),
      valueRange: this.valueRange(rows, model),
      axes: {
        x: {ticker: model.xTicks || timeTicks, axisLabelWidth: 80,
            axisLabelFontSize: 12},
        y: {ticker: log ? logTicks(format) : linearTicks(format),
            axisLabelWidth: LEFT - 6, axisLabelFontSize: 12},
      },
      gridLineColor: color('grid'),
      axisLineColor: color('grey'),
      underlayCallback: (context, area) => this.underlay(context, area),
    };
    if (this.graph) {
      this.graph.resize();
      this.graph.updateOptions(options);
      return;
    }
    this.graph = new Dygraph(this.chart, rows, {
      ...options, interactionModel: {}, legend: 'never', rightGap: 10,
      axisTickSize: 3, pointSize: 2.5, highlightCircleSize: 3,
      digitsAfterDecimal: 4,
    });
  }

  // Covers all visible values, not only those of the range in view: the scale
  // stays while one zooms.
  valueRange(rows, model) {
    let low = Infinity;
    let high = -Infinity;
    const visible = model.lines.map((line) => this.isVisible(line));
    for (const row of rows) {
      let sum = 0;
      for (let i = 1; i < row.length; ++i) {
        if (!visible[i - 1] || row[i] === null) continue;
        sum = model.stacked ? sum + row[i] : row[i];
        if (sum < low) low = sum;
        if (sum > high) high = sum;
      }
    }
    if (high === -Infinity) return model.log ? [1, 10] : [0, 1];
    if (model.log) return [low / 1.25, Math.max(high, low * 1.6) * 1.25];
    const top = high > 0 ? high * 1.08 : 1;
    // A line at zero would be drawn half, and by the axis.
    return [model.stacked ? 0 : -top * 0.015, top];
  }

  // Shades the warm-up and the time after the plan's end; draws marks.
  underlay(context, area) {
    const model = this.model;
    if (!this.time) return;
    context.save();
    context.beginPath();
    context.rect(area.x, area.y, area.w, area.h);
    context.clip();
    // The first call comes before `this.graph` is assigned.
    const [from, to] = this.range();
    const px = (s) => area.x + (s - from) / (to - from) * area.w;
    context.fillStyle = color('shade');
    const warmup = summary.warmup_s || 0;
    if (warmup > 0) context.fillRect(px(0), area.y, px(warmup) - px(0), area.h);
    if (run.planned_s > 0) {
      context.fillRect(px(run.planned_s), area.y, area.w * 1e3, area.h);
    }
    if (model.marks) {
      context.fillStyle = color(model.marks.color);
      const values = model.marks.values;
      for (let i = 0; i < values.length; ++i) {
        if (!values[i]) continue;
        const x = px(model.x[i]);
        context.beginPath();
        context.moveTo(x - 5, area.y);
        context.lineTo(x + 5, area.y);
        context.lineTo(x, area.y + 9);
        context.fill();
      }
    }
    context.restore();
  }

  // Chromium prints a canvas by what is drawn on it meanwhile, and with
  // dygraphs' open clips that is nothing: a copy of the pixels is printed.
  print(begins) {
    if (this.copy) this.copy.remove();
    if (!begins || !this.graph) return;
    const drawn = this.graph.hidden_;
    this.copy = h('canvas', {class: 'copy', width: drawn.width,
                             height: drawn.height});
    this.copy.getContext('2d').drawImage(drawn, 0, 0);
    this.chart.append(this.copy);
  }

  destroy() {
    if (this.graph) this.graph.destroy();
    this.graph = null;
  }
}

// Time x log latency, one rectangle for each row of each bin.
const HEAT = [[255, 233, 69], [203, 186, 105], [149, 143, 120],
              [102, 105, 112], [49, 68, 107], [0, 32, 77]];

class HeatPlot extends Plot {
  constructor(...all) {
    super(...all);
    this.canvas = h('canvas', {'aria-hidden': 'true'});
    this.tip = h('div', {class: 'tip', hidden: true});
    this.chart.append(this.canvas);
    this.box.append(this.tip);
    this.onresize = () => this.model && !this.model.why &&
        this.draw(this.model);
    window.addEventListener('resize', this.onresize);
  }

  destroy() { window.removeEventListener('resize', this.onresize); }

  area() {
    return {x: LEFT, y: 0, w: Math.max(1, this.chart.clientWidth - LEFT - 10),
            h: this.chart.clientHeight - 20};
  }

  toX(px) {
    const area = this.area();
    const [from, to] = this.range();
    return from + (px - area.x) / area.w * (to - from);
  }

  toPx(x) {
    const area = this.area();
    const [from, to] = this.range();
    return area.x + (x - from) / (to - from) * area.w;
  }

  rowAt(x) {
    return Math.min(Math.max(Math.floor(x / width()), 0),
                    this.model.x.length - 1);
  }

  shade(n) {
    const {most} = this.model;
    let part = most > 1 ? Math.log(n) / Math.log(most) : 1;
    // The darkest would not be seen on a dark ground.
    if (this.isDark()) part = 0.82 * (1 - part);
    const place = part * (HEAT.length - 1);
    const i = Math.min(Math.floor(place), HEAT.length - 2);
    const mix = HEAT[i].map((from, k) =>
        Math.round(from + (HEAT[i + 1][k] - from) * (place - i)));
    return 'rgb(' + mix.join() + ')';
  }

  isDark() {
    return dark.matches &&
        !document.documentElement.classList.contains('printing');
  }

  y(us, area) {
    const {low, high} = this.model;
    return area.y + area.h * (1 - Math.log(us / low) / Math.log(high / low));
  }

  draw(model) {
    const ratio = window.devicePixelRatio || 1;
    const w = this.chart.clientWidth;
    const height = this.chart.clientHeight;
    this.canvas.width = w * ratio;
    this.canvas.height = height * ratio;
    this.canvas.style.width = w + 'px';
    this.canvas.style.height = height + 'px';
    const context = this.canvas.getContext('2d');
    context.scale(ratio, ratio);
    const area = this.area();
    const [from, to] = this.range();
    const {edges, bins} = model;
    context.save();
    context.beginPath();
    context.rect(area.x, area.y, area.w, area.h);
    context.clip();
    const step = width();
    for (let i = Math.max(0, Math.floor(from / step));
         i < bins.length && i * step < to; ++i) {
      const bin = bins[i];
      const x = this.toPx(i * step);
      const wide = Math.max(this.toPx((i + 1) * step) - x, 0.5) + 0.4;
      for (let k = 1; k < bin.length; ++k) {
        if (!(bin[k] > 0)) continue;
        const row = bin[0] + k - 1;
        if (row + 1 >= edges.length) continue;
        const top = this.y(edges[row + 1], area);
        const bottom = this.y(edges[row], area);
        context.fillStyle = this.shade(bin[k]);
        context.fillRect(x, top, wide, Math.max(bottom - top, 1) + 0.4);
      }
    }
    context.restore();
    context.strokeStyle = color('grey');
    context.strokeRect(area.x + .5, area.y - 1.5, area.w + 3, area.h + 1);
    context.fillStyle = color('faint');
    context.font = '12px system-ui, "DejaVu Sans", sans-serif';
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    for (const tick of logTicks(latencyTick)(model.low, model.high, area.h)) {
      const y = this.y(tick.v, area);
      context.fillText(tick.label, area.x - 5,
                       Math.min(Math.max(y, 7), area.h - 5));
    }
    context.textAlign = 'center';
    context.textBaseline = 'top';
    for (const tick of timeTicks(from, to, area.w)) {
      const half = context.measureText(tick.label).width / 2;
      context.fillText(tick.label, Math.min(Math.max(
          this.toPx(tick.v), half), w - half), area.h + 5);
    }
  }

  fillLegend() {
    const canvas = h('canvas', {width: 120, height: 10, 'aria-hidden': 'true'});
    const context = canvas.getContext('2d');
    const {most} = this.model;
    for (let i = 0; i < 120; ++i) {
      context.fillStyle = this.shade(most ** (i / 119));
      context.fillRect(i, 0, 1, 10);
    }
    this.place = h('span', {class: 'at'});
    fill(this.legend, h('span', {}, '1 call'), most > 1 && [canvas,
         h('span', {}, count(most) + ' calls')], this.place);
  }

  show(x, event) {
    super.show(x);
    this.tip.hidden = true;
    if (!event || this.model.why) return;
    const area = this.area();
    const y = event.clientY - this.box.getBoundingClientRect().top;
    if (y < area.y || y > area.y + area.h) return;
    const {low, high, edges, bins} = this.model;
    const us = low * (high / low) ** (1 - (y - area.y) / area.h);
    const bin = bins[this.rowAt(x)] || [];
    const row = edges.findIndex((e, i) => e <= us && us < edges[i + 1]);
    const n = row < 0 ? 0 : bin[row - bin[0] + 1] || 0;
    fill(this.tip, this.model.xText(0, this.rowAt(x)) + ': ' +
        (row < 0 ? latency(us) : latency(edges[row]) + ' – ' +
        latency(edges[row + 1])) + ': ' + count(n) +
        (n === 1 ? ' call' : ' calls'));
    this.tip.hidden = false;
    const px = this.toPx(x);
    const right = px > area.x + area.w / 2;
    this.tip.style.left = right ? '' : px + 12 + 'px';
    this.tip.style.right =
        right ? this.box.clientWidth - px + 12 + 'px' : '';
    this.tip.style.top = Math.max(0, y - 28) + 'px';
  }

  hide() {
    super.hide();
    this.tip.hidden = true;
  }
}

// ---- What each plot shows ------------------------------------------------

const OUTCOMES = {
  ok: ['green', 'solid'], http_error: ['orange', 'dash'],
  throttled: ['purple', 'solid'], auth_error: ['sky', 'dash'],
  function_error: ['red', 'solid'], timeout: ['blue', 'solid'],
  connect_error: ['ink', 'solid'], tls_error: ['sky', 'dot'],
  protocol_error: ['orange', 'dot'], aborted: ['grey', 'dash'],
  lost: ['grey', 'solid'],
};
const OVER_TIME = {xName: 'time', log: false};

// x at the middle of each bin, or at its end.
function timeModel(lengthSource, step, atEnd) {
  const n = lengthOf(lengthSource);
  const x = [];
  for (let i = 0; i < n; ++i) x.push((i + (atEnd ? 1 : 0.5)) * step);
  return {
    ...OVER_TIME, n, x,
    range: [0, fullSpan()],
    xText: (_, i) => timeSpan(i * step, (i + 1) * step),
    span: (i, j) => timeSpan(i * step, (j + 1) * step),
  };
}

function fullSpan() {
  const n = lengthOf(whole());
  return Math.max((run && run.planned_s) || 0, n * width()) || 1;
}

const total = (v) => list(v).reduce((sum, n) => sum + (n || 0), 0);

function nothingYet(what) {
  if (lengthOf(whole()) === 0) {
    return run && run.live ? 'No bin of the run is complete yet.' :
        'This result has no time series (no timeline.csv in its folder).';
  }
  return filter ? what + ' of ' + filter.name + '.' : what + '.';
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
  const model = timeModel(from, step);
  const line = (name, key, color, pattern) => ({
    name, color, pattern, format: perSecond, sum: true,
    values: values(from[key], model.n).map(
        (v) => (isNumber(v) ? v / step : null)),
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
  const model = timeModel(from, step);
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

function heatPlot() {
  const heat = object(series().heat);
  const edges = list(heat.edges_us);
  const bins = list(heat.bins).map(list);
  let most = 0;
  let first = Infinity;
  let last = -1;
  for (const bin of bins) {
    for (let k = 1; k < bin.length; ++k) {
      if (!(bin[k] > 0)) continue;
      most = Math.max(most, bin[k]);
      first = Math.min(first, bin[0] + k - 1);
      last = Math.max(last, bin[0] + k - 1);
    }
  }
  if (last < 0 || last + 1 >= edges.length) {
    return {why: nothingYet('Nothing to show: no call has a response time')
        .replace(/ of .*\.$/, '.')};
  }
  // At least a third of a decade, so that one row does not fill the plot.
  let low = Math.max(edges[first], 0.1);
  let high = edges[last + 1];
  const stretch = Math.max(0, Math.log10(2.2) - Math.log10(high / low)) / 2;
  low /= 10 ** stretch * 1.02;
  high *= 10 ** stretch * 1.02;
  const model = timeModel(bins.map(() => 0), width());
  return {...model, lines: [], edges, bins, most, low, high,
    more: filter ? 'This plot always shows the whole run: the heat map is ' +
        'not kept for each instance.' : '',
    table: () => heatTable(model, edges, bins)};
}

// By latency: calls in each third of a decade.
function heatTable(model, edges, bins) {
  const sums = new Map();
  bins.forEach((bin, i) => {
    if (zoom && (model.x[i] < zoom[0] || model.x[i] > zoom[1])) return;
    for (let k = 1; k < bin.length; ++k) {
      const group = Math.floor((bin[0] + k - 1) / 10);
      sums.set(group, (sums.get(group) || 0) + bin[k]);
    }
  });
  const rows = [...sums].filter(([, n]) => n > 0).sort((a, b) => a[0] - b[0]);
  return table(null, ['response time', 'calls'], rows.map(([group, n]) => [
    latency(edges[group * 10]) + ' – ' +
        latency(edges[Math.min(group * 10 + 10, edges.length - 1)]),
    count(n)]));
}

// Curves have points of their own: the rows are all x of any of them.
function curveModel(curves) {
  // A single point would not be seen: all percentiles of one call are it.
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
    const lookup = (x) => {
      const point = points.find((p) => p[0] >= x - 1e-9);
      return point ? point[1] : undefined;
    };
    return {...curve, values: column, lookup, format: latency};
  });
  const end = Math.max(1, xs[xs.length - 1] || 0);
  // At these percentiles the summary has the exact values.
  const stops = [[0, 'min'], [Math.log10(2), 'p50'], [1, 'p90'], [2, 'p99'],
                 [3, 'p99_9'], [4, 'p99_99']].filter(([x]) => x <= end + 1);
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
    return {why: run.live ? 'Comes when the run has ended.' :
        'Nothing to show: no call has a latency.'};
  }
  return {...model, more: at(summary, 'response_us.count') === 1 ?
      'One call: all percentiles are the same.' : ''};
}

function inFlightPlot() {
  const {from, width: step} = shown();
  const why = noCalls();
  if (why) return {why};
  const model = timeModel(from, step, true);
  const flight = values(from.in_flight, model.n);
  const most = Math.max(0, ...flight);
  const limit = filter ? null : run.in_flight_limit;
  // A limit far above would flatten the line: it is told in words.
  const near = isNumber(limit) && limit <= 10 * Math.max(most, 1);
  return {...model,
    xText: (x) => clock(x),
    lines: [
      {name: 'in flight', color: 'blue', format: count, values: flight},
      ...(near ? [{name: 'limit', color: 'red', pattern: 'dash',
                   format: count, values: model.x.map(() => limit)}] : [])],
    more: (most === 0 ? 'At no bin’s end was a call in flight. ' : '') +
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
  const model = timeModel(from, step);
  const ok = names.includes('ok') ? total(outcomes.ok) : 0;
  const all = names.reduce((sum, name) => sum + total(outcomes[name]), 0);
  return {...model, stacked: true,
    more: ok === all ? 'All calls were ok.' : ok === 0 ?
        'No call was ok.' : ok > all * 0.9 ? 'Press “ok” in the legend to ' +
        'see the others at their own scale.' : '',
    // dygraphs stacks from the last series up.
    lines: names.reverse().map((name) => ({
      name: words(name), color: OUTCOMES[name][0],
      pattern: OUTCOMES[name][1], area: true, sum: true, format: perSecond,
      values: values(outcomes[name], model.n).map(
          (v) => (isNumber(v) ? v / step : null))}))};
}

const WORKER_LINES = [['green', 'solid'], ['orange', 'solid'],
  ['purple', 'solid'], ['sky', 'dash'], ['red', 'dash'], ['green', 'mix']];

function latenessPlot() {
  const of = object(whole().lateness);
  if (!list(of.max).some(isNumber)) {
    return {why: nothingYet('Nothing to show: no call was sent')
        .replace(/ of .*\.$/, '.')};
  }
  const workers = list(series().workers);
  const every = series().every || 1;
  const model = timeModel(of, width());
  const highest = (worker) => Math.max(0,
      ...list(at(worker, 'lateness.max')).filter(isNumber));
  const picked = workers.length < 2 ? [] :
      workers.map((worker) => [highest(worker), worker])
          .sort((a, b) => b[0] - a[0]).slice(0, WORKER_LINES.length)
          .map(([, worker]) => worker);
  return {...model, log: true, tick: latencyTick,
    more: (workers.length > picked.length && picked.length > 0 ?
        'Of ' + workers.length + ' workers the ' + picked.length +
        ' with the highest lateness have lines. ' : '') +
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

function warmthPlot() {
  const curves = object(run.curves);
  const model = curveModel([
    {name: 'response, cold', color: 'blue', points: curves.cold_response,
     exact: at(summary, 'cold.response_us')},
    {name: 'response, warm', color: 'orange', pattern: 'dash',
     points: curves.warm_response, exact: at(summary, 'warm.response_us')},
    {name: 'init', color: 'purple', pattern: 'dot', points: curves.init}]);
  if (model.lines.length === 0) {
    return {why: run.live ? 'Comes when the run has ended.' :
        'Nothing to show: of no call is it known whether it was cold or ' +
        'warm.'};
  }
  const missing = list(curves.cold_response).length === 0 ? 'No call was cold.' :
      list(curves.warm_response).length === 0 ? 'No call was warm.' : '';
  return {...model, more: missing};
}

function seriesPlot() {
  const colors = [['blue'], ['orange', 'dash'], ['green'], ['red', 'mix'],
                  ['purple', 'dot'], ['sky'], ['ink', 'dash'], ['grey']];
  const model = curveModel(data.runs.map((r, i) => ({
    name: runName(r, i), color: colors[i % 8][0],
    pattern: colors[i % 8][1] || (i > 7 ? 'dot' : 'solid'),
    points: object(r.curves).response, exact: at(r, 'run.response_us')})));
  return model.lines.length > 0 ? model :
      {why: 'Nothing to show: no run has a response time.'};
}

function makePlots() {
  const make = (Type, id, build, title, note, options) =>
      new Type(id, title, note, {build, ...options});
  return {
    rate: make(LinePlot, 'rate', ratePlot,
        'Calls planned, sent and completed', 'Per second. A gap between ' +
        'planned and sent is the generator’s, one between sent and ' +
        'completed the target’s.'),
    response: make(LinePlot, 'response', responsePlot,
        'Response time', 'From the instant a call was due to the end of its ' +
        'answer, by the bin it was due in.', {high: true}),
    heat: make(HeatPlot, 'heat', heatPlot, 'Heat map of response times',
        'Calls by the time they were due and their response time.',
        {high: true}),
    percentiles: make(LinePlot, 'percentiles', percentilePlot,
        'Percentiles', 'Lateness: from due to sent. Service: from sent to ' +
        'answered. Response: both. Where response lies above service, calls ' +
        'waited in the generator. Without the warm-up.',
        {time: false, high: true}),
    in_flight: make(LinePlot, 'in_flight', inFlightPlot, 'Calls in flight',
        'Sent and not yet completed, at the end of each bin.'),
    outcomes: make(LinePlot, 'outcomes', outcomePlot, 'Outcomes',
        'Ended calls per second, stacked.'),
    lateness: make(LinePlot, 'lateness', latenessPlot, 'Lateness',
        'How late the generator sent, by worker: its own fault, never the ' +
        'target’s.'),
    warmth: make(LinePlot, 'warmth', warmthPlot, 'Cold against warm', '',
        {time: false}),
  };
}

// ---- Filter and zoom -----------------------------------------------------

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

// ---- Sections ------------------------------------------------------------

// A section that fails says so; the others stay.
function guarded(build) {
  try {
    return build();
  } catch (error) {
    console.error(error);
    return h('p', {class: 'bad'},
             'A part of this page could not be shown: ' + error.message);
  }
}

function section(id, title, ...children) {
  const content = children.flat(Infinity).filter(Boolean);
  if (content.length === 0) return null;
  return h('section', {id}, h('h2', {}, title), content);
}

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
    ...list(summary.stopped).map((t) => (typeof t === 'string' ? t :
        JSON.stringify(t))),
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
    trouble.some(Boolean) && h('div', {class: 'verdict warn'},
      trouble.filter(Boolean).map((t) => h('p', {}, t))),
    list(summary.book_errors).length > 0 && h('div', {class: 'verdict bad'},
      h('strong', {}, '✗ The books do not add up'),
      summary.book_errors.map((t) => h('p', {}, text(t))))];
}

const text = (v) => (typeof v === 'string' ? v : JSON.stringify(v));
const fails = (t) => t.state === 'missed' ||
    (t.state === 'no data' && !t.optional);

function thresholdValue(t, v) {
  if (!isNumber(v)) return '–';
  if (isNumber(t.calls)) return latency(v);
  return digits(v) + (/%/.test(t.check) ? ' %' : /\/s/.test(t.check) ?
      '/s' : '');
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
      left(isNumber(t.calls) ? count(t.calls) + ' calls' +
           (t.calls_needed ? ', ' + count(t.calls_needed) + ' needed' : '') :
           isNumber(t.of) ? count(t.count) + ' of ' + count(t.of) : '')])),
    checks.length > limit && h('p', {class: 'note'}, count(limit) + ' of ' +
      count(checks.length) + ' thresholds, those not met first.')];
}

const ok = (o) => own(object(o && o.outcomes), 'ok') || 0;
const notOk = (o) => total(Object.values(object(o && o.outcomes))) - ok(o);
const known = (get) => (o) => (o.outcomes ? get(o) : undefined);

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

function rates() {
  const r = object(summary.rate_per_s);
  return ['planned', 'sent', 'completed', 'ok'].filter((k) => isNumber(r[k]))
      .map((k) => ({name: k + ' per second', text: digits(r[k]),
                    key: 'rate_per_s.' + k, raw: r[k]}));
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
  return table(null, ['', ...columns.map(quantileName), 'calls'],
    known.map(([key, name]) => [name,
      ...columns.map((q) => (at(summary, key + '.count') === 0 ? '–' :
        us(key + '.' + q, at(summary, key + '.' + q)))),
      num(key + '.count', at(summary, key + '.count'))]));
}

function tiles(facts) {
  return h('div', {class: 'tiles'}, facts.filter(Boolean).map((f) =>
    h('div', {class: 'tile'}, h('b', {'data-key': f.key, 'data-value': f.raw},
      f.text), h('span', {}, f.name))));
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
    ...rates().slice(1, 2),
    known && {name: 'response p50', text: latency(response.p50),
              key: 'response_us.p50', raw: response.p50},
    known && {name: 'response p99', text: latency(response.p99),
              key: 'response_us.p99', raw: response.p99},
    at(s, 'lateness_us.count') > 0 && {name: 'lateness p99',
      text: latency(s.lateness_us.p99), key: 'lateness_us.p99',
      raw: s.lateness_us.p99},
    isNumber(s.max_in_flight) && {name: 'most in flight',
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

// ---- Instances -----------------------------------------------------------

const COLUMNS = [
  ['instance', (i) => i.name],
  ['planned', (i) => i.planned, count], ['sent', (i) => i.sent, count],
  ['ok', known(ok), count], ['not ok', known(notOk), count],
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
        const x = get(a);
        const y = get(b);
        if (x === undefined || x === null) return y === undefined ? 0 : 1;
        if (y === undefined || y === null) return -1;
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
            title: lane === null ? 'No series of its own is kept' : others ?
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
  const sum = table(null, columns.map((c) => c[0]), []);
  sum.tabIndex = 0;
  const shell = sum.querySelector('table');
  shell.querySelector('thead tr').replaceChildren(...heads);
  shell.querySelector('tbody').replaceWith(body);
  return h('section', {id: 'instances', class: 'long'},
    h('h2', {}, 'Instances'),
    h('p', {class: 'note'}, 'Press a name to see only its calls in the plots ' +
      'above; press a column’s head to sort.'),
    all.length > 10 && search, told, sum, more);
}

// ---- Workers, cost, workload ---------------------------------------------

function workers() {
  const all = list(summary.workers);
  if (all.length === 0) return null;
  const offset = (v, e) => (isNumber(v) ? latency(v) + ' ± ' + latency(e) :
      '–');
  const limit = 200;
  return section('workers', 'Workers', table(null,
    ['worker', leftHead('state'), 'threads', 'sent', 'ok', 'not ok',
     'lateness p99', 'max', 'clock offset', 'drift', 'start error', 'CPU',
     'memory', 'connections new / reused / failed', 'limit in flight'],
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
    h('p', {class: 'note'}, 'CPU: of one core.'));
}

const BASES = {exact: '', estimated: 'about ', requests_only: 'at least '};

function perMillion(cost) {
  return isNumber(at(cost, 'per_million_requests')) && cost.requests > 0 ?
      (own(BASES, cost.basis) ?? '') +
      money(cost.per_million_requests, cost.currency) : '–';
}

function cost() {
  const c = summary.cost;
  const billed = summary.billed;
  if (!c && !billed) return null;
  return section('cost', 'Cost',
    c && tiles([
      {name: 'total', text: (own(BASES, c.basis) ?? '') +
          money(c.total, c.currency), key: 'cost.total', raw: c.total},
      {name: 'per million calls', text: perMillion(c),
       key: 'cost.per_million_requests', raw: c.per_million_requests},
      isNumber(c.measured_total) && {name: 'without the warm-up',
        text: money(c.measured_total, c.currency),
        key: 'cost.measured_total', raw: c.measured_total},
      {name: 'calls charged', text: count(c.requests), key: 'cost.requests',
       raw: c.requests},
      c.not_charged > 0 && {name: 'not charged', text: count(c.not_charged)},
      billed && {name: 'billed', text: count(billed.gb_s) + ' GB-s',
                 key: 'billed.gb_s', raw: billed.gb_s},
      billed && {name: 'mean billed', text: digits(billed.ms /
          (billed.count || 1)) + ' ms'},
      billed && billed.memory_used_mb > 0 && {name: 'most memory used',
        text: count(billed.memory_used_mb) + ' MB'}]),
    c && list(c.assumptions).map((a) => h('p', {class: 'note'}, text(a))),
    c && c.prices && h('p', {class: 'note'}, object(c.prices).source),
    list(summary.memory).length > 0 && table('Memory sizes', ['function',
      leftHead('region'), 'size', 'before', leftHead('state')],
      summary.memory.slice(0, 100).map((m) => [
        {text: m.application, class: 'name'}, left(m.region),
        count(m.memory_mb) + ' MB', count(m.before_mb) + ' MB',
        left([words(m.state), m.warning, m.restore].filter(Boolean)
            .join(' · '))])));
}

function workload() {
  const json = JSON.stringify(run.workload || null, null, 2);
  // A long one stays closed in print.
  return [
    section('workload', 'Workload', run.workload &&
      [h('p', {class: 'note'}, 'Without header values, data, payloads and ' +
         'query values.'),
       h('details', {class: json.length > 20000 && 'long'},
         h('summary', {}, 'workload.json'), h('pre', {tabindex: 0}, json))]),
    section('again', 'Run it again', run.command &&
      [h('pre', {tabindex: 0}, run.command),
       h('p', {class: 'note'}, 'The workload.json in the run’s folder plays ' +
         'the same schedule again.')])];
}

// ---- Several runs --------------------------------------------------------

function sizes(r) {
  const all = [...new Set(list(at(r, 'run.memory')).map((m) => m.memory_mb))];
  return all.length === 0 ? '' : all.length > 3 ? all.length + ' sizes' :
      all.map((mb) => mb + ' MB').join(', ');
}

function runName(r, i) {
  const names = data.runs.map((o) => sizes(o));
  const mine = sizes(r);
  // The size names a run of a memory series; else its folder does.
  if (mine && new Set(names).size === names.length) return mine;
  return r.folder || at(r, 'run.test_name') || 'run ' + (i + 1);
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
      {build: seriesPlot, time: false});
  plots.push(plot);
  return h('section', {id: 'comparison'}, h('h2', {}, 'Runs compared'),
    h('p', {},
      cheapest && ['Cheapest per million calls: ', h('strong',
        {id: 'cheapest'}, name(cheapest)), '. '],
      fastest && ['Fastest by response p99: ', h('strong', {id: 'fastest'},
        name(fastest)), '.']),
    table(null, ['run', leftHead(''), leftHead('schedule'), 'thresholds', 'planned', 'sent', 'ok', 'p50', 'p90', 'p99', 'max',
      'lateness p99', 'cold', 'cost per million'], rows,
      {class: 'scroll', tabindex: 0}), plot.element,
    h('p', {class: 'note'}, 'Press a run’s name to see it in detail below.'));
}

// ---- The page ------------------------------------------------------------

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
    p.lateness.element, p.warmth.element, guarded(instances),
    guarded(workers), guarded(cost), guarded(workload));
  for (const plot of plots) plot.refresh();
  showBar();
}

// ---- Live ----------------------------------------------------------------

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
  const heat = s.heat = object(s.heat);
  const edges = list(heat.edges_us);
  const more = list(next.heat.edges_us);
  const all = [...new Set([...edges, ...more])].sort((a, b) => a - b);
  const moved = (bins, first) => list(bins).map((bin) => (bin.length > 0 ?
      [bin[0] + Math.max(0, all.indexOf(first)), ...bin.slice(1)] : bin));
  const bins = moved(heat.bins, edges[0]).slice(0, from);
  while (bins.length < from) bins.push([]);
  heat.bins = bins.concat(moved(next.heat.bins, (more.length ? more :
      edges)[0]));
  heat.edges_us = all;
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

function follow() {
  feed.status = h('p', {role: 'status', id: 'status'});
  setStatus('warn', 'Connecting to the run.');
  fill(page, feed.status);
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
    data.runs = [next];
    setStatus('good', 'The run has ended. ', h('button', {
      type: 'button', id: 'save', class: 'noprint', onclick: save,
    }, 'Save this page'));
    showRun(0, true);
  });
  source.onerror = () => setStatus('warn',
      source.readyState === EventSource.CLOSED ?
      'The run does not answer any more: this is what came until then.' :
      'Reconnecting: the run does not answer. This is what came until then.');
  source.onopen = () => run && setStatus('good', 'Live.');
  document.addEventListener('visibilitychange', () => run && run.live &&
      showLater());
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

// ---- Start ---------------------------------------------------------------

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
})();
