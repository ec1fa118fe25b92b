// The page at /docs: reads /openapi.json and shows it. Nothing comes from elsewhere, and the page's own content security policy holds.

export const DOCS_HTML = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>SLMM hub: API</title><link rel="stylesheet" href="/docs/docs.css"></head>
<body><header><h1>SLMM hub: API</h1><p id="about">Loading…</p>
<p><label>Find <input id="find" type="search" placeholder="path or words"></label>
<label>Token <input id="token" type="password" autocomplete="off" placeholder="for Try it; stays on this page"></label>
<a href="/openapi.json">openapi.json</a></p></header>
<main id="operations"></main><script src="/docs/docs.js" defer></script></body></html>
`;

export const DOCS_CSS = `body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:70rem;padding:1rem;color:#1b1f24;background:#fff}
label{margin-right:1rem}input,textarea{font:inherit;padding:.2rem .4rem}textarea{width:100%;min-height:6rem;font-family:monospace}
details{border:1px solid #ccd1d8;border-radius:.4rem;margin:.4rem 0;padding:.3rem .7rem}summary{cursor:pointer}
summary code{font-weight:600}.get{color:#0a5c2b}.post{color:#0b4f8a}.put{color:#7a4b00}.delete{color:#9b1c1c}
pre{overflow:auto;background:#f4f6f8;padding:.6rem;border-radius:.3rem;max-height:24rem}
@media(prefers-color-scheme:dark){body{background:#14171b;color:#e3e7ec}pre{background:#1e2329}details{border-color:#3a414a}
.get{color:#6fd498}.post{color:#7cbcf5}.put{color:#f0bd6a}.delete{color:#f59a9a}a{color:#7cbcf5}}
`;

/** Text only ever becomes text, so nothing in the document can become markup. */
export const DOCS_JS = `'use strict';
const element = (name, text, parent) => {
  const made = document.createElement(name);
  if (text !== null) made.textContent = text;
  if (parent) parent.append(made);
  return made;
};
const json = (value) => JSON.stringify(value, null, 2);
const field = (parent, name) => {
  const label = element('label', name + ' ', parent);
  return element('input', null, label);
};
function show(path, method, operation, main) {
  const details = element('details', null, main);
  const summary = element('summary', null, details);
  const code = element('code', method.toUpperCase() + ' ' + path, summary);
  code.className = method;
  element('span', ' ' + operation.summary, summary);
  details.dataset.words = (path + ' ' + operation.summary).toLowerCase();
  details.addEventListener('toggle', () => { if (details.open && details.childElementCount === 1) fill(path, method, operation, details); });
}
function fill(path, method, operation, details) {
  const inputs = new Map();
  for (const parameter of operation.parameters) {
    const line = element('p', null, details);
    inputs.set(parameter, field(line, parameter.name + ' (' + parameter.in + ')'));
    element('code', JSON.stringify(parameter.schema), line);
  }
  let body = null;
  if (operation.requestBody) {
    element('p', 'Body', details);
    element('pre', json(operation.requestBody.content['application/json'].schema), details);
    body = element('textarea', '{}', details);
  }
  const go = element('button', 'Try it', details);
  const out = element('pre', '', details);
  out.hidden = true;
  go.addEventListener('click', async () => {
    let url = path;
    const query = new URLSearchParams();
    for (const [parameter, input] of inputs) {
      if (parameter.in === 'path') url = url.replace('{' + parameter.name + '}', encodeURIComponent(input.value));
      else if (input.value !== '') query.set(parameter.name, input.value);
    }
    if ([...query].length > 0) url += '?' + query;
    const token = document.getElementById('token').value;
    const headers = token === '' ? {} : { authorization: 'Bearer ' + token };
    if (body) headers['content-type'] = 'application/json';
    out.hidden = false;
    try {
      const response = await fetch(url, { method: method.toUpperCase(), headers, body: body ? body.value : undefined });
      const text = await response.text();
      let shown = text;
      try { shown = json(JSON.parse(text)); } catch {}
      out.textContent = response.status + ' ' + response.statusText + '\\n\\n' + shown.slice(0, 100000);
    } catch (error) { out.textContent = String(error); }
  });
  for (const [status, response] of Object.entries(operation.responses)) {
    element('p', status + ': ' + response.description, details);
    const content = Object.entries(response.content ?? {})[0];
    if (content && content[1].schema) element('pre', content[0] + '\\n' + json(content[1].schema), details);
  }
}
fetch('/openapi.json').then((response) => response.json()).then((api) => {
  document.getElementById('about').textContent = api.info.description;
  const main = document.getElementById('operations');
  for (const tag of api.tags) {
    element('h2', tag.name + ': ' + tag.description, main);
    for (const [path, methods] of Object.entries(api.paths))
      for (const [method, operation] of Object.entries(methods)) if (operation.tags[0] === tag.name) show(path, method, operation, main);
  }
  document.getElementById('find').addEventListener('input', (event) => {
    const words = event.target.value.toLowerCase();
    for (const details of main.querySelectorAll('details')) details.hidden = !details.dataset.words.includes(words);
  });
}).catch((error) => { document.getElementById('about').textContent = 'The description could not be read: ' + error; });
`;
