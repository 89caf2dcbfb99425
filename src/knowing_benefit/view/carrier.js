// Where answers go. `carrier(model, sheet)` gives a `send` that puts a message to the first of these that is there, and
// stays with it: the Jupyter server with the course's extension (needs no kernel), the kernel behind the widget, this browser.
// An nbgrader assignment, which is handed in with the answers beside it, knows the kernel alone. In JupyterLite there is no server,
// and the kernel's disk is gone when the page is closed: there the browser alone is the store, whether a cell was run or not.
// The messages and replies are those of assess/messages.py. A reply never throws: what went wrong is a reply too.
//
// What the server or kernel has not acknowledged is also noted in the browser, so that a page that is closed while the
// server is down loses nothing: the note is offered again (`unsaved`) when the sheet is next loaded there.

function carrier(model, sheet) {
  const tab = Math.random().toString(36).slice(2, 12);
  const assigned = (model.get("data") || {}).kind === "assignment";
  const lite = Boolean(document.querySelector("script[data-jupyter-lite-root]"));
  const config = assigned || lite ? null : jupyter();
  const notes = `knowing-benefit:unsaved:${assigned ? "assignment" : config ? config.baseUrl : ""}:${sheet}`;
  let revisions = null; // of each answer, as last heard; null until a sheet was loaded
  const listeners = [];
  const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel("knowing-benefit") : null;
  // Begins high and by chance, so that two views of one widget, which hear each other's replies, never share a number.
  let seq = Math.floor(Math.random() * 1e9) * 1000;
  let chosen = null;

  const ways = [
    ...(config ? [["server", toServer(config)]] : []),
    ...(typeof model.send === "function" && (assigned || !lite) ? [["kernel", toKernel(model)]] : []),
    ...(assigned ? [] : [["browser", toBrowser()]]),
  ];

  async function send(message, leaving = false) {
    const full = { ...message, seq: ++seq, ...(message.op === "save" ? { tab } : {}) };
    if (message.op === "save") note(full);
    let reply = null;
    for (const [name, way] of chosen ? [chosen] : ways) {
      reply = await way(full, leaving).catch((problem) => failed("The answer could not be sent.", `Try again. (${problem.message})`));
      if (reply) { if (reply.op !== "failed" || name !== "server") chosen ||= [name, way]; break; }
    }
    reply ||= assigned ? failed("Nothing keeps answers yet.", "Choose Run, Run All Cells; then answer.")
      : failed("The course's answer store is gone from this server.", "Start the course again and reload this page.");
    return heard(full, { ...reply, where: chosen ? chosen[0] : "nowhere" });
  }

  function heard(message, reply) {
    if (reply.op === "saved") {
      revisions = { ...revisions, [reply.item]: reply.revision };
      unnote(message);
      window.dispatchEvent(new CustomEvent(KEPT, { detail: { sheet, tab } }));
      if (channel) channel.postMessage({ sheet, page: performance.timeOrigin });
    }
    if (reply.op === "sheet") {
      revisions = Object.fromEntries(Object.entries(reply.items).map(([item, kept]) => [item, kept.revision]));
      reply.unsaved = {};
      for (const [item, left] of Object.entries(stored(notes) || {})) {
        // Noted on an older sheet than this: someone has answered since, elsewhere, and that answer stands.
        if (left.base === null || left.base === (revisions[item] || 0)) reply.unsaved[item] = left.value;
        else unnote({ item, seq: left.seq });
      }
    }
    return reply;
  }

  function note({ item, value, seq: number }) {
    if (chosen && chosen[0] === "browser") return;
    store(notes, { ...stored(notes), [item]: { value, base: revisions && (revisions[item] || 0), seq: number } });
  }

  function unnote({ item, seq: number }) {
    const left = stored(notes);
    if (!left || !left[item] || left[item].seq > number) return;
    delete left[item];
    store(notes, Object.keys(left).length ? left : null);
  }

  // Another face of this page has kept an answer, or another tab: it says so, and where the browser is the store, the browser does.
  // Within a page by an event, because WebKit carries no channel on a page from a folder on disk.
  const told = (name) => { if (name === sheet) listeners.forEach((f) => f()); };
  const onKept = ({ detail }) => { if (detail.tab !== tab) told(detail.sheet); };
  const onStorage = ({ key }) => told((key || "").replace(SHEETS, ""));
  if (channel) channel.onmessage = ({ data }) => { if (data.page !== performance.timeOrigin) told(data.sheet); };
  window.addEventListener(KEPT, onKept);
  window.addEventListener("storage", onStorage);
  return {
    send,
    listen: (f) => listeners.push(f),
    close: () => { window.removeEventListener(KEPT, onKept); window.removeEventListener("storage", onStorage); if (channel) channel.close(); },
  };
}

const SHEETS = "knowing-benefit:sheet:";
const KEPT = "knowing-benefit:kept"; // the event by which one face of a page tells the others
const EARLIER = 50; // how many earlier values of an answer are kept, at most, as in assess/answers.py

function failed(what, mend) { return { op: "failed", what, mend }; }

function jupyter() {
  try {
    const { baseUrl, token } = JSON.parse(document.getElementById("jupyter-config-data").textContent);
    return baseUrl ? { baseUrl, token } : null;
  } catch { return null; }
}

