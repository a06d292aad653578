// Plots of lines, drawn by dygraphs.

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
      return log ? Math.max(v, 0.1) : v;
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
      underlayCallback: (context, area, graph) => {
        this.underlay(context, area);
        this.bars(context, area, graph);
      },
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

  // Draws how well points of the lines are known: a bar from low to high, open
  // at an end that is not known. `graph`: this.graph, which is not yet assigned
  // at the first call.
  bars(context, area, graph) {
    const lines = this.model.lines.filter((line) => this.isVisible(line) &&
                                                    list(line.bars).length > 0);
    context.save();
    context.beginPath();
    context.rect(area.x, area.y, area.w, area.h);
    context.clip();
    lines.forEach((line, i) => {
      context.strokeStyle = color(line.color);
      context.lineWidth = 1.5;
      context.beginPath();
      for (const {x, low, high} of line.bars) {
        // Side by side.
        const px = graph.toDomXCoord(x) + 5 * (i - (lines.length - 1) / 2);
        const cap = (v) => {
          context.moveTo(px - 4, graph.toDomYCoord(v));
          context.lineTo(px + 4, graph.toDomYCoord(v));
        };
        if (isNumber(low)) cap(low);
        if (isNumber(high)) cap(high);
        context.moveTo(px, isNumber(low) ? graph.toDomYCoord(low) :
                                           area.y + area.h);
        context.lineTo(px, isNumber(high) ? graph.toDomYCoord(high) : area.y);
      }
      context.stroke();
    });
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
