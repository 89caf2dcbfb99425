// What is said of an answer where its key came with the page, and what it would score: the rules of assess/scoring.py and
// assess/typed.py, by tests on the same cases.

const VERDICT = { right: ["●", "Right."], partly: ["▲", "Partly right."], wrong: ["✕", "Not right."] };

function source(given) {
  if (!given) return null;
  return make("span", { class: "kb-source" }, " ", make(given.case ? "em" : "span", {}, given.name), given.pin ? `${given.pin.startsWith("(") ? "" : ", "}${given.pin}` : "", " ",
    make("span", { class: "kb-badge" }, given.badge));
}

const told = (reason) => [...rich(reason.why), source(reason.source)];
const grade = (hits, all, spoilt = 0) => (hits === all && !spoilt ? "right" : hits > 0 ? "partly" : "wrong");

function entry(lead, reason, state) {
  const mark = state === undefined ? null : make("span", { class: state ? "kb-yes" : "kb-no" }, state ? "● " : "✕ ");
  return make("li", {}, make("p", { class: "kb-lead" }, mark, lead), make("p", {}, told(reason)));
}

const aside = (text) => make("span", { class: "kb-quiet" }, ` ${text}`);

// ---- Reading what was typed. ----------------------------------------------------------------------------------------

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

// The date that was typed, as { y, m, d } less what was left out; null if it is none. The same as assess/typed.py.
export function readDate(text, { dates, months }) {
  const bare = text.slice(0, 100).toLowerCase().replace(/[\u2010-\u2015\u2212]/g, "-").replace(/([0-9])(?:st|nd|rd|th)(?![a-z])/g, "$1")
    .replace(/[^0-9a-z/-]+/g, " ").replace(/(?<![a-z])(?:of|the|on|in)(?![a-z])/g, " ").replace(/ +/g, " ").trim();
  const month = (given) => (/^[0-9]/.test(given) ? Number(given) : months.findIndex((name) => name.startsWith(given)) + 1);
  for (const [order, form] of dates) {
    const match = bare.match(new RegExp(form));
    if (!match) continue;
    const found = Object.fromEntries([...order].map((part, place) => [part, part === "m" ? month(match[place + 1]) : Number(match[place + 1])]));
    const { y, m = 1, d = 1 } = found;
    if (m >= 1 && m <= 12 && d >= 1 && d <= new Date(Date.UTC(y, m, 0)).getUTCDate()) return found;
  }
  return null;
}

const MONTH = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const showDate = ({ y, m, d }) => (d ? `${MONTH[m - 1]} ${d}, ${y}` : m ? `${MONTH[m - 1]} ${y}` : String(y));
const partial = (text) => Object.fromEntries(text.split("-").map((part, place) => ["ymd"[place], Number(part)]));
const DATE_PARTS = { y: "Year", m: "Month", d: "Day" };

// Which parts of a typed date are right, from the year down: a part counts only if every larger one is right.
function dated(text, answer, typed) {
  const given = readDate(text, typed) || {};
  let good = true;
  return Object.entries(partial(answer)).map(([part, right]) => [part, good = good && given[part] === right]);
}

// The one number that was typed, as a text of figures; null if there is none or more than one. The same as assess/typed.py.
export function readNumber(text, { number, words, larger }) {
  const bare = text.slice(0, 100).toLowerCase();
  const match = bare.match(new RegExp(number));
  if (match) return match[1].replaceAll(",", "");
  const all = bare.match(/[a-z]+/g) || [];
  if (/[0-9]/.test(bare) || all.some((word) => larger.includes(word))) return null;
  const found = all.filter((word) => Object.hasOwn(words, word)).map((word) => words[word]);
  if (found.length === 2 && found[0] >= 20 && found[0] % 10 === 0 && found[1] >= 1 && found[1] <= 9) return String(found[0] + found[1]);
  return found.length === 1 ? String(found[0]) : null;
}

