// Makes elements, and reads values out of the page's data.
//
// Everything that came from outside is inserted as text: no part of the page
// writes HTML.

// h('td', {class: 'l'}, 'text', child): strings become text nodes.
function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name.startsWith('aria-')) element.setAttribute(name, value);
    else if (value !== false) {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

function fill(element, ...children) {
  element.replaceChildren();
  add(element, children);
}

const list = (value) => (Array.isArray(value) ? value : []);
const object = (value) =>
    (value && typeof value === 'object' && !Array.isArray(value) ? value : {});
const own = (o, key) =>
    (o && Object.prototype.hasOwnProperty.call(o, key) ? o[key] : undefined);
// at(run, 'response_us.p99'): undefined if any step is absent.
const at = (o, path) => path.split('.').reduce((v, key) => own(v, key), o);
const isNumber = (v) => typeof v === 'number' && Number.isFinite(v);

const text = (v) => (typeof v === 'string' ? v : JSON.stringify(v));
