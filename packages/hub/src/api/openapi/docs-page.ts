// The page at /docs: its frame and its looks. docs-script.ts fills it from /openapi.json. Nothing comes from elsewhere, and the content security policy of the hub holds.

export const DOCS_HTML = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>SLMM hub: API</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/docs/docs.css"></head>
<body>
<header>
  <a class="home" href="/">SLMM hub</a><span class="here">API</span>
  <label class="find"><span class="unseen">Find</span><input id="find" type="search" placeholder="Find a path or a word ( / )" autocomplete="off"></label>
  <label class="token"><span class="unseen">Token</span><input id="token" type="password" autocomplete="off" placeholder="Token for “Send”; stays on this page"></label>
  <a href="/openapi.json">openapi.json</a>
</header>
<div class="columns">
  <nav id="contents" aria-label="Contents"></nav>
  <main><p id="about">Reading the description…</p><div id="operations"></div></main>
</div>
<script src="/docs/docs.js" defer></script></body></html>
`;

export const DOCS_CSS = `:root{color-scheme:light dark;--ink:#1a2027;--soft:#5b6672;--line:#dde2e8;--page:#f6f7f9;--card:#fff;--tint:#f1f4f7;--accent:#0b5cad;
--get:#0b6b3a;--post:#0b5cad;--put:#8a5300;--delete:#a3201d;--ws:#6a3fa0}
@media(prefers-color-scheme:dark){:root{--ink:#e4e9ee;--soft:#9aa6b2;--line:#303841;--page:#14181c;--card:#1b2026;--tint:#232a31;--accent:#79b8ff;
--get:#66cf95;--post:#79b8ff;--put:#eab35f;--delete:#f28b88;--ws:#c0a2f0}}
*{box-sizing:border-box}html{scroll-padding-top:4.5rem}body{margin:0;font:15px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif;color:var(--ink);background:var(--page)}
a{color:var(--accent)}code,pre,textarea,.path{font-family:ui-monospace,"SF Mono",Menlo,Consolas,monospace;font-size:.92em}
header{position:sticky;top:0;z-index:2;display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;padding:.7rem 1.2rem;background:var(--card);border-bottom:1px solid var(--line)}
.home{font-weight:700;color:var(--ink);text-decoration:none}.here{color:var(--soft);margin-right:auto}.find{flex:1 1 16rem;max-width:30rem}.token{flex:0 1 18rem}
input,textarea{width:100%;font:inherit;color:inherit;background:var(--tint);border:1px solid var(--line);border-radius:.45rem;padding:.35rem .6rem}
input:focus,textarea:focus,button:focus,summary:focus{outline:2px solid var(--accent);outline-offset:1px}textarea{min-height:7rem;resize:vertical}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.columns{display:grid;grid-template-columns:15rem minmax(0,1fr);gap:2rem;max-width:82rem;margin:0 auto;padding:1.2rem}
nav{position:sticky;top:4.2rem;align-self:start;max-height:calc(100vh - 5rem);overflow:auto;font-size:.93em}nav h2{font-size:.78rem;letter-spacing:.06em;text-transform:uppercase;color:var(--soft);margin:1rem 0 .3rem}
nav a{display:flex;justify-content:space-between;padding:.15rem .5rem;border-radius:.35rem;text-decoration:none;color:inherit}nav a:hover{background:var(--tint)}nav a span{color:var(--soft)}
main h2{margin:2rem 0 .2rem;font-size:1.35rem}main h2+p{margin:0 0 .8rem;color:var(--soft)}main h3{margin:1.6rem 0 .5rem;font-size:1rem;color:var(--soft)}#about{color:var(--soft);max-width:60rem}
.operation{background:var(--card);border:1px solid var(--line);border-radius:.6rem;margin:.4rem 0;overflow:hidden}
summary{display:grid;grid-template-columns:4.6rem minmax(0,1fr);gap:.1rem .8rem;align-items:baseline;padding:.5rem .9rem;cursor:pointer;list-style:none}summary::-webkit-details-marker{display:none}summary:hover{background:var(--tint)}
.method{font-weight:700;font-size:.78rem;letter-spacing:.04em}.get{color:var(--get)}.post{color:var(--post)}.put{color:var(--put)}.delete{color:var(--delete)}.ws{color:var(--ws)}
.path{overflow-wrap:anywhere}.path b{font-weight:400;color:var(--accent)}.what{grid-column:2;color:var(--soft)}
.inside{border-top:1px solid var(--line);padding:.4rem 1rem 1rem}.inside h4{margin:1rem 0 .35rem;font-size:.78rem;letter-spacing:.06em;text-transform:uppercase;color:var(--soft)}
.who{display:inline-block;margin:.5rem 0 0;padding:.05rem .55rem;border-radius:1rem;background:var(--tint);color:var(--soft);font-size:.85em}
table{border-collapse:collapse;width:100%}td{border-top:1px solid var(--line);padding:.3rem .6rem .3rem 0;vertical-align:top}tr:first-child td{border-top:0}td:first-child{width:15rem}td.kind{color:var(--soft);width:14rem}td input{max-width:16rem}
.must::after{content:" *";color:var(--delete)}.note{color:var(--soft)}.deep td:first-child{padding-left:1.2rem}
.status{display:inline-block;min-width:2.8rem;font-weight:700}.good{color:var(--get)}.bad{color:var(--delete)}details.answer{border-top:1px solid var(--line);padding:.1rem 0}details.answer summary{display:block;padding:.25rem 0}details.answer summary:hover{background:none}
button{font:inherit;font-weight:600;color:#fff;background:#0b5cad;border:0;border-radius:.45rem;padding:.4rem 1.1rem;margin:.8rem 0 0;cursor:pointer}button:hover{filter:brightness(1.1)}
pre{overflow:auto;background:var(--tint);padding:.7rem .9rem;border-radius:.45rem;max-height:26rem;margin:.6rem 0 0}[hidden]{display:none!important}
@media(max-width:56rem){.columns{grid-template-columns:minmax(0,1fr)}nav{display:none}td:first-child,td.kind{width:auto}.token{flex:1 1 12rem}}
`;