function toServer({ baseUrl, token }) {
  const address = `${baseUrl}knowing-benefit/answers`;
  let known = false;
  return async (message, leaving) => {
    const headers = { "Content-Type": "application/json" };
    const cookie = document.cookie.match(/(?:^|; )_xsrf=([^;]*)/);
    if (cookie) headers["X-XSRFToken"] = decodeURIComponent(cookie[1]);
    if (token) headers.Authorization = `token ${token}`;
    const loading = message.op === "load";
    const clock = new AbortController();
    const alarm = setTimeout(() => clock.abort(), 15000);
    let response;
    try {
      response = await fetch(loading ? `${address}?${new URLSearchParams(message)}` : address, {
        method: loading ? "GET" : "POST", body: loading ? undefined : JSON.stringify(message),
        headers, credentials: "same-origin", cache: "no-store", keepalive: leaving, signal: clock.signal,
      });
    } catch {
      return failed("The Jupyter server does not answer.", "Start it again if it was stopped; this page keeps your answer until then.");
    } finally { clearTimeout(alarm); }
    const json = (response.headers.get("Content-Type") || "").includes("json");
    if ([401, 403].includes(response.status)) {
      return failed("The Jupyter server no longer knows this browser.", "Reload this page and sign in again; your answer is kept here until then.");
    }
    if (!known && (response.status === 404 || response.status === 405 || (response.ok && !json))) return null;
    if (!response.ok || !json) return failed("The Jupyter server could not keep the answer.", "Try again; if it stays so, restart the course.");
    known = true;
    return response.json();
  };
}

function toKernel(model) {
  const waiting = new Map();
  model.on("msg:custom", (reply) => {
    const resolve = waiting.get(reply.seq);
    if (resolve) { waiting.delete(reply.seq); resolve(reply); }
  });
  return (message) => new Promise((resolve) => {
    waiting.set(message.seq, resolve);
    setTimeout(() => {
      if (!waiting.delete(message.seq)) return;
      resolve(failed("The kernel does not answer.", "Choose Kernel, Restart Kernel and Run All Cells; this page keeps your answer until then."));
    }, 10000);
    model.send(message);
  });
}

function toBrowser() {
  return async (message) => {
    if (!store("knowing-benefit:probe", 1)) {
      return failed("This browser keeps nothing for this page.", "Copy your answers elsewhere before you close it, or open the course in JupyterLab.");
    }
    if (message.op === "hand-in") return handIn(message.number);
    if (message.op === "number") {
      const number = examNumber(message.number);
      if (typeof number === "string") store("knowing-benefit:number", number);
      return typeof number === "string" ? { op: "numbered", number } : number;
    }
    const kept = stored(SHEETS + message.exercise) || { revision: 0, exercise_version: message.exercise_version, items: {} };
    if (message.op === "load") return { op: "sheet", ...kept, number: stored("knowing-benefit:number"), notice: "" };
    const before = kept.items[message.item];
    const earlier = before && JSON.stringify(before.value) !== JSON.stringify(message.value) ? [{ value: before.value, revision: before.revision }] : [];
    kept.revision += 1;
    kept.exercise_version = message.exercise_version;
    kept.items[message.item] = { value: message.value, revision: kept.revision, asked: message.asked || "",
      ...(message.timed ? { at: new Date().toISOString().replace(/\.[0-9]+Z$/, "+00:00") } : {}),
      history: [...((before && before.history) || []), ...earlier].slice(-EARLIER) };
    if (!store(SHEETS + message.exercise, kept)) return failed("The browser's storage is full.", "Copy your answer elsewhere.");
    return { op: "saved", item: message.item, revision: kept.revision };
  };
}

// The number in capitals, or why it is none.
function examNumber(typed) {
  const number = typed.trim().toUpperCase();
  if (!/^[A-Z0-9](?:[A-Z0-9-]{0,18}[A-Z0-9])$/.test(number) || /^(?:CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])$/.test(number)) {
    return failed("An exam number has 2 to 20 letters, digits and dashes, and begins and ends with a letter or a digit.",
      "Enter the number that your school gave you, not your name.");
  }
  return number;
}

// The same file, and the same rules, as assess/handin.py.
function handIn(typed) {
  const number = examNumber(typed);
  if (typeof number !== "string") return number;
  const sheets = [];
  let answered = 0;
  for (const key of Object.keys(localStorage).sort()) {
    const name = key.slice(SHEETS.length);
    // Practice sets and briefs, which have a suffix, are never handed in.
    if (!key.startsWith(SHEETS) || name.includes(".")) continue;
    const kept = stored(key), items = {}, times = {};
    for (const item of Object.keys(kept.items).sort()) {
      // Nor is what has a dot in its name: a follow-up, a score that the page keeps.
      if (item.includes(".") || blank(kept.items[item].value)) continue;
      items[item] = kept.items[item].value;
      if (kept.items[item].at) times[item] = kept.items[item].at;
      answered += 1;
    }
    sheets.push({ exercise: name, exercise_version: kept.exercise_version, revision: kept.revision, items,
      ...(Object.keys(times).length ? { times } : {}) });
  }
  store("knowing-benefit:number", number);
  const content = { format: "knowing-benefit hand-in", version: 1, number, sheets };
  content.check = crc32(canonical(content));
  return { op: "handed-in", file: `${number}.json`, answered, content: `${JSON.stringify(content, null, 1)}\n` };
}

function blank(value) {
  return !value || (typeof value === "string" ? !value.trim() : !Object.values(value).some((part) => part));
}

// The same bytes as `canonical` in assess/strictjson.py.
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

function crc32(text) {
  let sum = ~0;
  for (const byte of new TextEncoder().encode(text)) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (0xedb88320 & -(sum & 1));
  }
  return (~sum >>> 0).toString(16).padStart(8, "0");
}

function stored(key) {
  try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
}

function store(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch { return false; }
}
