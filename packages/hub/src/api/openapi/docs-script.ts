// The script of the page at /docs. Text only ever becomes text, so nothing in the document can become markup.

export const DOCS_JS = `'use strict';
let api = null;
const byId = (id) => document.getElementById(id);
const make = (name, parent, text, className) => {
  const made = document.createElement(name);
  if (text !== undefined && text !== null) made.textContent = text;
  if (className) made.className = className;
  if (parent) parent.append(made);
  return made;
};
const json = (value) => JSON.stringify(value, null, 2);

// --- schemas

const resolved = (schema) => (schema && schema.$ref ? api.components.schemas[schema.$ref.split('/').pop()] : schema || {});
const variants = (schema) => (schema.anyOf || schema.oneOf || [schema]).map(resolved);
function kindOf(given) {
  const kinds = new Set();
  for (const schema of variants(resolved(given))) {
    if (schema.const !== undefined) kinds.add(json(schema.const));
    else if (schema.enum) for (const one of schema.enum) kinds.add(json(one));
    else if (schema.type === 'array') kinds.add('list of ' + kindOf(schema.items));
    else for (const type of [].concat(schema.type || 'any')) kinds.add(type);
  }
  return [...kinds].join(' | ');
}
function notesOf(given) {
  const notes = [];
  for (const schema of [resolved(given), ...variants(resolved(given))]) {
    const range = [schema.minimum, schema.maximum];
    if (range.some((end) => end !== undefined)) notes.push((range[0] ?? '…') + ' to ' + (range[1] ?? '…'));
    if (schema.maxLength !== undefined) notes.push('at most ' + schema.maxLength + ' characters');
    if (schema.pattern) notes.push(schema.pattern);
    if (schema.default !== undefined) notes.push('default ' + json(schema.default));
    if (schema.description) notes.push(schema.description);
    if (schema.deprecated) notes.push('not followed');
  }
  return [...new Set(notes)].join('; ');
}
const objectsIn = (given) =>
  variants(resolved(given)).flatMap((schema) =>
    schema.type === 'array' ? objectsIn(schema.items) : schema.properties ? [schema] : schema.additionalProperties && schema.additionalProperties.properties ? [schema.additionalProperties] : []);
function fields(table, given, depth) {
  for (const schema of objectsIn(given))
    for (const [name, field] of Object.entries(schema.properties)) {
      const row = make('tr', table, null, depth > 0 ? 'deep' : '');
      const cell = make('td', row);
      make('code', cell, '· '.repeat(Math.max(0, depth - 1)) + name, (schema.required || []).includes(name) ? 'must' : '');
      make('td', row, kindOf(field), 'kind');
      make('td', row, notesOf(field), 'note');
      if (depth < 3) fields(table, field, depth + 1);
    }
}
function schemaTable(parent, schema) {
  const table = make('table', parent);
  fields(table, schema, 0);
  if (table.rows.length === 0) make('td', make('tr', table), kindOf(schema), 'kind');
}
/** A body to begin with: what has to be there, and what it is when nothing is said. */
function example(given) {
  const [schema] = variants(resolved(given));
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.properties)
    return Object.fromEntries(Object.entries(schema.properties).filter(([name]) => (schema.required || []).includes(name)).map(([name, field]) => [name, example(field)]));
  return { array: [], integer: 0, number: 0, boolean: true, object: {} }[[].concat(schema.type)[0]] ?? '';
}

// --- one operation

function show(path, method, operation, parent) {
  const isSocket = operation['x-websocket'] !== undefined;
  const details = make('details', parent, null, 'operation');
  const summary = make('summary', details);
  make('span', summary, isSocket ? 'WS' : method.toUpperCase(), 'method ' + (isSocket ? 'ws' : method));
  const shown = make('span', summary, null, 'path');
  for (const part of path.split(/(\\{\\w+\\})/)) make(part.startsWith('{') ? 'b' : 'span', shown, part);
  make('span', summary, operation.summary, 'what');
  details.dataset.words = (method + ' ' + path + ' ' + operation.summary).toLowerCase();
  details.addEventListener('toggle', () => { if (details.open && details.childElementCount === 1) fill(path, method, operation, make('div', details, null, 'inside')); });
}
function fill(path, method, operation, inside) {
  const socket = operation['x-websocket'];
  make('span', inside, operation['x-policy'] ? 'needs a token that may ' + operation['x-policy'] : 'needs no token', 'who');
  if (operation.description) make('p', inside, operation.description);
  const inputs = new Map();
  if (operation.parameters.length > 0) {
    make('h4', inside, 'Parameters');
    const table = make('table', inside);
    for (const parameter of operation.parameters) {
      const row = make('tr', table);
      make('code', make('td', row), parameter.name, parameter.required ? 'must' : '');
      make('td', row, parameter.in + ', ' + kindOf(parameter.schema), 'kind');
      make('td', row, [notesOf(parameter.schema), parameter.description].filter(Boolean).join('; '), 'note');
      const input = make('input', make('td', row));
      input.setAttribute('aria-label', parameter.name);
      if (parameter.schema.default !== undefined) input.placeholder = String(parameter.schema.default);
      inputs.set(parameter, input);
    }
  }
  let body = null;
  const schema = operation.requestBody ? operation.requestBody.content['application/json'].schema : socket ? socket.request : null;
  if (schema) {
    make('h4', inside, socket ? 'What a client may send' : operation.requestBody.required ? 'Body' : 'Body, may be left out');
    schemaTable(inside, schema);
    if (!socket) {
      body = make('textarea', inside, json(example(schema)));
      body.setAttribute('aria-label', 'Body');
      body.spellcheck = false;
    }
  }
  if (!socket) {
    const go = make('button', inside, 'Send');
    const out = make('pre', inside);
    out.hidden = true;
    go.addEventListener('click', () => send(path, method, inputs, body, out));
  }
  make('h4', inside, 'Answers');
  for (const [status, response] of Object.entries(operation.responses)) {
    const answer = make('details', inside, null, 'answer');
    const line = make('summary', answer);
    make('span', line, status, 'status ' + (status < 400 ? 'good' : 'bad'));
    make('span', line, ' ' + response.description);
    const [type, content] = Object.entries(response.content || {})[0] || [];
    if (type) make('span', line, '  ' + type, 'note');
    if (content && content.schema) schemaTable(answer, content.schema);
  }
}
async function send(path, method, inputs, body, out) {
  let url = path;
  const query = new URLSearchParams();
  for (const [parameter, input] of inputs) {
    if (parameter.in === 'path') url = url.replace('{' + parameter.name + '}', encodeURIComponent(input.value));
    else if (input.value !== '') query.set(parameter.name, input.value);
  }
  if ([...query].length > 0) url += '?' + query;
  const token = byId('token').value;
  const headers = token === '' ? {} : { authorization: 'Bearer ' + token };
  if (body) headers['content-type'] = 'application/json';
  out.hidden = false;
  out.textContent = '…';
  try {
    const response = await fetch(url, { method: method.toUpperCase(), headers, body: body ? body.value : undefined });
    const type = response.headers.get('content-type') || '';
    const text = /json|text/.test(type) ? await response.text() : '(' + (await response.blob()).size + ' bytes of ' + type + ')';
    let shown = text;
    try { shown = json(JSON.parse(text)); } catch {}
    out.textContent = response.status + ' ' + response.statusText + '\\n\\n' + shown.slice(0, 100000);
  } catch (error) { out.textContent = String(error); }
}

// --- the whole

/** The first words of a path that tell families apart. */
function familyOf(path) {
  const parts = path.split('/').filter((part) => part !== '' && !part.startsWith('{'));
  const own = parts[0] === 'api' ? parts.slice(2) : parts;
  return (own[0] || 'root').replace(/^_/, '');
}
function build() {
  byId('about').textContent = api.info.description;
  const [contents, operations] = [byId('contents'), byId('operations')];
  for (const tag of api.tags) {
    make('h2', operations, tag.name);
    make('p', operations, tag.description);
    make('h2', contents, tag.name);
    const families = new Map();
    for (const [path, methods] of Object.entries(api.paths))
      for (const [method, operation] of Object.entries(methods))
        if (operation.tags[0] === tag.name) families.set(familyOf(path), [...(families.get(familyOf(path)) || []), [path, method, operation]]);
    for (const [family, list] of families) {
      const section = make('section', operations);
      section.id = tag.name + '-' + family;
      make('h3', section, family);
      for (const one of list) show(...one, section);
      const link = make('a', contents, family);
      link.href = '#' + section.id;
      make('span', link, list.length);
    }
  }
  byId('find').addEventListener('input', (event) => {
    const words = event.target.value.toLowerCase().split(/\\s+/).filter(Boolean);
    for (const section of operations.querySelectorAll('section')) {
      let any = false;
      for (const details of section.querySelectorAll('.operation')) {
        details.hidden = !words.every((word) => details.dataset.words.includes(word));
        any ||= !details.hidden;
      }
      section.hidden = !any;
    }
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || /INPUT|TEXTAREA/.test(document.activeElement.tagName)) return;
    event.preventDefault();
    byId('find').focus();
  });
}
fetch('/openapi.json')
  .then((response) => response.json())
  .then((read) => { api = read; build(); })
  .catch((error) => { byId('about').textContent = 'The description could not be read: ' + error; });
`;
