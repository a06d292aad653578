// Tables and their cells.

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
