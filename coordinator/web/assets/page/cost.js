// Cost, billed time and memory sizes.

const BASES = {exact: '', estimated: 'about ', requests_only: 'at least '};

function perMillion(cost) {
  return isNumber(at(cost, 'per_million_requests')) && cost.requests > 0 ?
      (own(BASES, cost.basis) ?? '') +
      money(cost.per_million_requests, cost.currency) : '–';
}

function cost() {
  const c = summary.cost;
  const billed = summary.billed;
  const facts = [
    ...(c ? [
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
    ] : []),
    ...(billed ? [
      {name: 'billed', text: count(billed.gb_s) + ' GB-s',
       key: 'billed.gb_s', raw: billed.gb_s},
      {name: 'mean billed', text: latency(1e3 * billed.ms / billed.count)},
      billed.memory_used_mb > 0 && {name: 'most memory used',
        text: count(billed.memory_used_mb) + ' MB'},
    ] : [])];
  const memory = list(summary.memory);
  const limit = 100;
  return section('cost', 'Cost',
    facts.length > 0 && tiles(facts),
    list(at(c, 'assumptions')).map((a) => h('p', {class: 'note'}, text(a))),
    at(c, 'prices.source') && h('p', {class: 'note'}, c.prices.source),
    memory.length > 0 && table('Memory sizes', ['function',
      leftHead('region'), 'size', 'before', leftHead('state')],
      memory.slice(0, limit).map((m) => [
        {text: m.application, class: 'name'}, left(m.region),
        count(m.memory_mb) + ' MB', count(m.before_mb) + ' MB',
        left([words(m.state), m.warning, m.restore].filter(Boolean)
            .join(' · '))])),
    memory.length > limit && h('p', {class: 'note'}, count(limit) + ' of ' +
      count(memory.length) + ' functions are shown; summary.json has all.'));
}
