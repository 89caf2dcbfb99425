// Drawn questions: a form of a hypothetical for an exam number, or a new one each time where it is practice. The form is drawn
// as assess/variants.py draws it; what explains it is looked up in the table that Python worked out (table.js).

// SHA-256 and HMAC, because a page that did not come over https has no crypto.subtle.
const primes = [];
for (let n = 2; primes.length < 64; n++) if (!primes.some((p) => n % p === 0)) primes.push(n);
const fraction = (x) => Math.floor((x - Math.floor(x)) * 2 ** 32) >>> 0;
const ROUND = primes.map((p) => fraction(Math.cbrt(p)));

function sha256(bytes) {
  const state = primes.slice(0, 8).map((p) => fraction(Math.sqrt(p)));
  const padded = new Uint8Array((((bytes.length + 8) >> 6) + 1) << 6);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 4, bytes.length * 8);
  const turn = (x, by) => (x >>> by) | (x << (32 - by));
  const w = new Uint32Array(64);
  for (let at = 0; at < padded.length; at += 64) {
    for (let i = 0; i < 16; i++) w[i] = view.getUint32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const [x, y] = [w[i - 15], w[i - 2]];
      w[i] = w[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + w[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10));
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i++) {
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUND[i] + w[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((word, i) => { state[i] = (state[i] + word) >>> 0; });
  }
  const out = new Uint8Array(32), words = new DataView(out.buffer);
  state.forEach((word, i) => words.setUint32(4 * i, word));
  return out;
}

function hmac(key, message) {
  const encode = (text) => new TextEncoder().encode(text);
  const block = new Uint8Array(64), given = encode(key);
  block.set(given.length > 64 ? sha256(given) : given);
  return sha256(new Uint8Array([...block.map((b) => b ^ 0x5c), ...sha256(new Uint8Array([...block.map((b) => b ^ 0x36), ...encode(message)]))]));
}

// The place that an exam number draws.
export function drawPlace(value, sheet, item, number, places) {
  return hmac(value, `${sheet}/${item}/${number}`).slice(0, 6).reduce((sum, byte) => sum * 256 + byte, 0) % places;
}

// ---- What is right. -------------------------------------------------------------------------------------------------

const CODE = { s: "survives", d: "dismissed", b: "barred", o: "open" };
const parsed = (form) => { const [at, reading, setting, ask] = String(form).split("."); return { at: Number(at), reading: Number(reading), setting: Number(setting), ask }; };

// Case, reading and setting of a form, which view/exercise.py packs into one number.
export function unpacked(item, form) {
  const pair = form >> 10;
  return [Math.floor(pair / item.readings.length), pair % item.readings.length, form & 1023];
}

function answerAs(ask, one, setting) {
  return ask === "outcome" ? CODE[one.outcomes[setting]] : answerAt(one.elements[ask], setting).result.replaceAll(" ", "-");
}

export function answerTo(item, form) {
  const { at, reading, setting, ask } = parsed(form);
  return answerAs(ask || item.ask, item.cases[at].table.readings[reading], setting);
}

// Which elements decide a result: what failed, what bars, what is open. Where the claim survives, none stands out.
function deciding(table, one, setting, code) {
  const [claim, defence] = table.trees.map((tree) => tree.elements.map(({ id, title }) => ({ title, answer: answerAt(one.elements[id], setting) })));
  if (code === "d") return claim.filter(({ answer }) => answer.result === "not met");
  if (code === "b") return defence;
  if (code === "o") return [...claim, ...(one.bars[setting] === "u" ? defence : [])].filter(({ answer }) => answer.result === "open");
  return [];
}

function explainDrawn({ item, value }) {
  const { at, reading, setting, ask = item.ask } = parsed(value.form), { table, switches } = item.cases[at];
  const one = table.readings[reading], right = answerTo(item, value.form);
  const reason = ({ why, authority, pin, status }) => {
    const named = authority && table.authorities[authority];
    return { why, source: named ? { name: named.short, case: named.case, pin, badge: table.badges[status] } : null };
  };
  const lead = (title, answer) => `${title}: ${RESULT[answer.result][1].toLowerCase()}.`;
  const all = table.trees.flatMap((tree) => tree.elements).map(({ id, title }) => ({ id, title, answer: answerAt(one.elements[id], setting) }));
  const shown = ask === "outcome" ? deciding(table, one, setting, one.outcomes[setting]) : all.filter(({ id }) => id === ask);
  const verdict = ask === "outcome" ? OUTCOME[one.outcomes[setting]][1] : lead(shown[0].title, shown[0].answer);
  const codes = ask === "outcome" ? one.outcomes : [...one.outcomes].map((_, other) => answerAs(ask, one, other));
  const points = turningPoints(codes, setting).slice(0, 3).map(([numbers, code]) => make("li", {},
    numbers.map((number) => switches[number][1 - ((setting >> number) & 1)]).join(" And: "), " Then: ",
    ask === "outcome" ? OUTCOME[code][1] : ended(code.replaceAll("-", " "))));
  return {
    verdict: right === value.answer ? "right" : "wrong",
    opening: ask !== "outcome" ? [] : [make("p", {}, make("strong", {}, verdict), ` Under ${one.short}.`,
      one.outcomes[setting] === "s" ? " Every element of the claim is met, and section 230 does not bar it." : "")],
    spoken: ask === "outcome" ? verdict : "",
    first: shown.map(({ title, answer }) => [lead(title, answer), reason(answer)]),
    title: "Every element, and what would change the answer",
    all: [...all.map(({ title, answer }) => entry(lead(title, answer), reason(answer))),
      points.length ? make("li", {}, make("p", { class: "kb-lead" }, "The answer would change if"), make("ul", {}, points)) : null],
  };
}

