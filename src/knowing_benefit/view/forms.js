// One form for each kind of question: `node`, `get()`, `set(value)`, and what else the page may ask of it:
//   clears   whether a given answer can be taken back by a button of its own
//   redraw   called when the exam number is known or has changed (drawn.js)
//   beside   a button that stands beside Check
//   explained  called when what was answered has been explained
//   freeze   called when what was answered is committed to, or is free again

// Stars mark italics.
const rich = (text) => text.split(/\*([^*\n]+)\*/).map((part, odd) => (odd % 2 ? make("em", {}, part) : part));
const plain = (text) => text.replace(/\*([^*\n]+)\*/g, "$1");
const letter = (place) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[place];
const ended = (text) => (/[.?!][”"]?$/.test(text) ? text : `${text}.`);
const textOf = (options, id) => options.find((option) => option.id === id).text;

const TYPING = 700; // milliseconds without a key before a typed answer is sent

// Radio buttons or boxes, each in its label.
function buttons(type, options, name, onchange) {
  const boxes = options.map((option) => make("input", { type, name, value: option.id, onchange }));
  return {
    boxes,
    node: make("div", { class: "kb-options" }, options.map((option, place) =>
      make("label", {}, boxes[place], make("span", {}, rich(option.text))))),
    chosen: () => boxes.filter((box) => box.checked).map((box) => box.value),
    choose: (value) => boxes.forEach((box) => { box.checked = [value || []].flat().includes(box.value); }),
  };
}

function choice(type) {
  return (item, own, changed) => {
    const { boxes, node, chosen, choose } = buttons(type, item.options, own, () => changed(0));
    return {
      node,
      get: () => (type === "radio" ? chosen()[0] || null : chosen()),
      set: choose,
      clears: type === "radio",
      freeze: (held) => boxes.forEach((box) => { box.disabled = held; }),
    };
  };
}

function matching(item, own, changed) {
  const picks = item.left.map((left, place) => make("select", { id: `${own}-${place}`, onchange: () => changed(0) },
    make("option", { value: "" }, "Choose"),
    item.right.map((right, at) => make("option", { value: right.id }, `${letter(at)}. ${plain(right.text)}`))));
  return {
    node: make("div", { class: "kb-matching" },
      make("ol", { class: "kb-offered", type: "A" }, item.right.map((right) => make("li", {}, rich(right.text)))),
      make("div", { class: "kb-left" }, item.left.map((left, place) => make("div", { class: "kb-pair" },
        make("label", { for: `${own}-${place}` }, rich(left.text)), picks[place])))),
    get: () => Object.fromEntries(item.left.map((left, place) => [left.id, picks[place].value]).filter(([, right]) => right)),
    set: (value) => picks.forEach((pick, place) => { pick.value = (value || {})[item.left[place].id] || ""; }),
  };
}

// For each fact its element and, where that is asked, its result: `participation/not met`, a half not chosen is empty. Where no
// result is asked, facts are often sorted under something other than elements, and the choice is not called one.
function sorting(item, own, changed) {
  const pick = (fact, what, words, options) => make("select", { "aria-label": what + plain(fact.text), onchange: () => changed(0) },
    make("option", { value: "" }, words), options.map(([value, text]) => make("option", { value }, text)));
  const [what, words] = item.results ? ["Element: ", "Which element?"] : ["", "Choose"];
  const rows = item.facts.map((fact) => ({
    fact,
    element: pick(fact, what, words, item.elements.map((one) => [one.id, plain(one.text)])),
    result: item.results ? pick(fact, "Result: ", "Result?", [["met", "Met"], ["not met", "Not met"], ["open", "Open"]]) : null,
  }));
  const value = ({ element, result }) => (!result ? element.value : element.value || result.value ? `${element.value}/${result.value}` : "");
  return {
    node: make("ul", { class: `kb-sorting${item.results ? " kb-both" : ""}` }, rows.map(({ fact, element, result }) =>
      make("li", {}, make("span", {}, rich(fact.text)), make("span", { class: "kb-picks" }, element, result)))),
    get: () => Object.fromEntries(rows.map((row) => [row.fact.id, value(row)]).filter(([, text]) => text)),
    set: (given) => rows.forEach(({ fact, element, result }) => {
      const [first, second] = ((given || {})[fact.id] || "").split("/");
      element.value = first || "";
      if (result) result.value = second || "";
    }),
  };
}

// Phrases in running text: not button elements, which cannot break over lines.
function highlighting(item, own, changed, say) {
  const phrases = {};
  function toggle(id, text) {
    const on = phrases[id].getAttribute("aria-pressed") !== "true";
    press(id, on);
    say(`${on ? "Marked" : "Not marked"}: ${text}`);
    changed(0, true);
  }
  function press(id, on) { phrases[id].setAttribute("aria-pressed", String(on)); delete phrases[id].dataset.said; }
  const pieces = item.segments.map(([id, text]) => {
    if (!id) return text;
    phrases[id] = make("span", { class: "kb-phrase", role: "button", tabindex: "0", "aria-pressed": "false", onclick: () => toggle(id, text),
      onkeydown: (event) => { if (event.key === " " || event.key === "Enter") { event.preventDefault(); toggle(id, text); } } }, text);
    keepKeys(phrases[id]);
    return phrases[id];
  });
  const ids = Object.keys(phrases);
  return {
    node: make("p", { class: "kb-passage" }, pieces),
    get: () => ids.filter((id) => phrases[id].getAttribute("aria-pressed") === "true"),
    set: (value) => ids.forEach((id) => press(id, Array.isArray(value) && value.includes(id))),
    // Once explained, the text itself shows what was right: a mark after each phrase, doubled by the reasons below.
    explained: (key) => ids.forEach((id) => {
      const on = phrases[id].getAttribute("aria-pressed") === "true", right = key.answer.includes(id);
      if (on || right) phrases[id].dataset.said = on && right ? "right" : on ? "wrong" : "missed";
    }),
  };
}

function ordering(item, own, changed, say) {
  const authored = item.options.map((option) => option.id);
  let order = [...authored], given = false;
  const list = make("ol", { class: "kb-order" });
  const keep = make("button", { type: "button", class: "kb-plain", onclick: () => { given = true; draw(); changed(0); } }, "Keep this order");
  const rows = Object.fromEntries(item.options.map((option) => {
    const step = (by, word) => make("button", { type: "button", onclick: (event) => move(option, by, event.currentTarget) },
      make("span", { "aria-hidden": "true" }, by < 0 ? "↑" : "↓"), make("span", { class: "kb-sr" }, `Move ${word}: ${plain(option.text)}`));
    const [up, down] = [step(-1, "up"), step(1, "down")];
    return [option.id, { up, down, node: make("li", {}, make("span", {}, rich(option.text)), make("span", { class: "kb-steps" }, up, down)) }];
  }));
  function move(option, by, button) {
    const from = order.indexOf(option.id), to = from + by;
    if (to < 0 || to >= order.length) return say(`${plain(option.text)} is ${by < 0 ? "first" : "last"} already.`);
    order.splice(to, 0, ...order.splice(from, 1));
    given = true;
    draw();
    button.focus();
    say(`${ended(plain(option.text))} Now ${to + 1} of ${order.length}.`);
    changed(0, true);
  }
  function draw() {
    list.replaceChildren(...order.map((id) => rows[id].node));
    // Not `disabled`: that would drop the focus of whoever has just moved a line to the end.
    order.forEach((id, place) => {
      rows[id].up.setAttribute("aria-disabled", String(place === 0));
      rows[id].down.setAttribute("aria-disabled", String(place === order.length - 1));
    });
    keep.hidden = given;
  }
  draw();
  return {
    node: make("div", {}, list, keep),
    // A copy: what was sent is compared with what is there now.
    get: () => (given ? [...order] : null),
    set: (value) => {
      given = Array.isArray(value) && value.length === authored.length && value.every((id) => authored.includes(id));
      order = given ? [...value] : [...authored];
      draw();
    },
    clears: true,
  };
}

// A line to type in: a citation, a date, a number. What is read from a date or a number is said beside it.
function line(title, understood = null) {
  return (item, own, changed, say, page) => {
    const heard = understood ? make("p", { class: "kb-quiet kb-heard" }) : null;
    const hear = () => { if (heard) heard.textContent = field.value.trim() ? understood(field.value, item, page.typed) : ""; };
    const described = [item.hint && `${own}-hint`, item.unit && `${own}-unit`].filter(Boolean).join(" ");
    const field = make("input", { type: "text", id: own, placeholder: item.placeholder || "", autocomplete: "off", spellcheck: false,
      "aria-describedby": described || null, oninput: () => { hear(); changed(TYPING); }, onblur: () => changed(0, true) });
    return {
      node: make("div", { class: "kb-line" }, make("label", { for: own, class: "kb-sr" }, title(item)),
        make("div", { class: "kb-typed" }, field, item.unit ? make("span", { id: `${own}-unit` }, item.unit) : null),
        item.hint ? make("p", { class: "kb-quiet", id: `${own}-hint` }, rich(item.hint)) : null, heard),
      get: () => formed(field.value),
      set: (value) => { field.value = typeof value === "string" ? value : ""; hear(); },
    };
  };
}

const DATE = { year: "Year", month: "Month and year", day: "Date: month, day, year" };

function dateHeard(text, item, typed) {
  const found = readDate(text, typed);
  return found ? `Read as ${showDate(found)}.` : "Not read as a date yet.";
}

function numberHeard(text, item, typed) {
  const found = readNumber(text, typed);
  return found === null ? "Not read as a number yet: write it in figures." : "";
}

function writing(item, own, changed) {
  const count = make("p", { class: "kb-quiet kb-count" });
  const field = make("textarea", { id: own, rows: String(Math.max(3, Math.min(14, Math.ceil((item.words || 60) / 14)))), maxLength: 20000,
    "aria-describedby": `${own}-count`, oninput: () => { tally(); changed(TYPING); }, onblur: () => changed(0, true),
    // JupyterLab 4 listens here too, later than we do, and forbids new lines in whatever is inside a cell.
    onbeforeinput: (event) => { if (event.inputType === "insertLineBreak") event.stopImmediatePropagation(); } });
  count.id = `${own}-count`;
  function tally() {
    const words = (field.value.match(/\S+/g) || []).length;
    count.textContent = item.words ? `${words} of about ${item.words} words` : `${words} word${words === 1 ? "" : "s"}`;
  }
  tally();
  return {
    node: make("div", {}, make("label", { for: own, class: "kb-sr" }, item.label || "Your answer"), field, count),
    get: () => formed(field.value),
    set: (value) => { field.value = typeof value === "string" ? value : ""; tally(); },
  };
}

// Half of a broken pair of code units cannot be written as UTF-8.
const formed = (text) => (text.toWellFormed ? text.toWellFormed() : text);

// A sentence to check: a verdict on it, and the source that shows it.
function checking(item, own, changed) {
  const halves = { verdict: buttons("radio", item.verdicts, `${own}-verdict`, () => changed(0)),
    source: buttons("radio", item.sources, `${own}-source`, () => changed(0)) };
  const part = (half, title) => make("fieldset", { class: "kb-half" }, make("legend", {}, title), halves[half].node);
  return {
    node: make("div", {}, make("blockquote", { class: "kb-claim" }, rich(item.claim)),
      make("div", { class: "kb-halves" }, part("verdict", "Verdict"), part("source", "Source that shows it"))),
    get: () => Object.fromEntries(Object.entries(halves).map(([half, { chosen }]) => [half, chosen()[0]]).filter(([, id]) => id)),
    set: (value) => Object.entries(halves).forEach(([half, { choose }]) => choose((value || {})[half])),
    clears: true,
  };
}

const comparing = (item, ...rest) => (item.options ? choice("radio") : writing)(item, ...rest);
const FORMS = {
  one: choice("radio"), several: choice("checkbox"), match: matching, order: ordering, highlight: highlighting, sort: sorting,
  citation: line(() => "Citation"), date: line((item) => DATE[item.precision], dateHeard), number: line(() => "Number", numberHeard),
  predict: choice("radio"), factcheck: checking, written: writing, compare: comparing,
  drawn: (...given) => drawing(...given),
};
