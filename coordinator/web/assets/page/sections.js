// Sections of the page, and tiles.

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

function tiles(facts) {
  return h('div', {class: 'tiles'}, facts.filter(Boolean).map((f) =>
    h('div', {class: 'tile'}, h('b', {'data-key': f.key, 'data-value': f.raw},
      f.text), h('span', {}, f.name),
      f.range && h('small', {title: '95 % interval'}, f.range))));
}