// ---- The form on the page. ------------------------------------------------------------------------------------------

function drawing(item, own, changed, say, page) {
  const free = Boolean(item.cases[0].table);
  const body = make("div", { class: "kb-drawn" });
  let form = null, options = null, kept = null, asking = false;

  const anyOf = (list) => list[Math.floor(Math.random() * list.length)];
  const settle = (at, reading, setting, ask) => {
    const asked = ask || { ask: item.ask, text: item.question, options: item.options };
    form = { at, reading, setting, asked, id: [at, reading, setting, ...(ask ? [ask.ask] : [])].join(".") };
  };

  function first() {
    if (item.settings) return another();
    if (!free && !page.number) { form = null; return; }
    const place = drawPlace(page.draw, page.sheet, item.id, free ? "" : page.number, item.forms.length);
    settle(...unpacked(item, item.forms[place]));
  }

  // A drill asks for the result as often as for any one element; only for what a change of facts can change.
  function another() {
    const before = form && form.id;
    for (let tries = 0; tries < 50 && (!form || form.id === before); tries++) {
      if (!item.settings) { settle(...unpacked(item, anyOf(item.forms))); continue; }
      const reading = Math.floor(Math.random() * item.readings.length), setting = anyOf(item.settings);
      const able = item.asks.slice(1).filter(({ ask }) => item.cases[0].table.readings[reading].elements[ask].on.length);
      settle(0, reading, setting, Math.random() < 0.5 || !able.length ? item.asks[0] : anyOf(able));
    }
  }

  function draw() {
    options = null;
    if (!form || asking) return body.replaceChildren(...numberWanted());
    const of = item.cases[form.at], reading = item.readings[form.reading], turned = of.switches.map((pair, k) => [pair, (form.setting >> k) & 1]);
    const said = (which) => make("ul", {}, turned.filter(([, on]) => on === which).map(([pair]) => make("li", {}, pair[which])));
    options = buttons("radio", form.asked.options, `${own}-answer`, () => { kept = { form: form.id, answer: options.chosen()[0] }; stale.hidden = true; changed(0); });
    options.node.setAttribute("role", "radiogroup");
    options.node.setAttribute("aria-labelledby", `${own}-asked`);
    const given = kept && kept.form === form.id ? kept.answer : null;
    options.choose(given);
    stale.hidden = !kept || given !== null;
    body.replaceChildren(...[
      make("details", { open: page.kind !== "drill" || !page.drawnBefore }, make("summary", {}, `The story: ${of.title}`), of.content_note ? make("p", { class: "kb-quiet" }, of.content_note) : null,
        of.story.map((text) => make("p", {}, text)), make("p", { class: "kb-quiet" }, of.basis)),
      make("p", { class: "kb-lead" }, "In this form of the case the facts are otherwise:"), said(1),
      make("details", {}, make("summary", {}, "What stays as in the story"), said(0)),
      make("p", { class: "kb-asked", id: `${own}-asked` }, make("span", { class: "kb-reading" }, reading.title, ". "), form.asked.text),
      make("p", { class: "kb-quiet" }, reading.about),
      stale, options.node, free ? null : make("p", { class: "kb-quiet kb-draw" }, `Drawn for exam number ${page.number}. `, other)].filter(Boolean));
  }

  const stale = make("p", { class: "kb-notice", hidden: true }, "An answer is kept that was given to another form, drawn for another exam number. It does not count; answer this one.");
  const again = make("button", { type: "button", onclick: () => { page.drawnBefore = true; kept = null; another(); draw(); page.redrawn(); say(`Another form. ${body.querySelector(".kb-lead + ul").textContent} ${form.asked.text}`); again.focus(); } },
    "Another one", make("span", { class: "kb-sr" }, ": the same case, other facts"));
  const other = make("button", { type: "button", class: "kb-plain", onclick: () => { asking = true; draw(); body.querySelector("input").focus(); } }, "Not your number?");

  function numberWanted() {
    const field = make("input", { type: "text", id: `${own}-number`, autocomplete: "off", spellcheck: false, maxLength: 20, size: 16, value: page.number || "" });
    const trouble = make("p", { class: "kb-trouble" });
    const go = async () => {
      const reply = await page.setNumber(field.value);
      // The field is gone, and with it the focus: to the first thing in what has taken its place.
      if (reply.op === "numbered") return body.querySelector("summary").focus();
      trouble.textContent = `✕ ${reply.what} ${reply.mend}`;
      say(`${reply.what} ${reply.mend}`);
    };
    field.value = page.number || "";
    field.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); go(); } });
    return [make("p", {}, "Enter it to see your form of the case. Every form is as hard as the others."),
      make("p", { class: "kb-field" }, make("label", { for: `${own}-number` }, "Exam number"), field, make("button", { type: "button", onclick: go }, "Show my question")), trouble];
  }

  first();
  draw();
  return {
    node: body,
    beside: free ? again : null,
    get: () => { const answer = options && options.chosen()[0]; return answer ? { form: form.id, answer } : null; },
    set: (value) => {
      kept = value && typeof value === "object" && value.form ? value : null;
      const was = kept && free && item.forms && item.forms.map((one) => unpacked(item, one)).find((one) => one.join(".") === kept.form);
      if (was) settle(...was);
      draw();
    },
    redraw: () => { if (free) return; asking = false; first(); draw(); },
    clears: page.kind !== "drill",
  };
}
