// The grading desk. What a student wrote is only ever set as text. A change is sent a moment after it is made and before the page
// moves on; "Saved" stands only after the server has it on its disk. What could not be sent is kept here and tried again.

const KEYS = [
  ["j", "next answer"], ["k", "answer before"], ["n", "next answer not graded yet"], ["1 to 9", "to that line of the rubric"],
  ["f", "all points for every line without points"], ["c", "write a comment"], ["?", "this list"],
];

function desk(el) {
  let questions = [], question = null, number = null, answer = null, dirty = false, sending = null, timer = 0, version = 0;
  let keysOn = stored("keys") !== "off";

  const status = make("p", { class: "dk-status", role: "status", "aria-live": "polite" });
  const select = make("select", { "aria-label": "Question", onchange: () => go(select.selectedIndex) });
  const bar = make("progress", { "aria-label": "Graded", max: 1, value: 0 });
  const count = make("span", {});
  const main = make("main", {});
  el.replaceChildren(make("header", {}, make("h1", {}, "Grading desk"), select, make("span", {}, bar, " ", count), status), main);

  const say = (text, trouble = false) => {
    status.textContent = text;
    status.classList.toggle("dk-trouble", trouble);
  };

  async function ask(path, body) {
    const given = { headers: { "X-Course-Desk": "1" }, credentials: "same-origin" };
    if (body) Object.assign(given, { method: "POST", body: JSON.stringify(body) });
    try {
      const reply = await fetch(path, given);
      if (!reply.ok) return { saved: false, what: "The desk was started anew. Open it by its new address." };
      return await reply.json();
    } catch {
      return { saved: false, what: "The desk does not answer. Is course desk still running?", again: true };
    }
  }

  async function begin() {
    const found = await ask("/api/overview");
    if (!found.questions) return say(found.what, true);
    questions = found.questions;
    el.querySelector("h1").textContent = `Grading desk: ${found.grader}`;
    select.replaceChildren(...questions.map((one) => make("option", {}, `${one.title}, question ${one.place} (${Object.keys(one.answers).length} answers)`)));
    const first = questions.findIndex((one) => Object.values(one.answers).some((state) => state !== "done"));
    await go(Math.max(first, 0));
  }

  async function go(place) {
    if (!(await settle())) { select.selectedIndex = questions.indexOf(question); return; }
    question = questions[place];
    select.selectedIndex = place;
    const numbers = Object.keys(question.answers);
    await show(numbers.find((one) => question.answers[one] !== "done") || numbers[0]);
  }

  async function show(next, focus = false) {
    if (!(await settle())) return;
    if (next === undefined) { main.replaceChildren(make("p", {}, "Nobody answered this question.")); return; }
    const found = await ask(`/api/answer?${new URLSearchParams({ exercise: question.exercise, item: question.item, number: next })}`);
    if (!found.number) return say(found.what, true);
    number = next;
    answer = found;
    dirty = false;
    draw();
    tally();
    const numbers = Object.keys(question.answers);
    say(`Answer ${numbers.indexOf(number) + 1} of ${numbers.length}.${found.note ? " " + found.note : ""}`);
    if (focus) main.querySelector(".dk-line input")?.focus();
  }

  function draw() {
    const numbers = Object.keys(question.answers);
    const place = numbers.indexOf(number);
    const sheet = make("article", { class: "dk-sheet", "aria-labelledby": "dk-number" },
      make("div", { class: "dk-head" },
        make("h2", { id: "dk-number" }, `${number} `, make("span", { class: "kb-quiet" }, `${place + 1} of ${numbers.length}`)),
        make("button", { type: "button", onclick: () => step(-1), disabled: place === 0 }, "Before"),
        make("button", { type: "button", onclick: () => step(1), disabled: place === numbers.length - 1 }, "Next"),
        make("button", { type: "button", onclick: open }, "Next not graded")),
      make("p", { class: "dk-stem" }, ...emphasis(question.stem), question.words ? ` (About ${question.words} words.)` : ""),
      answer.note ? make("p", { class: "dk-trouble" }, answer.note) : null,
      make("div", { class: "dk-text", tabindex: "0", role: "group", "aria-label": "The answer" }, answer.text),
      make("p", { class: "kb-quiet" }, `${answer.text.split(/\s+/).filter(Boolean).length} words`));
    main.replaceChildren(sheet, side());
    total();
  }

  function side() {
    const lines = question.rubric.map((line, at) => {
      const input = make("input", {
        type: "number", id: `dk-${line.id}`, min: "0", max: String(line.points), step: "0.25", inputmode: "decimal",
        value: answer.points[line.id] ?? "", "aria-describedby": `dk-most-${line.id}`,
        oninput: () => { read(input, line); changed(); },
        onkeydown: (event) => { if (event.key === "Enter") { event.preventDefault(); after(at); } },
      });
      return make("div", { class: "dk-line" },
        make("label", { for: input.id }, `${at + 1}. `, ...emphasis(line.text)),
        make("span", {}, input, make("span", { id: `dk-most-${line.id}`, class: "kb-quiet" }, ` of ${line.points}`)));
    });
    return make("aside", { class: "dk-side", "aria-label": "Points and comments" },
      make("h2", {}, "Points"), ...lines, make("p", { class: "dk-total" }),
      make("div", { class: "dk-row" },
        make("button", { type: "button", onclick: all }, "Full points for the rest"),
        make("button", { type: "button", onclick: open }, "Next not graded")),
      make("h3", {}, "Comments"), bank(),
      make("label", { class: "kb-quiet", for: "dk-own" }, "For this answer alone, one in each paragraph"),
      own(),
      make("div", { class: "dk-row" }, make("button", { type: "button", class: "dk-small", onclick: remember }, "Keep it for other answers, too")),
      make("h3", {}, "Model answers"),
      ...Object.entries(question.model).map(([who, text]) => make("details", { class: "dk-model" }, make("summary", {}, who), make("p", {}, ...emphasis(text)))),
      ...agreed(), shortcuts());
  }

  function bank() {
    const list = make("ul", { class: "dk-bank" });
    for (const text of question.bank) {
      const box = make("input", { type: "checkbox", checked: answer.comments.includes(text), onchange: () => {
        answer.comments = box.checked ? [...answer.comments, text] : answer.comments.filter((one) => one !== text);
        changed();
      } });
      list.append(make("li", {}, make("label", {}, box, make("span", {}, text)),
        make("button", { type: "button", "aria-label": `Take out of the list: ${text}`, onclick: () => forget(text) }, "✕")));
    }
    return list;
  }

  function own() {
    const text = answer.comments.filter((one) => !question.bank.includes(one)).join("\n\n");
    return make("textarea", { id: "dk-own", rows: "3", maxlength: "5000", oninput: (event) => {
      const typed = event.target.value.split(/\n\s*\n/).map((one) => one.trim()).filter(Boolean);
      answer.comments = [...answer.comments.filter((one) => question.bank.includes(one)), ...typed];
      changed();
    } }, text);
  }

  function agreed() {
    if (!question.agreement.length) return [];
    return [make("h3", {}, "Agreement"), ...question.agreement.flatMap((one) => [make("p", { class: "kb-quiet" },
      `With ${one.with}, on ${one.answers} answers: ${Math.round(one.exact * 100)}% the same; mean difference ${one.difference} points; `
      + (one.kappa === null ? "weighted kappa cannot be had, as all marks are one." : `weighted kappa ${one.kappa}.`)),
      ...(one.apart.length ? [make("details", {}, make("summary", {}, "Where you differ most"), make("ul", { class: "dk-bank" },
        one.apart.map(([who, mine, theirs]) => make("li", {}, make("button", { type: "button", onclick: () => show(who, true) }, who),
          make("span", {}, `you ${mine}, ${one.with} ${theirs}`)))))] : [])])];
  }

  function shortcuts() {
    const box = make("input", { type: "checkbox", checked: keysOn, onchange: () => { keysOn = box.checked; store("keys", keysOn ? "on" : "off"); } });
    return make("details", { id: "dk-keys" }, make("summary", {}, "Keys"),
      make("label", { class: "dk-row" }, box, "Single keys work (not while you type)"),
      make("dl", {}, ...KEYS.flatMap(([key, what]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, what)]),
        make("dt", {}, make("kbd", {}, "Enter")), make("dd", {}, "in points: the next line; after the last, the next answer not graded yet")));
  }

  function read(input, line) {
    const value = input.value.trim();
    const points = Number(value);
    const good = value === "" ? !input.validity.badInput : points >= 0 && points <= line.points && Number.isInteger(points * 4);
    input.setAttribute("aria-invalid", String(!good));
    if (good && value !== "") answer.points[line.id] = value;
    else delete answer.points[line.id];
    if (!good) say(`Points go from 0 to ${line.points} in quarters.`, true);
    total();
  }

  function total() {
    const given = Object.values(answer.points).reduce((sum, one) => sum + Number(one), 0);
    const left = question.rubric.filter((line) => !(line.id in answer.points)).length;
    main.querySelector(".dk-total").textContent = `${given} of ${question.points} points${left ? `; ${left} lines without points` : ""}`;
  }

  function tally() {
    const states = Object.values(question.answers);
    const done = states.filter((state) => state === "done").length;
    bar.max = states.length;
    bar.value = done;
    count.textContent = `${done} of ${states.length} graded`;
  }

  function changed() {
    dirty = true;
    version += 1;
    if (!status.classList.contains("dk-trouble") || !main.querySelector('[aria-invalid="true"]')) say("Saving…");
    clearTimeout(timer);
    timer = setTimeout(send, 400);
  }

  // One save at a time, so that the last one to arrive is the last one made.
  async function send() {
    clearTimeout(timer);
    if (sending) { await sending; }
    if (!dirty) return true;
    const sent = version;
    const here = question;
    sending = ask("/api/answer", { op: "mark", exercise: here.exercise, item: here.item, number, answer: answer.answer, points: { ...answer.points }, comments: [...answer.comments] });
    const reply = await sending;
    sending = null;
    if (!reply.saved) {
      say(`Not saved. ${reply.what}`, true);
      if (reply.again) timer = setTimeout(send, 3000);
      return false;
    }
    here.answers[number] = reply.state;
    here.agreement = reply.agreement;
    tally();
    if (version === sent) {
      dirty = false;
      if (!main.querySelector('[aria-invalid="true"]')) say("Saved.");
      return true;
    }
    return send();
  }

  const settle = async () => (!dirty && !sending) || send();

  function step(by) {
    const numbers = Object.keys(question.answers);
    const next = numbers[numbers.indexOf(number) + by];
    if (next) show(next, true);
  }

  async function open() {
    if (!(await settle())) return;
    const numbers = Object.keys(question.answers);
    const from = numbers.indexOf(number);
    const next = [...numbers.slice(from + 1), ...numbers.slice(0, from)].find((one) => question.answers[one] !== "done");
    if (next) show(next, true);
    else say("Every answer to this question has its points.");
  }

  function after(at) {
    const inputs = [...main.querySelectorAll(".dk-line input")];
    if (inputs[at + 1]) inputs[at + 1].focus();
    else open();
  }

  function all() {
    for (const line of question.rubric) {
      if (line.id in answer.points) continue;
      answer.points[line.id] = String(line.points);
      const input = document.getElementById(`dk-${line.id}`);
      input.value = line.points;
      input.removeAttribute("aria-invalid");
    }
    total();
    changed();
  }

  async function remember() {
    const field = document.getElementById("dk-own");
    const texts = field.value.split(/\n\s*\n/).map((one) => one.trim()).filter(Boolean);
    for (const text of texts) await banked(text, false);
  }

  const forget = (text) => banked(text, true);

  async function banked(text, drop) {
    if (!(await settle())) return;
    const reply = await ask("/api/answer", { op: "comment", exercise: question.exercise, item: question.item, text, drop });
    if (!reply.saved) return say(`Not saved. ${reply.what}`, true);
    question.bank = reply.bank;
    draw();
    say(drop ? "Taken out of the list." : "Kept for other answers.");
  }

  document.addEventListener("keydown", (event) => {
    if (!keysOn || event.ctrlKey || event.metaKey || event.altKey || !question || !answer) return;
    const target = event.target;
    const typing = target.matches("textarea, select") || (target.matches("input") && target.type !== "checkbox");
    const numeric = target.matches('input[type="number"]');
    if (typing && !(numeric && /^[jknfc?]$/.test(event.key))) return;
    const lines = main.querySelectorAll(".dk-line input");
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "n") open();
    else if (event.key === "f") all();
    else if (event.key === "c") document.getElementById("dk-own").focus();
    else if (event.key === "?") { const list = document.getElementById("dk-keys"); list.open = !list.open; list.querySelector("summary").focus(); }
    else if (/^[1-9]$/.test(event.key) && lines[event.key - 1]) lines[event.key - 1].focus();
    else return;
    event.preventDefault();
  });

  addEventListener("beforeunload", (event) => { if (dirty || sending) event.preventDefault(); });

  begin();
}

// Words between stars are set in italics; nothing else in a text means anything.
function emphasis(text) {
  return text.split(/\*([^*\n]+)\*/).map((part, at) => (at % 2 ? make("em", {}, part) : part));
}

function stored(name) { try { return localStorage.getItem(`knowing-benefit-desk:${name}`); } catch { return null; } }
function store(name, value) { try { localStorage.setItem(`knowing-benefit-desk:${name}`, value); } catch { /* private window: the choice lasts as long as the page */ } }