function counted(text, key, typed) {
  const given = readNumber(text, typed);
  const exact = (figures) => { const [whole, rest = ""] = String(figures).split("."); return BigInt(whole + rest.padEnd(6, "0")); };
  if (given === null) return false;
  const apart = exact(given) - exact(key.answer);
  return (apart < 0n ? -apart : apart) <= exact(key.within);
}

// ---- What an answer scores: hits out of all, in whole numbers. ------------------------------------------------------

function marked(key, value) {
  const hits = value.filter((id) => key.answer.includes(id)).length;
  return [Math.max(0, hits - (value.length - hits)), key.answer.length];
}

function longestRise(places) {
  const best = places.map(() => 1);
  places.forEach((place, at) => places.slice(0, at).forEach((before, from) => { if (before < place) best[at] = Math.max(best[at], best[from] + 1); }));
  return Math.max(...best);
}

const single = ({ key, value }) => [Number(value === key.answer), 1];
const count = (list) => [list.filter(Boolean).length, list.length];

export const SHARE = {
  one: single,
  predict: single,
  several: ({ key, value }) => marked(key, value),
  highlight: ({ key, value }) => marked(key, value),
  match: ({ key, value }) => count(Object.entries(key.answer).map(([left, right]) => value[left] === right)),
  sort({ key, value }) {
    const halves = Object.entries(key.answer).map(([fact, right]) => {
      const given = value[fact] || "";
      return given === right ? 2 : Number(given.split("/")[0] === right.split("/")[0]);
    });
    return [halves.reduce((a, b) => a + b, 0), 2 * halves.length];
  },
  order: ({ key, value }) => [longestRise(value.map((id) => key.answer.indexOf(id))) - 1, value.length - 1],
  citation({ key, value, data }) {
    const right = cited(value, key.forms, data);
    return [2 * Number(right.volume && right.reporter && right.page) + Number(right.court && right.year), 3];
  },
  date: ({ key, value, data }) => count(dated(value, key.answer, data.typed).map(([, right]) => right)),
  number: ({ key, value, data }) => [Number(counted(value, key, data.typed)), 1],
  factcheck: ({ key, value }) => count(Object.entries(key.answer).map(([half, right]) => value[half] === right)),
  drawn: ({ item, value }) => [Number(value.answer === answerTo(item, value.form)), 1],
};

// Points in hundredths, halves to even, as assess/scoring.py rounds.
export function hundredths(points, [hits, all]) {
  const whole = Math.floor((points * 100 * hits) / all), rest = points * 100 * hits - whole * all;
  return whole + (2 * rest > all || (2 * rest === all && whole % 2 === 1) ? 1 : 0);
}

// ---- What is said: the verdict, the reasons that answer what was given, and the title and entries of everything else. --

// A set of things to mark, each { id, text }.
function marking(things, quote) {
  return ({ key, value }) => {
    const right = (id) => key.answer.includes(id), on = (id) => value.includes(id);
    const missed = things.filter(({ id }) => right(id) !== on(id));
    const hits = value.filter(right).length;
    return {
      verdict: grade(hits, key.answer.length, value.length - hits),
      first: missed.map(({ id, text }) => [ended(`${on(id) ? "Marked, and does not belong" : "Belongs, and is not marked"}: ${quote(text)}`), key.reasons[id]]),
      title: `All ${things.noun}, and why`,
      all: things.map(({ id, text }) => entry(
        [...rich(quote(text)), aside(`${right(id) ? "Belongs" : "Does not belong"}${on(id) ? ", marked" : ", not marked"}`)], key.reasons[id], right(id))),
    };
  };
}

function chosen({ item, key, value }) {
  const right = (id) => id === key.answer;
  return {
    verdict: right(value) ? "right" : "wrong",
    first: [[null, key.reasons[value]]],
    title: "All options, and why",
    all: item.options.map(({ id, text }) => entry(
      [...rich(text), aside(`${right(id) ? "The answer" : "Not the answer"}${id === value ? ", your choice" : ""}`)], key.reasons[id], right(id))),
  };
}

