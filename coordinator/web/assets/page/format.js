// Numbers as text. Latencies are in microseconds, times in seconds.

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
