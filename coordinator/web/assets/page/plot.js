// Base class of plots: section, legend, pointer, keys and table.
//
// dygraphs draws axes and lines. Titles, legends and marks are made here, since
// dygraphs would write them as HTML with inline styles, which the page's policy
// blocks.

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
          'minus zoom, Escape shows all. The table below has the numbers.',
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
