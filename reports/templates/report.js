"use strict";
(() => {
  const $ = id => document.getElementById(id);
  const open = id => {
    const el = id && document.getElementById(id);
    const d = el && (el.closest("details") || (el.tagName === "LI" && el.querySelector("details")));
    if (!d) return;
    d.open = true;
    const li = d.closest("li");
    // What a search or a filter hides is shown when a link leads there.
    li.classList.remove("miss");
    if (getComputedStyle(li).display === "none") {
      for (const all of li.closest("section").querySelectorAll(".pick label:first-of-type input")) all.checked = true;
    }
    li.scrollIntoView();
  };
  const fromHash = () => { try { open(decodeURIComponent(location.hash.slice(1))); } catch { /* not one of ours */ } };
  addEventListener("hashchange", fromHash);
  fromHash();

  for (const box of document.querySelectorAll("input[data-seek]")) {
    const items = [...$(box.dataset.seek).children], said = box.closest("p").querySelector("[role=status]");
    const text = new Map();
    const seek = () => {
      const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      let n = 0;
      for (const li of items) {
        if (words.length && !text.has(li)) {
          const inside = [...li.querySelectorAll("th[scope=row],.facts")].map(e => e.textContent).join(" ");
          text.set(li, (li.querySelector("summary").textContent + " " + inside).toLowerCase());
        }
        const hit = words.every(w => text.get(li).includes(w));
        li.classList.toggle("miss", !hit);
        n += hit;
      }
      said.textContent = words.length ? n + " of " + items.length : "";
    };
    let timer;
    box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(seek, 120); });
    box.closest("p").hidden = false;
  }

  const data = $("data");
  if (!data || !$("ft") || typeof DecompressionStream === "undefined") return;

  const PAGE = 100;
  const SEVERITIES = ["critical", "high", "medium", "low"];
  const hidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
  const plain = s => s.replace(hidden, c => "\\u{" + c.codePointAt(0).toString(16) + "}");
  const make = (name, cls, text) => {
    const e = document.createElement(name);
    if (cls) e.className = cls;
    if (text !== undefined) e.textContent = plain(text);
    return e;
  };
  const clip = (s, n) => s.length > n ? s.slice(0, n - 1) + "…" : s;
  const number = n => n.toLocaleString("en-US");

  let head, rows = [], view = [], page = 0;

  async function load() {
    const bytes = Uint8Array.from(atob(data.textContent), c => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const lines = (await new Response(stream).text()).split("\n");
    data.textContent = "";
    head = JSON.parse(lines[0]);
    for (const line of lines.slice(1)) {
      if (!line) continue;
      const c = JSON.parse(line), d = c.words;
      for (let i = 0; i < c.rule.length; i++) {
        rows.push({
          rule: head.rules[c.rule[i]], status: c.status[i], account: d[c.account[i]], region: d[c.region[i]],
          type: d[c.type[i]], key: d[c.key[i]], at: d[c.at[i]], message: d[c.message[i]], name: c.name[i],
          id: c.id[i], print: c.print[i], document: c.document[i], calls: c.calls[i], n: rows.length
        });
      }
    }
  }

  const text = r => r.find ??= [r.rule.id, r.rule.title, r.name, r.id, r.message, r.key, r.print].join("\n").toLowerCase();

  function fill(id, values, label) {
    for (const v of [...new Set(values)].sort()) {
      const o = make("option", "", label ? label(v) : v);
      o.value = v;
      $(id).append(o);
    }
  }

  function select() {
    const words = $("q").value.toLowerCase().split(/\s+/).filter(Boolean);
    const sev = $("f-sev").value, status = $("f-status").value, service = $("f-service").value;
    const account = $("f-account").value, region = $("f-region").value;
    view = rows.filter(r =>
      (!sev || r.rule.severity === sev) && (!status || head.statuses[r.status].class === status) &&
      (!service || r.rule.service === service) && (!account || r.account === account) &&
      (!region || r.region === region) && words.every(w => text(r).includes(w)));
    const cmp = (a, b) => a < b ? -1 : a > b ? 1 : 0;
    const by = {
      sev: (a, b) => head.statuses[a.status].order - head.statuses[b.status].order || SEVERITIES.indexOf(a.rule.severity) - SEVERITIES.indexOf(b.rule.severity),
      rule: (a, b) => cmp(a.rule.id, b.rule.id), res: (a, b) => cmp(a.id, b.id), acc: (a, b) => cmp(a.account, b.account) || cmp(a.region, b.region)
    }[$("f-sort").value];
    view.sort((a, b) => by(a, b) || a.n - b.n);
    page = 0;
    draw();
  }

  function fact(list, name, value, mono) {
    if (!value) return;
    const d = make("div");
    d.append(make("dt", "", name), make("dd", mono ? "mono" : "", value));
    list.append(d);
  }

  function details(r) {
    const tr = make("tr", "more"), td = make("td"), box = make("div", "evidence"), dl = make("dl", "facts");
    td.colSpan = 5;
    fact(dl, "Resource", r.id, true);
    fact(dl, "Type", r.type, true);
    fact(dl, "Where to look", r.at, true);
    fact(dl, "Key", r.key, true);
    fact(dl, "Message", r.message);
    fact(dl, "Fingerprint", r.print, true);
    fact(dl, "Document sha256", r.document, true);
    fact(dl, "Calls", r.calls, true);
    box.append(dl);
    td.append(box);
    tr.append(td);
    return tr;
  }

  function row(r) {
    const tr = make("tr"), status = head.statuses[r.status];
    const cells = [0, 1, 2, 3, 4].map(() => tr.appendChild(make("td")));
    cells[0].append(make("span", "sev " + r.rule.severity, r.rule.severity));
    cells[1].append(make("span", "pill " + status.class, status.name));
    const a = make("a", "mono", r.rule.id);
    a.href = "#" + r.rule.anchor;
    cells[2].append(a, " " + plain(r.rule.title), make("span", "sub", clip(r.message, 300)));
    const b = make("button", "open", clip(r.name || r.id, 120));
    b.type = "button";
    b.setAttribute("aria-expanded", "false");
    b.addEventListener("click", () => {
      const shown = b.getAttribute("aria-expanded") === "true";
      if (shown) tr.nextSibling.remove(); else tr.after(details(r));
      b.setAttribute("aria-expanded", String(!shown));
    });
    cells[3].append(b, make("span", "sub", r.type));
    cells[4].className = "mono";
    cells[4].append(plain(r.account), make("span", "sub", r.region));
    return tr;
  }

  function draw() {
    const from = page * PAGE, to = Math.min(from + PAGE, view.length), pages = Math.max(1, Math.ceil(view.length / PAGE));
    const body = document.createDocumentFragment();
    for (let i = from; i < to; i++) body.append(row(view[i]));
    $("rows").replaceChildren(body);
    $("live").textContent = view.length === 0 ? "No finding matches." :
      number(view.length) + (view.length === rows.length ? " findings" : " of " + number(rows.length) + " findings") +
      (pages > 1 ? ", " + number(from + 1) + " to " + number(to) + " shown" : "") + ". A resource's name opens its evidence.";
    $("page").textContent = "Page " + number(page + 1) + " of " + number(pages);
    $("prev").disabled = page === 0;
    $("next").disabled = page + 1 >= pages;
    $("pager").hidden = pages < 2;
  }

  const turn = step => {
    page += step;
    draw();
    $("findings").scrollIntoView();
  };

  load().then(() => {
    fill("f-service", rows.map(r => r.rule.service));
    fill("f-account", rows.map(r => r.account));
    fill("f-region", rows.map(r => r.region));
    for (const s of SEVERITIES) if (rows.some(r => r.rule.severity === s)) $("f-sev").append(new Option(s, s));
    for (const s of head.statuses) if (rows.some(r => head.statuses[r.status] === s)) $("f-status").append(new Option(s.name, s.class));
    let timer;
    $("q").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(select, 120); });
    for (const id of ["f-sev", "f-status", "f-service", "f-account", "f-region", "f-sort"]) $(id).addEventListener("change", select);
    $("f-clear").addEventListener("click", () => {
      for (const id of ["q", "f-sev", "f-status", "f-service", "f-account", "f-region"]) $(id).value = "";
      select();
      $("q").focus();
    });
    $("prev").addEventListener("click", () => turn(-1));
    $("next").addEventListener("click", () => turn(1));
    for (const a of document.querySelectorAll("a[data-find]")) a.addEventListener("click", () => { $("q").value = a.dataset.find; select(); });
    $("filters").hidden = false;
    select();
    document.documentElement.dataset.ready = "true";
  }).catch(e => { $("live").textContent = "The full list could not be unpacked here (" + e.message + "). findings.ndjson has it."; });
})();
