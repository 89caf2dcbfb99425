// The progress page. Uses what carrier.js, which stands before it in one module, knows of answers kept in the browser:
// SHEETS, stored, store, blank, canonical, crc32, handIn.

const place = (id) => document.getElementById(id);

function count() {
  let given = 0, all = 0;
  document.querySelectorAll("tr[data-sheet]").forEach((row) => {
    const names = row.dataset.items.split(" ");
    const kept = (stored(SHEETS + row.dataset.sheet) || {}).items || {};
    const answered = names.filter((name) => kept[name] && !blank(kept[name].value)).length;
    // For the eye: the count beside it says the same.
    const meter = make("progress", { max: names.length, value: answered, "aria-hidden": "true" });
    row.cells[2].replaceChildren(meter, make("span", { class: "count" }, `${answered} of ${names.length}`));
    given += answered;
    all += names.length;
  });
  place("total").textContent = `${given} of ${all} questions answered in this browser.`;
}

// ---- reading a hand-in file: the rules of assess/handin.py, before anything here is changed ----

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const short = (text) => typeof text === "string" && text.length <= 100;
const few = (list) => list.length <= 100;
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const only = (value, names) => isObject(value) && Object.keys(value).length === names.length && names.every((name) => Object.hasOwn(value, name));

function isValue(value) {
  if (value === null) return true;
  if (typeof value === "string") return value.length <= 20000;
  if (Array.isArray(value)) return few(value) && value.every(short);
  return isObject(value) && few(Object.keys(value)) && Object.entries(value).every(([name, given]) => short(name) && short(given));
}

function isSheet(sheet) {
  return only(sheet, ["exercise", "exercise_version", "revision", "items"]) && NAME.test(sheet.exercise)
    && Number.isInteger(sheet.exercise_version) && Number.isInteger(sheet.revision) && isObject(sheet.items)
    && Object.keys(sheet.items).length <= 500 && Object.entries(sheet.items).every(([name, value]) => NAME.test(name) && isValue(value));
}

function readHandIn(text) {
  const wrong = (what) => ({ wrong: what });
  if (text.length > 2 * 2 ** 20) return wrong("It is larger than 2 MB.");
  let content;
  try { content = JSON.parse(text); } catch { return wrong("It is not a hand-in file."); }
  if (!isObject(content) || content.format !== "knowing-benefit hand-in") return wrong("It is not a hand-in file.");
  if (content.version !== 1) return wrong("It was made by another version of the course.");
  if (!only(content, ["format", "version", "number", "sheets", "check"]) || typeof content.number !== "string"
    || !Array.isArray(content.sheets) || !few(content.sheets) || !content.sheets.every(isSheet)) return wrong("A part of it has the wrong form.");
  if (!/^[A-Z0-9][A-Z0-9-]{0,18}[A-Z0-9]$/.test(content.number)) return wrong("Its exam number is none.");
  if (new Set(content.sheets.map((sheet) => sheet.exercise)).size !== content.sheets.length) return wrong("It answers the same exercise twice.");
  const { check, ...rest } = content;
  if (crc32(canonical(rest)) !== check) return wrong("It was changed after it was made: its checksum does not fit.");
  return { content };
}

let offered = null;

place("file").addEventListener("change", async ({ target }) => {
  place("offer").hidden = true;
  place("brought").textContent = "";
  const [file] = target.files;
  if (!file) return;
  const { wrong, content } = readHandIn(await file.text());
  if (wrong) { place("brought").textContent = `✕ Nothing was read. ${wrong} Choose the file again, as an exercise or this page made it.`; return; }
  offered = content;
  const answers = content.sheets.reduce((sum, sheet) => sum + Object.keys(sheet.items).length, 0);
  const lost = content.sheets.filter(({ exercise }) => Object.values((stored(SHEETS + exercise) || { items: {} }).items).some(({ value }) => !blank(value)));
  place("offered").textContent = `${file.name} holds ${answers} answer${answers === 1 ? "" : "s"} to ${content.sheets.length} exercise${content.sheets.length === 1 ? "" : "s"}, under the number ${content.number}. `
    + (lost.length ? `This browser holds answers to ${lost.length} of these exercises, and they would be replaced.` : "This browser holds no answers to them.");
  place("offer").hidden = false;
  place("accept").focus();
});

place("refuse").addEventListener("click", () => {
  offered = null;
  place("offer").hidden = true;
  place("file").value = "";
  place("brought").textContent = "Nothing was changed.";
  place("file").focus();
});

place("accept").addEventListener("click", () => {
  const failed = offered.sheets.filter((sheet) => {
    const before = stored(SHEETS + sheet.exercise);
    // Higher than both, so that no page takes the older of two for the newer.
    const revision = Math.max(sheet.revision, before ? before.revision : 0) + 1;
    const items = Object.fromEntries(Object.entries(sheet.items).map(([name, value]) => [name, { value, revision }]));
    return !store(SHEETS + sheet.exercise, { revision, exercise_version: sheet.exercise_version, items });
  });
  if (!failed.length) store("knowing-benefit:number", offered.number);
  place("offer").hidden = true;
  place("brought").textContent = failed.length ? "✕ This browser’s storage is full: not every answer was kept." : "✓ The answers are here. Open a lesson to go on.";
  place("file").focus();
  count();
});

place("make").addEventListener("submit", (event) => {
  event.preventDefault();
  const reply = handIn(place("number").value);
  if (reply.op !== "handed-in") { place("made").textContent = `✕ ${reply.what} ${reply.mend}`; return; }
  place("number").value = reply.file.replace(/\.json$/, "");
  const link = make("a", { href: URL.createObjectURL(new Blob([reply.content], { type: "application/json" })), download: reply.file }, reply.file);
  place("made").replaceChildren("✓ Made ", link, `, with ${reply.answered} answer${reply.answered === 1 ? "" : "s"}. Save it from the link, and give that one file to your instructor.`);
});

const sheets = () => Object.keys(localStorage).filter((key) => /^knowing-benefit:(?:sheet|unsaved):/.test(key) || key === "knowing-benefit:number");

place("forget").addEventListener("click", () => {
  place("really").hidden = false;
  place("forgotten").textContent = "This cannot be undone.";
  place("really").focus();
});

place("really").addEventListener("click", () => {
  sheets().forEach((key) => store(key, null));
  place("really").hidden = true;
  place("forgotten").textContent = "✓ No answers are kept in this browser now.";
  place("forget").focus();
  count();
});

place("number").value = stored("knowing-benefit:number") || "";
window.addEventListener("storage", count);
// A browser may show the page again as it was left, by its Back button, and tells of nothing that was kept meanwhile.
window.addEventListener("pageshow", count);
document.addEventListener("visibilitychange", () => { if (!document.hidden) count(); });
count();
