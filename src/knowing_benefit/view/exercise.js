// Questions to answer. Keeps every answer by itself through `carrier` (carrier.js) and says truly whether it is kept. Knows no
// answer of a graded exercise: its data has none. Practice is explained, and a brief compared, from what came with the page.

const TYPING = 700; // milliseconds without a key before a typed answer is sent
const AGAIN = 10000; // milliseconds until an answer that was not taken is sent again by itself

// Stars mark italics.
const rich = (text) => text.split(/\*([^*\n]+)\*/).map((part, odd) => (odd % 2 ? make("em", {}, part) : part));
const plain = (text) => text.replace(/\*([^*\n]+)\*/g, "$1");
const letter = (place) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[place];
const ended = (text) => (/[.?!][”"]?$/.test(text) ? text : `${text}.`);
const textOf = (options, id) => options.find((option) => option.id === id).text;

// ---- One form for each kind of question: `node`, `get()`, `set(value)`, and whether it is `typed`. -----------------

function choice(type) {
  return (item, own, changed) => {
    const boxes = item.options.map((option) => make("input", { type, name: own, value: option.id, onchange: () => changed(0) }));
    const chosen = () => boxes.filter((box) => box.checked).map((box) => box.value);
    return {
      node: make("div", { class: "kb-options" }, item.options.map((option, place) =>
        make("label", {}, boxes[place], make("span", {}, rich(option.text))))),
      get: () => (type === "radio" ? chosen()[0] || null : chosen()),
      set: (value) => boxes.forEach((box) => { box.checked = [value || []].flat().includes(box.value); }),
      clears: type === "radio",
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

function citing(item, own, changed) {
  const field = make("input", { type: "text", id: own, placeholder: item.placeholder, autocomplete: "off", spellcheck: false,
    "aria-describedby": item.hint ? `${own}-hint` : null, oninput: () => changed(TYPING), onblur: () => changed(0, true) });
  return {
    node: make("div", {}, make("label", { for: own, class: "kb-sr" }, "Citation"), field,
      item.hint ? make("p", { class: "kb-quiet", id: `${own}-hint` }, rich(item.hint)) : null),
    get: () => formed(field.value),
    set: (value) => { field.value = typeof value === "string" ? value : ""; },
    field,
  };
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
    field,
  };
}

// Half of a broken pair of code units cannot be written as UTF-8.
const formed = (text) => (text.toWellFormed ? text.toWellFormed() : text);

const comparing = (item, ...rest) => (item.options ? choice("radio") : writing)(item, ...rest);
const FORMS = { one: choice("radio"), several: choice("checkbox"), match: matching, order: ordering, citation: citing, written: writing, compare: comparing };

// ---- Practice and briefs: what is said of an answer. ----------------------------------------------------------------

const VERDICT = { right: ["●", "Right."], partly: ["▲", "Partly right."], wrong: ["✕", "Not right."] };

function source(given) {
  if (!given) return null;
  return make("span", { class: "kb-source" }, " ", make(given.case ? "em" : "span", {}, given.name), given.pin ? `, ${given.pin}` : "", " ",
    make("span", { class: "kb-badge" }, given.badge));
}

const told = (reason) => [...rich(reason.why), source(reason.source)];
const grade = (hits, all, spoilt = 0) => (hits === all && !spoilt ? "right" : hits > 0 ? "partly" : "wrong");

function entry(lead, reason, state) {
  const mark = state === undefined ? null : make("span", { class: state ? "kb-yes" : "kb-no" }, state ? "● " : "✕ ");
  return make("li", {}, make("p", { class: "kb-lead" }, mark, lead), make("p", {}, told(reason)));
}

// For each kind: the verdict, the reasons that answer what was given, and the title and entries of everything else.
const EXPLAIN = {
  one({ item, key, value }) {
    const right = (id) => id === key.answer;
    return {
      verdict: right(value) ? "right" : "wrong",
      first: [[null, key.reasons[value]]],
      title: "All options, and why",
      all: item.options.map(({ id, text }) => entry(
        [...rich(text), make("span", { class: "kb-quiet" }, ` ${right(id) ? "The answer" : "Not the answer"}${id === value ? ", your choice" : ""}`)],
        key.reasons[id], right(id))),
    };
  },
  several({ item, key, value }) {
    const right = (id) => key.answer.includes(id), marked = (id) => value.includes(id);
    const missed = item.options.filter(({ id }) => right(id) !== marked(id));
    return {
      verdict: grade(value.filter(right).length, key.answer.length, value.length - value.filter(right).length),
      first: missed.map(({ id, text }) => [ended(`${marked(id) ? "Marked, and does not belong" : "Belongs, and is not marked"}: ${text}`), key.reasons[id]]),
      title: "All options, and why",
      all: item.options.map(({ id, text }) => entry(
        [...rich(text), make("span", { class: "kb-quiet" }, ` ${right(id) ? "Belongs" : "Does not belong"}${marked(id) ? ", marked" : ", not marked"}`)],
        key.reasons[id], right(id))),
    };
  },
  match({ item, key, value }) {
    const missed = item.left.filter(({ id }) => value[id] !== key.answer[id]);
    return {
      verdict: grade(item.left.length - missed.length, item.left.length),
      first: missed.filter(({ id }) => value[id]).map(({ id, text }) => [ended(`Not this match: ${text}`), key.reasons[id]]),
      title: "All matches, and why",
      all: item.left.map(({ id, text }) => entry([...rich(text), ": ", ...rich(textOf(item.right, key.answer[id]))], key.reasons[id])),
    };
  },
  order({ item, key, value }) {
    const missed = value.filter((id, place) => key.answer[place] !== id);
    return {
      verdict: missed.length === 0 ? "right" : missed.length < value.length ? "partly" : "wrong",
      first: missed.slice(0, 1).map((id) => [ended(`First out of place: ${textOf(item.options, id)}`), key.reasons[id]]),
      title: "The order, and why",
      numbered: true,
      all: key.answer.map((id) => entry(rich(textOf(item.options, id)), key.reasons[id])),
    };
  },
  citation({ item, key, value, data }) {
    const right = cited(value, key.forms, data);
    const wrong = data.parts.filter(([part]) => !right[part]);
    return {
      verdict: grade(data.parts.length - wrong.length, data.parts.length),
      first: wrong.length ? wrong.map(([part, title]) => [`${title}: not right.`, key.reasons[part]]) : [[null, key.reasons.right]],
      title: "The citation, part by part",
      all: [entry(key.answer, key.reasons.right, true), ...data.parts.map(([part, title]) => entry(title, key.reasons[part]))],
    };
  },
};

// Which parts of a typed citation are right: the same pattern and forms as assess/citations.py.
function cited(text, forms, data) {
  const names = data.parts.map(([part]) => part);
  const found = text.slice(0, 300).split(/\s+/).filter(Boolean).join(" ").match(new RegExp(data.citation, "i"));
  const bare = (part) => (part || "").toLowerCase().replace(/[^0-9a-z]/g, "").replace(/^0+/, "");
  let best = Object.fromEntries(names.map((name) => [name, false])), most = 0;
  for (const form of found ? forms : []) {
    const right = Object.fromEntries(names.map((name, place) => [name, form[name].includes(bare(found[place + 1]))]));
    const count = Object.values(right).filter(Boolean).length;
    if (count > most) [best, most] = [right, count];
  }
  return best;
}

// ---- The face. ------------------------------------------------------------------------------------------------------

function render({ model, el }) {
  const data = model.get("data");
  const own = `kb-${Math.random().toString(36).slice(2, 8)}`;
  const desk = carrier(model, data.sheet);
  const named = (one) => (one.item.label ? one.item.label : `Question ${one.number}`);

  const live = make("p", { class: "kb-sr", role: "status", "aria-live": "polite" });
  const notice = make("p", { class: "kb-notice", hidden: true });
  const where = make("p", { class: "kb-quiet" });
  const progress = [make("p", { class: "kb-progress" }), make("p", { class: "kb-progress" })];
  const say = (text) => { live.textContent = live.textContent === text ? `${text}\u00a0` : text; };

  const all = data.items.map((item, place) => question(item, place + 1));

  function question(item, number) {
    const one = { item, number, sent: null, saved: true, busy: false, timer: 0, trouble: null, touched: false };
    const id = `${own}-${item.id}`;
    one.form = FORMS[item.kind](item, id, (wait, quiet) => changed(one, wait, quiet), say);
    one.kept = make("p", { class: "kb-kept" });
    one.clear = make("button", { type: "button", class: "kb-plain", hidden: true, onclick: () => { one.form.set(null); changed(one, 0); one.node.querySelector("input, button").focus(); } },
      "Clear", make("span", { class: "kb-sr" }, ` the answer to ${named(one)}`));
    one.said = make("div", { class: "kb-said" });
    one.check = data.kind === "graded" ? null : make("button", { type: "button", onclick: () => explain(one) },
      data.kind === "brief" || item.kind === "written" ? "Compare" : "Check", make("span", { class: "kb-sr" }, `: ${named(one)}`));
    one.node = make("section", { class: `kb-item kb-of-${item.kind}`, "aria-labelledby": `${id}-head` },
      make("h4", { id: `${id}-head` }, make("span", { class: "kb-number" }, String(number)), make("span", { class: "kb-sr" }, item.label ? ". " : " "),
        item.label ? make("span", { class: "kb-label" }, item.label) : make("span", { class: "kb-sr" }, `of ${data.items.length}. `),
        item.worth ? make("span", { class: "kb-worth" }, item.worth) : null),
      make("fieldset", { "aria-describedby": item.rule ? `${id}-rule` : null },
        make("legend", {}, rich(item.stem)),
        item.rule ? make("p", { class: "kb-quiet kb-rule", id: `${id}-rule` }, item.rule) : null,
        one.form.node),
      make("div", { class: "kb-foot" }, one.check, one.clear, one.kept),
      one.said);
    return one;
  }

  // ---- keeping ----

  const answered = (one) => !blank(one.form.get());
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const current = (one) => { const value = one.form.get(); return blank(value) ? null : value; };

  function changed(one, wait, quiet = false) {
    const value = current(one);
    if (same(value, one.sent) && one.saved && !one.timer) return;
    if (one.said.childElementCount && !same(value, one.explained)) one.said.replaceChildren();
    one.touched = true;
    one.quiet = quiet || wait > 0;
    one.saved = false;
    one.trouble = null;
    clearTimeout(one.timer);
    one.timer = setTimeout(() => push(one), wait);
    show(one);
  }

  async function push(one, leaving = false) {
    clearTimeout(one.timer);
    one.timer = 0;
    // One at a time for each question, so that answers arrive in the order in which they were given; a page that is
    // left cannot wait, and the store tells a late one by its number.
    if (one.busy && !leaving) { one.again = true; return; }
    one.busy = true;
    const value = current(one);
    const reply = await desk.send({ op: "save", exercise: data.sheet, exercise_version: data.version, item: one.item.id, value }, leaving);
    one.busy = false;
    if (reply.op === "saved") {
      one.sent = value;
      const recovered = one.trouble;
      one.trouble = null;
      if (same(value, current(one))) {
        one.saved = true;
        if (recovered || !one.quiet) say(`${named(one)}: saved.`);
      } else if (!one.timer) push(one);
    } else {
      if (!one.trouble) say(`${named(one)}: not saved. ${reply.what} ${reply.mend}`);
      one.trouble = reply;
      setTimeout(() => { if (one.trouble && !one.busy && el.isConnected) push(one); }, AGAIN);
    }
    if (one.again) { one.again = false; if (!one.saved) push(one); }
    show(one);
  }

  function show(one) {
    const words = one.trouble ? `✕ Not saved: ${lower(one.trouble.what)} ${one.trouble.mend}` : !one.saved ? "Saving…" : one.touched || answered(one) ? "✓ Saved" : "";
    one.kept.className = `kb-kept${one.trouble ? " kb-trouble" : ""}`;
    one.kept.replaceChildren(words, ...(one.trouble ? [" ", make("button", { type: "button", onclick: () => { push(one); show(one); } },
      "Try again", make("span", { class: "kb-sr" }, `: ${named(one)}`))] : []));
    one.clear.hidden = !one.form.clears || !answered(one);
    const done = all.filter(answered).length, troubled = all.filter((each) => each.trouble).length;
    const state = troubled ? `${troubled} not saved` : all.some((each) => !each.saved) ? "saving…" : done ? "all saved" : "";
    progress.forEach((line) => { line.textContent = `${done} of ${all.length} answered${state ? `, ${state}` : ""}`; });
  }

  const lower = (text) => text[0].toLowerCase() + text.slice(1);

  async function load() {
    const reply = await desk.send({ op: "load", exercise: data.sheet, exercise_version: data.version });
    if (reply.op !== "sheet") {
      tell(`${reply.what} ${reply.mend}`);
      return;
    }
    where.textContent = reply.where === "browser"
      ? `Kept in this browser: your answers stay on this computer, in this browser${number ? ", until you hand them in" : ""}.`
      : "Kept in the course folder.";
    const changedSince = Object.keys(reply.items).length && reply.exercise_version !== data.version;
    tell(reply.notice || (changedSince ? "This exercise has changed since you last answered. Your answers are kept; read each question again." : ""));
    if (number && !number.value && reply.number) number.value = reply.number;
    for (const one of all) {
      const kept = reply.items[one.item.id], left = reply.unsaved[one.item.id];
      if (one.busy || one.timer || !one.saved) continue;
      const value = kept ? kept.value : null;
      if (!same(value, one.sent)) {
        one.form.set(value);
        one.sent = current(one);
        one.said.replaceChildren();
      }
      if (left !== undefined && !same(left, value)) { one.form.set(left); changed(one, 0, true); }
      show(one);
    }
  }

  function tell(text) { notice.hidden = !text; notice.textContent = text; if (text) say(text); }

  // ---- explaining ----

  function explain(one) {
    const value = current(one), { item } = one;
    if (value === null) return say("Give an answer first.") || hint(one, "Give an answer first; then it is explained.");
    one.explained = value;
    if (item.kind === "compare") {
      one.said.replaceChildren(make("h5", {}, "One good answer"), make("p", {}, rich(item.model)),
        make("p", { class: "kb-why" }, rich(item.why), source(item.source)));
      return say(`${named(one)}: one good answer. ${plain(item.model)}`);
    }
    const { key } = item;
    if (item.kind === "written") {
      one.said.replaceChildren(make("h5", {}, "What a good answer does"), make("ul", {}, key.rubric.map((line) => make("li", {}, rich(line)))),
        ...key.model.map(([side, text]) => make("details", {}, make("summary", {}, `A model for the ${side}`), make("p", {}, rich(text)))));
      return say(`${named(one)}: what a good answer does. ${key.rubric.map(plain).join(" ")}`);
    }
    const { verdict, first, title, all: rest, numbered } = EXPLAIN[item.kind]({ item, key, value, data });
    const [mark, word] = VERDICT[verdict];
    one.said.replaceChildren(
      make("p", { class: `kb-verdict kb-${verdict}` }, make("span", { "aria-hidden": "true" }, `${mark} `), word),
      ...first.map(([lead, reason]) => make("p", {}, lead ? make("span", { class: "kb-lead" }, rich(lead), " ") : null, told(reason))),
      make("details", {}, make("summary", {}, title), make(numbered ? "ol" : "ul", { class: "kb-reasons" }, rest)));
    say(`${named(one)}: ${word} ${first.map(([lead, reason]) => plain(`${lead ? `${lead} ` : ""}${reason.why}`)).join(" ")}`);
  }

  function hint(one, text) { one.said.replaceChildren(make("p", { class: "kb-quiet" }, text)); }

  // ---- handing in ----

  const number = data.kind !== "graded" ? null
    : make("input", { type: "text", id: `${own}-number`, autocomplete: "off", spellcheck: false, maxLength: 20, size: 20, "aria-describedby": `${own}-hint` });
  const outcome = make("div", { class: "kb-outcome" });

  async function handInNow() {
    unsaved().forEach((one) => push(one));
    while (unsaved().some((one) => !one.trouble)) await new Promise((resolve) => setTimeout(resolve, 50));
    if (all.some((one) => !one.saved)) return report("Some answers are not saved yet.", "See what each says, then make the file again.");
    const reply = await desk.send({ op: "hand-in", number: number.value });
    if (reply.op !== "handed-in") return report(reply.what, reply.mend);
    number.value = number.value.trim().toUpperCase();
    const blanks = all.length - all.filter(answered).length;
    const warn = /[0-9]/.test(number.value) ? "" : " There is no digit in that number: if it is your name, make the file again under your exam number, and hand in only that.";
    const rest = blanks ? ` In this exercise, ${blanks} ${blanks === 1 ? "question is" : "questions are"} blank.` : "";
    const others = (reply.others || []).length ? ` The folder also holds ${reply.others.join(" and ")}; hand in only the file named above.` : "";
    const name = make("strong", {}, reply.file);
    const link = reply.content ? make("a", { href: URL.createObjectURL(new Blob([reply.content], { type: "application/json" })), download: reply.file }, name) : name;
    outcome.replaceChildren(make("p", {}, "✓ Made ", link, `, with ${reply.answered} answer${reply.answered === 1 ? "" : "s"}.${rest}${warn}${others}`),
      make("p", {}, reply.content ? "Save it from the link, and give that one file to your instructor. If you change an answer, make it again."
        : "It is in the course folder. Give that one file to your instructor, as you were told to. If you change an answer, make it again."));
    say([...outcome.children].map((part) => part.textContent).join(" "));
  }

  function report(what, mend) {
    outcome.replaceChildren(make("p", { class: "kb-trouble" }, `✕ ${what} ${mend}`));
    say(`${what} ${mend}`);
  }

  const desktop = data.kind !== "graded" ? null : make("section", { class: "kb-handin", "aria-labelledby": `${own}-handin` },
    make("h4", { id: `${own}-handin` }, "Hand in"), progress[1],
    make("p", { class: "kb-field" }, make("label", { for: `${own}-number` }, "Exam number"), number,
      make("button", { type: "button", onclick: handInNow }, "Make the hand-in file")),
    make("p", { class: "kb-quiet", id: `${own}-hint` }, "The number your school gave you, not your name: letters, digits and dashes."), outcome);

  // ---- the page ----

  const unsaved = () => all.filter((one) => !one.saved);
  function onVisible() {
    if (!el.isConnected) return;
    if (document.visibilityState === "hidden") unsaved().forEach((one) => push(one, true));
    else load();
  }
  function onLeave(event) {
    if (!el.isConnected || !unsaved().length) return;
    unsaved().forEach((one) => push(one, true));
    event.preventDefault();
    event.returnValue = "";
  }
  function onKey(event) {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
    // The habit of saving: here it sends what is under way, and does not ask where to put the web page.
    event.preventDefault();
    unsaved().forEach((one) => push(one));
    say(unsaved().length ? "Saving your answers." : "Every answer is saved.");
  }
  document.addEventListener("visibilitychange", onVisible);
  window.addEventListener("beforeunload", onLeave);
  desk.listen(() => { if (el.isConnected) load(); });

  el.classList.add("kb", "kb-exercise");
  el.addEventListener("keydown", onKey);
  const facts = [`${all.length} ${data.kind === "brief" ? "parts" : "questions"}`, data.minutes && `about ${data.minutes} minutes`, data.points && `${data.points} points`];
  el.append(
    make("div", { class: "kb-head" }, make("h3", {}, rich(data.title)), make("p", { class: "kb-quiet" }, `${facts.filter(Boolean).join(" · ")}. ${data.note}`),
      make("div", { class: "kb-state" }, progress[0], where), notice),
    ...all.map((one) => one.node), ...(desktop ? [desktop] : []), live);
  all.forEach(show);
  load();

  return () => {
    el.removeEventListener("keydown", onKey);
    document.removeEventListener("visibilitychange", onVisible);
    window.removeEventListener("beforeunload", onLeave);
    desk.close();
  };
}

export default { render };