const EXPLAIN = {
  one: chosen,
  predict(given) {
    const right = given.value === given.key.answer;
    return { ...chosen(given), word: right ? "As you predicted." : "Not as you predicted.",
      opening: [make("p", {}, make("span", { class: "kb-lead" }, "What happened: "), rich(given.key.reveal), source(given.key.source))],
      spoken: given.key.reveal };
  },
  several: (given) => marking(Object.assign([...given.item.options], { noun: "options" }), (text) => text)(given),
  highlight(given) {
    const phrases = given.item.segments.filter(([id]) => id).map(([id, text]) => ({ id, text }));
    return marking(Object.assign(phrases, { noun: "phrases" }), (text) => `*${text}*`)(given);
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
  sort(given) {
    const { item, key, value } = given;
    const split = (text) => (text || "").split("/");
    const words = (text) => { const [element, result] = split(text); return `${textOf(item.elements, element)}${result ? `, ${result}` : ""}`; };
    const lead = ({ id, text }) => {
      if (!value[id]) return null;
      const there = split(value[id])[0] === split(key.answer[id])[0];
      return ended(`${there ? "The right element, and another result" : `Not this ${item.results ? "element" : "choice"}`}: ${text}`);
    };
    const missed = item.facts.filter(({ id }) => value[id] !== key.answer[id]);
    const [hits, all] = SHARE.sort(given);
    return {
      verdict: grade(hits, all),
      first: missed.map((fact) => [lead(fact), key.reasons[fact.id]]).filter(([said]) => said),
      title: "Every fact, and why",
      all: item.facts.map(({ id, text }) => entry([...rich(text), aside(words(key.answer[id]))], key.reasons[id])),
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
  citation({ key, value, data }) {
    const right = cited(value, key.forms, data);
    const wrong = data.parts.filter(([part]) => !right[part]);
    return {
      verdict: grade(data.parts.length - wrong.length, data.parts.length),
      first: wrong.length ? wrong.map(([part, title]) => [`${title}: not right.`, key.reasons[part]]) : [[null, key.reasons.right]],
      title: "The citation, part by part",
      all: [entry(key.answer, key.reasons.right, true), ...data.parts.map(([part, title]) => entry(title, key.reasons[part]))],
    };
  },
  date({ key, value, data }) {
    const parts = dated(value, key.answer, data.typed), right = parts.filter(([, good]) => good).length;
    const [wrong] = parts.find(([, good]) => !good) || [];
    const lead = !wrong ? null : readDate(value, data.typed) ? `${DATE_PARTS[wrong]}: not right.` : "This does not read as a date. Write it as December 23, 2008.";
    return {
      verdict: grade(right, parts.length),
      first: [[lead, key.reasons[wrong ? "wrong" : "right"]]],
      title: "The date, and why",
      all: [entry(showDate(partial(key.answer)), key.reasons.right, true)],
    };
  },
  number({ item, key, value, data }) {
    const right = counted(value, key, data.typed);
    const lead = readNumber(value, data.typed) === null ? "This does not read as one number. Write it in figures." : null;
    return {
      verdict: right ? "right" : "wrong",
      first: [[lead, key.reasons[right ? "right" : "wrong"]]],
      title: "The number, and why",
      all: [entry([`${key.answer} ${item.unit}`.trim()], key.reasons.right, true)],
    };
  },
  factcheck({ item, key, value }) {
    const halves = [["verdict", "Verdict", item.verdicts], ["source", "Source", item.sources]];
    const right = halves.filter(([half]) => value[half] === key.answer[half]).length;
    return {
      verdict: grade(right, 2),
      first: halves.filter(([half]) => value[half]).map(([half, title]) =>
        [`${title}: ${value[half] === key.answer[half] ? "right" : "not right"}.`, key.reasons[value[half]]]),
      title: "All verdicts and sources, and why",
      all: halves.flatMap(([half, , options]) => options.map(({ id, text }) => entry(
        [...rich(text), aside(`${id === key.answer[half] ? "The answer" : "Not the answer"}${id === value[half] ? ", your choice" : ""}`)],
        key.reasons[id], id === key.answer[half]))),
    };
  },
  drawn: (given) => explainDrawn(given),
};
