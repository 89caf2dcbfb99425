// The hypothetical lab. Decides nothing: every answer is looked up in the table that Python worked out.

const BAR = { y: "it bars the claim", n: "it does not bar the claim", u: "open" };
const VALUE = { yes: "Yes", no: "No", unknown: "Not pleaded" };
const VALUES = Object.keys(VALUE);

function render({ model, el }) {
  const data = model.get("data");
  const own = `kb-lab-${Math.random().toString(36).slice(2, 8)}`;
  const elements = data.trees.flatMap((tree) => tree.elements);
  const name = (number) => data.switches[number].label;
  const setting = () => model.get("setting");
  const reading = () => data.readings.find((one) => one.id === model.get("reading")) || data.readings[0];

  const choose = make("select", { id: `${own}-reading`, onchange: () => change({ reading: choose.value }) },
    ...data.readings.map((one) => make("option", { value: one.id }, one.title)));

  const rows = data.switches.map((one, number) => {
    const radios = one.positions.map((position, which) => make("input", {
      type: "radio", name: `${own}-${number}`, value: position,
      onchange: () => change({ setting: which ? setting() | (1 << number) : setting() & ~(1 << number) }),
    }));
    const said = make("p", { class: "kb-quiet kb-said" });
    const mark = make("span", { class: "kb-changed" });
    const inOrder = one.positions.map((_, which) => which).sort((a, b) => VALUES.indexOf(one.positions[a]) - VALUES.indexOf(one.positions[b]));
    const row = make("fieldset", { class: "kb-switch" },
      make("legend", {}, one.label, " ", mark),
      make("div", { class: "kb-positions" }, ...inOrder.map((which) => make("label", {}, radios[which], VALUE[one.positions[which]]))),
      said);
    return { row, radios, said, mark, one };
  });
  const reset = make("button", { type: "button", onclick: () => change({ setting: 0 }) }, "Back to the story");

  const about = make("p", { class: "kb-quiet" });
  const verdict = make("p", { class: "kb-verdict" });
  const groups = data.trees.map((tree) => {
    const head = make("th", { scope: "rowgroup", colspan: "3" });
    const lines = tree.elements.map((element) => ({ element, row: make("tr") }));
    return { tree, head, lines, body: make("tbody", {}, make("tr", { class: "kb-group" }, head), ...lines.map(({ row }) => row)) };
  });
  const turns = make("div");
  const others = make("tbody");
  const live = make("p", { class: "kb-sr", role: "status", "aria-live": "polite" });

  function result(word) {
    const [mark, text] = RESULT[word];
    return make("span", { class: `kb-result kb-${word.replace(" ", "-")}` }, make("span", { "aria-hidden": "true" }, mark), ` ${text}`);
  }

  function source(answer) {
    if (!answer.authority) return null;
    const named = data.authorities[answer.authority];
    return make("span", { class: "kb-source" }, make(named.case ? "i" : "span", {}, named.short), answer.pin ? (answer.pin.startsWith("(") ? "" : ", ") + answer.pin : "", " ",
      badged(data.badges[answer.status]));
  }

  function outcomeAt(one, at) { return OUTCOME[one.outcomes[at]]; }

  // A switch moves few words, and the browser lays out anew whatever is written, the same or not: what stands is left alone.
  const tell = (node, text) => { if (node.textContent !== text) node.textContent = text; };

  let before = null, moving = false;
  function draw() {
    const at = setting(), one = reading();
    choose.value = one.id;
    rows.forEach(({ radios, said, mark, one: given, row }, number) => {
      const which = (at >> number) & 1;
      radios[which].checked = true;
      tell(said, given.sentences[which]);
      tell(mark, which ? "(changed)" : "");
      row.classList.toggle("kb-turned", Boolean(which));
    });
    reset.disabled = at === 0;
    if (before?.reading !== one.id) about.replaceChildren(one.about, " ", badged(data.badges[one.status]));
    const [kind, words] = outcomeAt(one, at);
    verdict.className = `kb-verdict kb-${kind}`;
    tell(verdict, words);
    groups.forEach(({ tree, head, lines }) => {
      tell(head, tree.title + (tree.id === "section-230" ? `: ${BAR[one.bars[at]]}` : ""));
      lines.forEach((line) => {
        const answer = answerAt(one.elements[line.element.id], at);
        if (answer === line.answer) return;
        line.answer = answer;
        line.row.replaceChildren(
          make("th", { scope: "row" }, line.element.title),
          make("td", {}, result(answer.result)),
          make("td", {}, answer.why, " ", source(answer)));
      });
    });
    turns.replaceChildren(...turning(one, at));
    others.replaceChildren(...data.readings.map((other) => make("tr", other.id === one.id ? { "aria-current": "true" } : {},
      make("th", { scope: "row" }, other.title),
      make("td", { class: `kb-${outcomeAt(other, at)[0]}` }, outcomeAt(other, at)[1]))));
    announce(one, at, words);
  }

  function announce(one, at, words) {
    const now = elements.map((element) => answerAt(one.elements[element.id], at).result);
    if (before && (before.at !== at || before.reading !== one.id)) {
      const moved = before.reading !== one.id ? [] : elements.flatMap((element, i) =>
        now[i] === before.now[i] ? [] : [`${element.title}: ${RESULT[now[i]][1].toLowerCase()}`]);
      live.textContent = [`Under ${one.short}.`, ...(moving ? [] : [words]), ...(moved.length ? [`Changed: ${moved.join("; ")}.`] : [])].join(" ");
    }
    before = { at, reading: one.id, now };
  }

  function turning(one, at) {
    const points = turningPoints(one.outcomes, at);
    if (!points.length) return [make("p", {}, "No change of these facts changes the result under this reading.")];
    const shown = points.slice(0, 6);
    const list = make("ul", { class: "kb-turns" }, ...shown.map(([numbers, code]) => make("li", {},
      numbers.map((number) => `${name(number)} ${VALUE[data.switches[number].positions[1 - ((at >> number) & 1)]]}.`).join(" And: "),
      ` Then: ${OUTCOME[code][1]} `,
      make("button", { type: "button", class: "kb-try", onclick: () => change({ setting: numbers.reduce((x, n) => x ^ (1 << n), at) }) },
        "Try it", make("span", { class: "kb-sr" }, `: ${numbers.map(name).join(" and ")}`)))));
    return points.length > shown.length ? [list, make("p", { class: "kb-quiet" }, `And ${points.length - shown.length} more.`)] : [list];
  }

  function change(values) {
    // "Try it" and "Back to the story" may vanish or go dead under the focus: it goes to the verdict, which is then said by that and not twice.
    const at = document.activeElement;
    moving = at === document.body || reset === at || Boolean(at?.closest?.(".kb-turns"));
    for (const [key, value] of Object.entries(values)) model.set(key, value);
    model.save_changes();
    if (moving && el.contains(verdict)) { verdict.tabIndex = -1; verdict.focus({ preventScroll: true }); }
    moving = false;
  }

  el.classList.add("kb", "kb-lab");
  el.append(
    make("h3", {}, data.title),
    make("details", { open: true }, make("summary", {}, "The story"),
      data.content_note ? make("p", { class: "kb-quiet" }, data.content_note) : null,
      ...data.story.map((text) => make("p", {}, text)),
      make("p", { class: "kb-quiet" }, data.basis)),
    make("div", { class: "kb-top" },
      make("p", { class: "kb-choose" }, make("label", { for: `${own}-reading` }, "Whose reading?", make("span", { class: "kb-sr" }, ` (${data.title})`)), " ", choose), verdict),
    make("div", { class: "kb-bench" },
      make("div", { class: "kb-facts" },
        make("h4", { id: `${own}-facts` }, "Change the facts"),
        make("div", { role: "group", "aria-labelledby": `${own}-facts` }, ...rows.map(({ row }) => row)), reset),
      make("div", { class: "kb-ruling" },
        make("h4", { class: "kb-sr" }, "Element by element"), about,
        make("table", {}, make("caption", { class: "kb-sr" }, "Each element, its result and why"),
          make("thead", { class: "kb-sr" }, make("tr", {}, ...["Element", "Result", "Why"].map((text) => make("th", { scope: "col" }, text)))),
          ...groups.map(({ body }) => body)),
        make("h4", {}, "What would change the result?"), turns)),
    make("details", { class: "kb-others" }, make("summary", {}, "The same facts before every reading"),
      make("table", {}, make("caption", { class: "kb-sr" }, "The result under each reading"),
        make("thead", { class: "kb-sr" }, make("tr", {}, make("th", { scope: "col" }, "Reading"), make("th", { scope: "col" }, "Result"))), others)),
    make("details", {}, make("summary", {}, "Why this case is hard"),
      make("p", {}, make("strong", {}, "For the plaintiff. "), data.hard_for.plaintiff),
      make("p", {}, make("strong", {}, "For the defendant. "), data.hard_for.defendant)),
    live,
  );
  model.on("change:setting", draw);
  model.on("change:reading", draw);
  draw();
}

export default { render };
