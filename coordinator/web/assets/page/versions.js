// Table of the changes between versions of an instance.

function versions() {
  const all = Object.entries(object(summary.versions));
  const limit = 200;
  const changes = all.flatMap(([name, v]) => list(object(v).changes).map(
      (c) => [list(v.instances)[0] || name, object(c)]));
  if (changes.length === 0) return null;
  const points = (v) => digits(v) + ' pp';
  return section('versions', 'Versions', table(null,
    ['change', leftHead('of'), 'first version', 'other', 'difference',
     '95 %', 'relative', '95 %'],
    changes.slice(0, limit).map(([first, c]) => {
      const isShare = !/^response/.test(c.subject);
      const value = isShare ? share : latency;
      const difference = isShare ? points : latency;
      const relative = object(c.relative);
      const percents = (v) => (v > 0 ? '+' : '') + digits(100 * v) + ' %';
      return [{text: text(c.subject), class: 'name'},
        left(first + ' to ' + text(c.instance)),
        value(c.before), value(c.after),
        difference(at(c, 'difference.estimate')),
        {text: range(c.difference, difference), class: 'known'},
        isNumber(relative.estimate) ? percents(relative.estimate) : '–',
        {text: range(relative, percents), class: 'known'}];
    })),
    changes.length > limit && h('p', {class: 'note'}, count(limit) + ' of ' +
      count(changes.length) + ' changes are shown; summary.json has all.'));
}
