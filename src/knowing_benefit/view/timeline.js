// The timeline. It draws nothing and sorts nothing: the strips, the answer and the table come from Python. It shows
// the lanes and years that are chosen, and reads events one by one.

function render({ model, el }) {
  const data = model.get("data");
  const own = `kb-timeline-${Math.random().toString(36).slice(2, 8)}`;
  const safe = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const named = (lane) => `<span aria-hidden="true">${lane.mark}</span> ${safe(lane.title)}`;

  el.classList.add("kb", "kb-timeline");
  el.innerHTML = `
    <h3>${safe(data.title)}</h3>
    <div class="kb-controls">
      <fieldset class="kb-lanes"><legend>Lanes</legend><div>${data.lanes.map((lane) => `
        <label><input type="checkbox" value="${lane.id}"><span class="kb-in-${lane.id}">${named(lane)}</span></label>`).join("")}
      </div></fieldset>
      <fieldset class="kb-years"><legend>Years</legend><div>${data.spans.map((span) => `
        <label><input type="radio" name="${own}" value="${span.id}">${safe(span.title)}</label>`).join("")}
      </div></fieldset>
      <button type="button" class="kb-public">${safe(data.question)}</button>
    </div>
    <figure>
      <figcaption></figcaption>
      <div class="kb-scroll" role="region" tabindex="0" aria-label="${safe(data.region)}"><div class="kb-drawn" role="img"></div></div>
      <p class="kb-quiet"></p>
    </figure>
    <section class="kb-answer" aria-label="${safe(data.question)}">${data.answer}</section>
    <div class="kb-reader">
      <div><button type="button" value="-1">Earlier event</button> <button type="button" value="1">Later event</button></div>
      <div role="status" aria-atomic="false"><p class="kb-quiet"></p><p class="kb-reading"></p></div>
    </div>
    <details class="kb-all"><summary>${safe(data.summary)}</summary><div class="kb-scroll" role="region" tabindex="0" aria-label="${safe(data.summary)}">${data.table}</div></details>`;

  const find = (what) => el.querySelector(what);
  el.querySelectorAll("button, input, summary, [tabindex]").forEach(keepKeys);
  const boxes = [...el.querySelectorAll("[type=checkbox]")], radios = [...el.querySelectorAll("[type=radio]")];
  const toggle = find(".kb-public"), drawn = find(".kb-drawn"), reading = find(".kb-reading");
  const rows = [...el.querySelectorAll("tr[data-e]")];
  let current = null;

  const set = (name, value) => { model.set(name, value); model.save_changes(); };
  boxes.forEach((box) => box.addEventListener("change", () => set("lanes", boxes.filter((one) => one.checked).map((one) => one.value))));
  radios.forEach((radio) => radio.addEventListener("change", () => set("span", radio.value)));
  toggle.addEventListener("click", () => set("public", !model.get("public")));

  function show() {
    const view = model.get("public") ? data.public : data.spans.find((span) => span.id === model.get("span")) || data.spans[0];
    const wanted = model.get("lanes");
    const lanes = data.lanes.filter((lane) => wanted.includes(lane.id) && view.strips[lane.id]);
    boxes.forEach((box) => { box.checked = wanted.includes(box.value); });
    radios.forEach((radio) => { radio.checked = radio.value === (view.id || model.get("span")); });
    find(".kb-years").disabled = model.get("public");
    toggle.setAttribute("aria-pressed", model.get("public"));
    find(".kb-answer").hidden = !model.get("public");
    drawn.innerHTML = view.axes[0] + lanes.map((lane) =>
      `<div class="kb-lane"><div class="kb-lane-name kb-in-${lane.id}">${named(lane)}</div>${view.strips[lane.id]}</div>`).join("") + view.axes[1];
    drawn.setAttribute("aria-label", lanes.length
      ? `${view.caption} Shown: ${lanes.map((lane) => `${lane.title}, ${view.counts[lane.id]}`).join("; ")}.` : "No lane is chosen.");
    find("figcaption").textContent = view.caption;
    find("figure .kb-quiet").textContent = view.note;
    const count = lanes.reduce((sum, lane) => sum + view.counts[lane.id], 0);
    find(".kb-reader .kb-quiet").textContent = count
      ? `${count} of ${rows.length} events shown. Choose a mark, or go through them with the buttons.` : "No lane is chosen. Choose at least one above.";
    // Marked again in the new drawing, and not read again to those who listen.
    if (at(current)) at(current).classList.add("kb-on"); else read(null);
  }

  const at = (event) => event && drawn.querySelector(`[data-e="${event}"]`);

  function read(event) {
    at(current)?.classList.remove("kb-on");
    current = event;
    reading.replaceChildren();
    if (!event) return;
    const [date, lane, text, known, authority] = rows.find((row) => row.dataset.e === event).cells;
    reading.innerHTML = `${date.innerHTML} · ${lane.innerHTML}. ${text.innerHTML} <span class="kb-badge">${known.innerHTML} · ${authority.innerHTML}</span>`;
    at(event).classList.add("kb-on");
  }

  drawn.addEventListener("click", ({ target }) => { const mark = target.closest("[data-e]"); if (mark) read(mark.dataset.e); });
  el.querySelectorAll(".kb-reader button").forEach((button) => button.addEventListener("click", () => {
    const shown = rows.map((row) => row.dataset.e).filter(at);
    const step = Number(button.value), place = shown.indexOf(current);
    if (!shown.length) return;
    read(shown[place < 0 ? (step > 0 ? 0 : shown.length - 1) : Math.min(Math.max(place + step, 0), shown.length - 1)]);
    at(current).scrollIntoView({ block: "nearest", inline: "center" });
  }));

  // On a small screen, begin where the contract does: that is what the figure is about.
  function begin() {
    const scroll = drawn.parentElement, band = drawn.querySelector(".kb-band");
    if (band) scroll.scrollLeft += band.getBoundingClientRect().left - scroll.getBoundingClientRect().left - scroll.clientWidth / 3;
  }

  model.on("change:lanes", show);
  ["span", "public"].forEach((name) => model.on(`change:${name}`, () => { show(); begin(); }));
  show();
  requestAnimationFrame(begin);
}

export default { render };
