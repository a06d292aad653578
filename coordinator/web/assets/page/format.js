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

// "198 ms – 241 ms" of an interval; "?" for an end that is not known, empty if
// neither is. `format`: as latency.
function range(interval, format) {
  const {low, high} = object(interval);
  if (!isNumber(low) && !isNumber(high)) return '';
  return [low, high].map((v) => (isNumber(v) ? format(v) : '?')).join(' – ');
}

function count(n) {
  if (!isNumber(n)) return '–';
  return Math.abs(n) >= 100 || Number.isInteger(n) ?
      Math.round(n).toLocaleString('en-US') : digits(n);
}

function perSecond(v) { return isNumber(v) ? count(v) + '/s' : '–'; }

// Never rounded to a full 100 % or to 0.
function share(value) {
  if (!isNumber(value)) return '–';
  if (value === 0 || value === 100) return value + ' %';
  if (Math.abs(value) < 0.1) return +value.toPrecision(2) + ' %';
  if (value < 99 || value > 100) return digits(value) + ' %';
  // One digit more than there are nines.
  const decimals = 1 - Math.floor(Math.log10(100 - value));
  return value.toFixed(decimals).replace(/(\.\d\d)0+$/, '$1') + ' %';
}

const percent = (part, whole) => share(whole ? 100 * part / whole : NaN);

function clock(s) {
  if (!isNumber(s)) return '–';
  if (Math.abs(s) < 120) return +s.toFixed(3) + ' s';
  const ms = Math.round(s * 1000);
  const two = (v) => String(v).padStart(2, '0');
  const hours = Math.floor(ms / 3600e3);
  const minutes = Math.floor(ms / 60e3) % 60;
  const seconds = two(Math.floor(ms / 1000) % 60) +
      (ms % 1000 > 0 ? String(ms % 1000 / 1000).slice(1) : '');
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
  const amount = value === 0 ? '0' : value >= 1 ? value.toFixed(2) :
      value.toPrecision(3);
  return amount + ' ' + (currency || '');
}

const words = (name) => String(name).replace(/_/g, ' ');
const QUANTILES = ['p50', 'p90', 'p99', 'p99_9', 'p99_99', 'max'];
const quantileName = (key) => key.replace('_', '.');
