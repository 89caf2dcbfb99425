// A subsection at every date. It compares nothing: the runs of words between any two wordings come from Python.

function render({ model, el }) {
  const { cite, title, stops, pairs } = model.get("data");
  const last = stops.length - 1;
  const own = `kb-statute-${Math.random().toString(36).slice(2, 8)}`;
  const set = (name, value) => { model.set(name, value); model.save_changes(); };

  const slider = make("input", { type: "range", id: own, min: "0", max: String(last), step: "1", oninput: (event) => set("at", Number(event.target.value)) });
  const ticks = make("div", { class: "kb-ticks", "aria-hidden": "true" },
    stops.map((stop, place) => make("span", { onclick: () => set("at", place) }, stop.date)));
  const choice = make("select", { id: `${own}-against`, onchange: (event) => set("against", event.target.value) },
    make("option", { value: "previous" }, "the wording before it"),
    stops.map((stop, place) => make("option", { value: String(place) }, `that of ${stop.date}`)),
    make("option", { value: "none" }, "no other"));
  const heading = make("h4");
  const notes = make("div"), law = make("div", { class: "kb-law" }), act = make("p", { class: "kb-quiet" });
  const said = make("p", { class: "kb-quiet", role: "status" });

  // A lesson may show several statutes: a control that is heard without its surroundings says which is its own.
  const which = () => make("span", { class: "kb-sr" }, ` (${cite})`);

  el.classList.add("kb", "kb-statute");
  el.replaceChildren(
    make("h3", {}, `${cite}. ${title}`),
    last ? make("div", { class: "kb-controls" },
      make("div", { class: "kb-when" }, make("label", { for: own }, "Wording in force from", which()), slider, ticks),
      make("div", {}, make("label", { for: `${own}-against` }, "Compare with ", which()), choice)) : "",
    heading, notes, law, said, act);

  const run = ([op, words]) => {
    if (op === "same") return words;
    const [tag, name] = op === "added" ? ["ins", "added"] : ["del", "struck"];
    return make(tag, {}, make("span", { class: "kb-sr" }, `[${name}: `), words, make("span", { class: "kb-sr" }, "]"));
  };

  function show() {
    const at = Math.min(Math.max(model.get("at"), 0), last), stop = stops[at], against = model.get("against");
    const other = against === "previous" ? at - 1 : against === "none" ? -1 : Number(against);
    const first = Math.min(at, other), second = Math.max(at, other);
    const both = other >= 0 && other !== at && stop.text !== null && stops[other].text !== null;
    slider.value = String(at);
    slider.setAttribute("aria-valuetext", stop.date);
    choice.value = against;
    [...ticks.children].forEach((tick, place) => tick.classList.toggle("kb-on", place === at));
    heading.replaceChildren(`In force ${stop.span} `, badged(stop.known));
    notes.replaceChildren(...stop.notes.map((note) => make("p", { class: "kb-quiet" }, note)));
    law.hidden = stop.text === null;
    law.classList.toggle("kb-inferred", !stop.quotable);
    law.replaceChildren(...(both ? pairs[`${first}-${second}`] : [["same", stop.text || ""]]).map(run));
    act.replaceChildren(`${stop.act}: ${stop.what} `, badged(stop.badge));
    said.hidden = !last;
    said.textContent = stop.text === null ? stop.absent
      : both ? `Compared with the wording of ${stops[other].date}, from the earlier to the later. Underlined: added. Struck through: removed.`
        : other >= 0 && other !== at ? `${stops[other].absent} All of this is new.` : "Compared with no other wording.";
  }

  ["at", "against"].forEach((name) => model.on(`change:${name}`, show));
  show();
}

export default { render };
