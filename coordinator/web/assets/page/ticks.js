// Ticks of the axes: each function takes a range and its length in pixels.

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
