// Questions to answer. Keeps every answer by itself through `carrier` (carrier.js) and says truly whether it is kept. Knows no
// answer of a graded exercise: its data has none. What is explained, is explained from what came with the page (explain.js).

const AGAIN = 10000; // milliseconds until an answer that was not taken is sent again by itself
const PUBLIC = "knowing-benefit"; // the draw value of a course that has no secret (assess/variants.py)

// ---- The face. ------------------------------------------------------------------------------------------------------

function render({ model, el }) {
  const data = model.get("data");
  const own = `kb-${Math.random().toString(36).slice(2, 8)}`;
  const desk = carrier(model, data.sheet);
  const graded = data.kind === "graded", withheld = graded || data.kind === "assignment", paced = data.kind === "selfpaced", alone = ["inline", "drill"].includes(data.kind);
  const level = data.kind === "inline" ? 3 : 4; // of a question's heading: in the text it stands under the section's own
  const named = (one) => (one.parent ? `Follow-up to ${lower(named(one.parent))}` : one.item.label || (data.items.length > 1 ? `Question ${one.number}` : "Question"));

  const live = make("p", { class: "kb-sr", role: "status", "aria-live": "polite" });
  const notice = make("p", { class: "kb-notice", hidden: true });
  const where = make("p", { class: "kb-quiet" });
  const progress = [make("p", { class: "kb-progress" }), make("p", { class: "kb-progress" })];
  const say = (text) => { live.textContent = live.textContent === text ? `${text}\u00a0` : text; };

  const page = { kind: data.kind, sheet: data.sheet, typed: data.typed, number: null, draw: PUBLIC, setNumber, redrawn: () => all.forEach(redrawn) };
  const extras = []; // what is kept beside the answers: follow-ups, and what a self-paced reader has scored
  let sheet = { items: {}, unsaved: {} }; // as it was last loaded
  const all = data.items.map((item, place) => question(item, item.place || place + 1));
  const everything = () => [...all, ...extras];

  function fresh(item) { return { item, sent: null, saved: true, busy: false, timer: 0, trouble: null, touched: false }; }

  function question(item, number, parent = null) {
    const one = Object.assign(fresh(item), { number, parent, followed: {} });
    const id = `${own}-${item.id.replace(".", "-")}`;
    one.form = FORMS[item.kind](item, id, (wait, quiet) => changed(one, wait, quiet), say, page);
    one.kept = make("p", { class: "kb-kept" });
    one.clear = make("button", { type: "button", class: "kb-plain", hidden: true, onclick: () => { one.form.set(null); changed(one, 0); one.node.querySelector("input, button").focus(); } },
      "Clear", make("span", { class: "kb-sr" }, ` the answer to ${named(one)}`));
    one.said = make("div", { class: "kb-said" });
    one.follows = make("div");
    one.check = withheld ? null : make("button", { type: "button", onclick: () => explain(one) },
      data.kind === "brief" || item.kind === "written" ? "Compare" : item.kind === "predict" ? "See what happened" : "Check",
      make("span", { class: "kb-sr" }, `: ${named(one)}`));
    // A group and no landmark: a lesson has dozens of questions, and those in the text are all called "Your turn".
    one.node = make("div", { class: `${parent ? "kb-follow" : "kb-item"} kb-of-${item.kind}`, role: "group", "aria-labelledby": `${id}-head` },
      make(`h${parent ? level + 1 : level}`, { id: `${id}-head` },
        parent ? "A further question" : alone ? make("span", { class: "kb-label" }, item.label || "Your turn") : [
          item.label ? null : make("span", { class: "kb-sr" }, "Question "),
          make("span", { class: "kb-number" }, String(number)), make("span", { class: "kb-sr" }, item.label ? ". " : " "),
          item.label ? make("span", { class: "kb-label" }, item.label) : make("span", { class: "kb-sr" }, `of ${data.items.length}. `),
          item.worth ? make("span", { class: "kb-worth" }, item.worth) : null]),
      make("fieldset", { "aria-describedby": item.rule ? `${id}-rule` : null },
        make("legend", {}, rich(item.stem)),
        item.rule ? make("p", { class: "kb-quiet kb-rule", id: `${id}-rule` }, item.rule) : null,
        one.form.node),
      make("div", { class: "kb-foot" }, one.check, one.form.beside, one.clear, one.kept),
      one.said, one.follows);
    return one;
  }

  // Something kept under a question's name that is no answer: no form on the page, only a value.
  function record(name) {
    let value = null;
    const one = Object.assign(fresh({ id: name }), { form: { get: () => value, set: (given) => { value = given; } }, hidden: true });
    extras.push(one);
    return one;
  }

  function keep(one, value) { one.form.set(value); changed(one, 0, true); }

  // ---- keeping ----

  const answered = (one) => !blank(one.form.get());
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const current = (one) => { const value = one.form.get(); return blank(value) ? null : value; };

  function changed(one, wait, quiet = false) {
    const value = current(one);
    if (!data.sheet) { if (!same(value, one.explained)) unsay(one); return; }
    if (same(value, one.sent) && one.saved && !one.timer) return;
    if (one.said && one.said.childElementCount && !same(value, one.explained)) unsay(one);
    one.touched = true;
    one.quiet = quiet || wait > 0;
    one.saved = false;
    one.trouble = null;
    clearTimeout(one.timer);
    one.timer = setTimeout(() => push(one), wait);
    show(one);
  }

  function unsay(one) {
    one.said.replaceChildren();
    one.follows.replaceChildren();
  }

  async function push(one, leaving = false) {
    clearTimeout(one.timer);
    one.timer = 0;
    // One at a time for each question, so that answers arrive in the order in which they were given; a page that is
    // left cannot wait, and the store tells a late one by its number.
    if (one.busy && !leaving) { one.again = true; return; }
    one.busy = true;
    const value = current(one);
    const reply = await desk.send({ op: "save", exercise: data.sheet, exercise_version: data.version, item: one.item.id, value,
      ...(one.item.digest ? { asked: one.item.digest } : {}), ...(data.timed ? { timed: true } : {}) }, leaving);
    one.busy = false;
    if (reply.op === "saved") {
      one.sent = value;
      const recovered = one.trouble;
      one.trouble = null;
      if (same(value, current(one))) {
        one.saved = true;
        one.stale = false;
        if (!one.hidden && (recovered || !one.quiet)) say(`${named(one)}: saved.`);
      } else if (!one.timer) push(one);
    } else {
      if (!one.trouble && !one.hidden) say(`${named(one)}: not saved. ${reply.what} ${reply.mend}`);
      one.trouble = reply;
      setTimeout(() => { if (one.trouble && !one.busy && el.isConnected) push(one); }, AGAIN);
    }
    if (one.again) { one.again = false; if (!one.saved) push(one); }
    show(one);
  }

  function show(one) {
    if (!one.hidden) keptLine(one);
    const done = all.filter(answered).length, troubled = everything().filter((each) => each.trouble).length;
    const state = troubled ? `${troubled} not saved` : everything().some((each) => !each.saved) ? "saving…" : done ? "all saved" : "";
    progress.forEach((line) => { line.textContent = `${done} of ${all.length} answered${state ? `, ${state}` : ""}`; });
  }

  function keptLine(one) {
    const words = one.trouble ? `✕ Not saved: ${lower(one.trouble.what)} ${one.trouble.mend}` : !one.saved ? "Saving…" : one.touched || answered(one) ? (data.sheet ? "✓ Saved" : "") : "";
    one.kept.className = `kb-kept${one.trouble ? " kb-trouble" : ""}`;
    one.kept.replaceChildren(words, ...(one.trouble ? [" ", make("button", { type: "button", onclick: () => { push(one); show(one); } },
      "Try again", make("span", { class: "kb-sr" }, `: ${named(one)}`))] : []));
    if (one.stale && answered(one)) one.kept.append(make("span", { class: "kb-stale" }, " This question has changed since you answered it."));
    one.clear.hidden = !one.form.clears || !answered(one) || one.committed;
  }

  const lower = (text) => text[0].toLowerCase() + text.slice(1);

  async function load() {
    if (!data.sheet) return;
    const reply = await desk.send({ op: "load", exercise: data.sheet, exercise_version: data.version });
    if (reply.op !== "sheet") {
      tell(`${reply.what} ${reply.mend}`);
      return;
    }
    sheet = reply;
    where.textContent = data.kind === "assignment" ? "Kept beside this notebook." : reply.where === "browser"
      ? `Kept in this browser: your answers stay on this computer, in this browser${number ? ", until you hand them in" : ""}.`
      : "Kept in the course folder.";
    if (number && !number.value && reply.number) number.value = reply.number;
    page.draw = reply.draw || PUBLIC;
    if (reply.number && reply.number !== page.number) { page.number = reply.number; all.forEach(redrawn); }
    everything().forEach(restore);
    if (paced) count100();
    tell(reply.notice || news(reply));
  }

  function restore(one) {
    if (one.busy || one.timer || !one.saved) return;
    const kept = sheet.items[one.item.id], left = sheet.unsaved[one.item.id], value = kept ? kept.value : null;
    one.stale = Boolean(kept && kept.asked && one.item.digest && kept.asked !== one.item.digest);
    if (!same(value, one.sent)) {
      one.form.set(value);
      one.sent = current(one);
      if (one.said) unsay(one);
      if (one.committed) commit(one, false);
    }
    if (left !== undefined && !same(left, value)) { one.form.set(left); changed(one, 0, true); }
    show(one);
  }

  // What a reader is told who comes back to an exercise that has changed: which questions, where that is known.
  function news(reply) {
    const stale = all.filter((one) => one.stale && answered(one)), known = all.every((one) => !answered(one) || (reply.items[one.item.id] || {}).asked);
    if (alone || !Object.keys(reply.items).length || (reply.exercise_version === data.version && !stale.length)) return "";
    const kept = "Your answers are kept";
    if (!known) return `This exercise has changed since you last answered. ${kept}; read each question again.`;
    if (!stale.length) return "This exercise has been revised. The questions that you answered are as they were.";
    const numbers = stale.map(({ number: place }) => place);
    const list = numbers.length > 1 ? `Questions ${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)} have` : `Question ${numbers[0]} has`;
    return `${list} changed since you answered. ${kept}; read ${numbers.length > 1 ? "them" : "it"} again.`;
  }

  // A drawn question shows another form: what was answered there is not what is answered here.
  function redrawn(one) {
    if (one.form.redraw) one.form.redraw();
    if (one.saved) one.sent = current(one);
    if (one.item.kind === "drawn") unsay(one);
    show(one);
  }

  async function setNumber(typed) {
    const reply = await desk.send({ op: "number", number: typed });
    if (reply.op === "numbered") {
      page.number = reply.number;
      if (number) number.value = reply.number;
      all.forEach(redrawn);
      const first = all.find((one) => one.item.kind === "drawn");
      say(`Drawn for exam number ${reply.number}.`);
      if (first) (first.node.querySelector(".kb-drawn summary") || first.node).focus();
    }
    return reply;
  }

  function tell(text) { notice.hidden = !text; notice.textContent = text; if (text) say(text); }

  // ---- explaining ----

  function explain(one) {
    const value = current(one), { item } = one;
    if (value === null) return say("Give an answer first.") || hint(one, "Give an answer first; then it is explained.");
    const again = same(value, one.explained) && one.said.childElementCount > 0;
    one.explained = value;
    if (item.kind === "compare") {
      one.said.replaceChildren(make(`h${level + 1}`, {}, "One good answer"), make("p", {}, rich(item.model)),
        make("p", { class: "kb-why" }, rich(item.why), source(item.source)));
      return say(`${named(one)}: one good answer. ${plain(item.model)}`);
    }
    const { key } = item;
    if (item.kind === "written") {
      one.said.replaceChildren(make(`h${level + 1}`, {}, "What a good answer does"),
        paced ? selfMarked(one) : make("ul", {}, key.rubric.map((line) => make("li", {}, rich(line.text)))),
        ...key.model.map(([side, text]) => make("details", {}, make("summary", {}, `A model for the ${side}`), make("p", {}, rich(text)))));
      return say(`${named(one)}: what a good answer does. ${key.rubric.map((line) => plain(line.text)).join(" ")}`);
    }
    const given = { item, key, value, data };
    const { verdict, word = VERDICT[verdict][1], opening = [], spoken = "", first, title, all: rest, numbered } = EXPLAIN[item.kind](given);
    one.said.replaceChildren(
      make("p", { class: `kb-verdict kb-${verdict}` }, make("span", { "aria-hidden": "true" }, `${VERDICT[verdict][0]} `), word),
      ...opening,
      ...first.map(([lead, reason]) => make("p", {}, lead ? make("span", { class: "kb-lead" }, rich(lead), " ") : null, told(reason))),
      make("details", {}, make("summary", {}, title), make(numbered ? "ol" : "ul", { class: "kb-reasons", role: "list" }, rest)));
    if (one.form.explained) one.form.explained(key);
    // The focus goes to the verdict, and so it is said once.
    const committing = item.kind === "predict";
    if (committing) commit(one, true);
    if (paced && !again && !one.parent) scored(one, hundredths(item.points, SHARE[item.kind](given)));
    const next = first.map(([, reason]) => reason.follow).filter(Boolean).map((follow) => followUp(one, follow));
    one.follows.replaceChildren(...next.map((each) => each.node));
    say([committing ? "" : `${named(one)}: ${word}`, plain(spoken), ...first.map(([lead, reason]) => plain(`${lead ? `${lead} ` : ""}${reason.why}`)),
      next.length ? "A further question follows." : ""].filter(Boolean).join(" "));
  }

  // The question that an answer opens; made once, so that going back and forth keeps what was answered.
  function followUp(parent, follow) {
    const option = Object.entries(parent.item.key.reasons).find(([, reason]) => reason.follow === follow)[0];
    if (!parent.followed[option]) {
      const one = question({ ...follow, id: `${parent.item.id}.follow-${option}` }, parent.number, parent);
      parent.followed[option] = one;
      extras.push(one);
      restore(one);
    }
    return parent.followed[option];
  }

  // A prediction is committed to once what happened is seen; to predict again is to begin again.
  function commit(one, held) {
    one.committed = held;
    one.form.freeze(held);
    one.check.hidden = held;
    if (held) {
      one.said.append(make("p", {}, make("button", { type: "button", class: "kb-plain", onclick: () => {
        one.form.set(null);
        commit(one, false);
        changed(one, 0);
        one.node.querySelector("input").focus();
      } }, "Predict again")));
      one.said.firstElementChild.tabIndex = -1;
      one.said.firstElementChild.focus({ preventScroll: true });
    }
    show(one);
  }

  function hint(one, text) { one.said.replaceChildren(make("p", { class: "kb-quiet" }, text)); }

  // ---- scores, where the edition is self-paced ----

  const scores = Object.fromEntries((paced ? all : []).map((one) => [one.item.id, record(`${one.item.id}.score`)]));
  const marks = Object.fromEntries((paced ? all : []).filter(({ item }) => item.kind === "written").map((one) => [one.item.id, record(`${one.item.id}.marks`)]));
  const tally = make("p", { class: "kb-score" });

  function scored(one, points) {
    const before = scores[one.item.id].form.get(), best = Math.max(points, before ? Number(before.best) : 0);
    keep(scores[one.item.id], { first: before ? before.first : String(points), best: String(best), tries: String(before ? Number(before.tries) + 1 : 1) });
    count100();
  }

  const shown100 = (points) => (points / 100).toFixed(2).replace(/\.?0+$/, "");

  function count100() {
    const kept = Object.values(scores).map((one) => one.form.get()).filter(Boolean);
    const sum = (which) => shown100(kept.reduce((total, one) => total + Number(one[which]), 0));
    tally.textContent = kept.length ? `Score: ${sum("best")} of ${data.points} points; ${sum("first")} at the first try. ${kept.length} of ${all.length} checked.` : "";
  }

  // A written answer is for its writer to mark: a box for each line of the rubric.
  function selfMarked(one) {
    const { rubric } = one.item.key, held = marks[one.item.id];
    const boxes = rubric.map((line) => make("input", { type: "checkbox", value: line.id, checked: (held.form.get() || []).includes(line.id), onchange: () => {
      const on = boxes.filter((box) => box.checked).map((box) => box.value);
      keep(held, on);
      scored(one, 100 * rubric.filter((each) => on.includes(each.id)).reduce((sum, each) => sum + each.points, 0));
    } }));
    return make("fieldset", { class: "kb-options" }, make("legend", { class: "kb-quiet" }, "Mark what your answer does."),
      rubric.map((line, place) => make("label", {}, boxes[place], make("span", {}, rich(line.text), aside(`${line.points} point${line.points === 1 ? "" : "s"}`)))));
  }

  // ---- handing in ----

  const number = !graded ? null
    : make("input", { type: "text", id: `${own}-number`, autocomplete: "off", spellcheck: false, maxLength: 20, size: 20, "aria-describedby": `${own}-hint` });
  const outcome = make("div", { class: "kb-outcome" });

  async function handInNow() {
    unsaved().forEach((one) => push(one));
    while (unsaved().some((one) => !one.trouble)) await new Promise((resolve) => setTimeout(resolve, 50));
    if (unsaved().length) return report("Some answers are not saved yet.", "See what each says, then make the file again.");
    if (data.items.some(({ kind }) => kind === "drawn") && page.number && number.value.trim().toUpperCase() !== page.number) {
      return report(`A question above was drawn for ${page.number}.`, "Hand in under that number, or show the question for the right one and answer it again.");
    }
    const reply = await desk.send({ op: "hand-in", number: number.value });
    if (reply.op !== "handed-in") return report(reply.what, reply.mend);
    number.value = number.value.trim().toUpperCase();
    if (page.number !== number.value) { page.number = number.value; all.forEach(redrawn); }
    const blanks = all.length - all.filter(answered).length;
    const warn = /[0-9]/.test(number.value) ? "" : " There is no digit in that number: if it is your name, make the file again under your exam number, and hand in only that.";
    const rest = blanks ? ` In this exercise, ${blanks} ${blanks === 1 ? "question is" : "questions are"} blank.` : "";
    const others = (reply.others || []).length && !reply.delivered ? ` The folder also holds ${reply.others.join(" and ")}; hand in only the file named above.` : "";
    const name = make("strong", {}, reply.file);
    const link = reply.content ? make("a", { href: URL.createObjectURL(new Blob([reply.content], { type: "application/json" })), download: reply.file }, name) : name;
    outcome.replaceChildren(make("p", {}, "✓ Made ", link, `, with ${reply.answered} answer${reply.answered === 1 ? "" : "s"}.${rest}${warn}${others}`),
      make("p", {}, reply.delivered ? "Handed in: your instructor has a copy. If you change an answer, hand in again; the last one counts unless you were told otherwise."
        : reply.content ? "Save it from the link, and give that one file to your instructor. If you change an answer, make it again."
        : "It is in the course folder. Give that one file to your instructor, as you were told to. If you change an answer, make it again."));
    say([...outcome.children].map((part) => part.textContent).join(" "));
  }

  function report(what, mend) {
    outcome.replaceChildren(make("p", { class: "kb-trouble" }, `✕ ${what} ${mend}`));
    say(`${what} ${mend}`);
  }

  const desktop = !graded ? null : make("section", { class: "kb-handin", "aria-labelledby": `${own}-handin` },
    make("h4", { id: `${own}-handin` }, "Hand in"), progress[1],
    make("p", { class: "kb-field" }, make("label", { for: `${own}-number` }, "Exam number"), number,
      make("button", { type: "button", onclick: handInNow }, "Make the hand-in file")),
    make("p", { class: "kb-quiet", id: `${own}-hint` }, "The number your school gave you, not your name: letters, digits and dashes."), outcome);

  // ---- the page ----

  const unsaved = () => everything().filter((one) => !one.saved);
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

  el.classList.add("kb", "kb-exercise", `kb-${data.kind}`);
  el.addEventListener("keydown", onKey);
  const facts = [`${all.length} ${data.kind === "brief" ? "parts" : "questions"}`, data.minutes && `about ${data.minutes} minutes`, data.points && `${data.points} points`];
  if (!alone) {
    el.append(make("div", { class: "kb-head" }, make("h3", {}, rich(data.title)), make("p", { class: "kb-quiet" }, `${facts.filter(Boolean).join(" · ")}. ${data.note}`),
      make("div", { class: "kb-state" }, progress[0], where), paced ? tally : null));
  } else if (data.kind === "drill") el.append(make("h3", {}, data.title), make("p", { class: "kb-quiet" }, data.note));
  el.append(notice, ...all.map((one) => one.node), ...(desktop ? [desktop] : []), live);
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
