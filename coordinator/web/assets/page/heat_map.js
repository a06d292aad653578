// The heat map: time x log latency, one rectangle for each row of each bin.

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
    const at = low * (high / low) ** (1 - (y - area.y) / area.h);
    const bin = bins[this.rowAt(x)] || [];
    const row = edges.findIndex((e, i) => e <= at && at < edges[i + 1]);
    // bin[0] is no count.
    const n = row < bin[0] ? 0 : bin[row - bin[0] + 1] || 0;
    fill(this.tip, this.model.xText(0, this.rowAt(x)) + ': ' +
        (row < 0 ? latency(at) : latency(edges[row]) + ' – ' +
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
    return {why: nothingYet('Nothing to show: no call has a response time',
                            null)};
  }
  // At least a third of a decade, so that one row does not fill the plot.
  let low = Math.max(edges[first], 0.1);
  let high = edges[last + 1];
  const stretch = Math.max(0, Math.log10(2.2) - Math.log10(high / low)) / 2;
  low /= 10 ** stretch * 1.02;
  high *= 10 ** stretch * 1.02;
  const model = timeModel(bins.length, width());
  return {...model, lines: [], edges, bins, most, low, high,
    more: filter ? 'This plot always shows the whole run: the heat map is ' +
        'not kept for each instance.' : '',
    table: () => heatTable(model, edges, bins)};
}

// Calls by latency, ten rows put together.
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
