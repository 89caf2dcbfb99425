// Search in the browser: the texts come with the site (search-index.js), MiniSearch finds in them.
(() => {
  const field = document.getElementById("q"), found = document.getElementById("found"), results = document.getElementById("results");
  const places = window.knowingBenefitPlaces;
  const engine = new MiniSearch({
    fields: ["title", "within", "text"], storeFields: ["title", "within", "text", "path", "kind"],
    searchOptions: { boost: { title: 4, within: 1.5 }, prefix: (term) => term.length > 2, fuzzy: (term) => (term.length > 4 ? 0.15 : false), combineWith: "AND" },
  });
  engine.addAll(places.map(([kind, title, within, path, text], id) => ({ id, kind, title, within, path, text })));

  // A line of the text around the first word that was found.
  function excerpt(text, terms) {
    const lower = text.toLowerCase();
    const at = Math.min(...terms.map((term) => lower.indexOf(term)).filter((place) => place >= 0));
    const start = Number.isFinite(at) ? Math.max(0, lower.lastIndexOf(" ", Math.max(0, at - 70)) + 1) : 0;
    const cut = text.slice(start, start + 220);
    const pattern = new RegExp(`(${terms.map((term) => term.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`, "gi");
    const parts = terms.length ? cut.split(pattern) : [cut];
    return [start ? "… " : "", ...parts.map((part, odd) => {
      if (odd % 2 === 0) return part;
      const mark = document.createElement("mark");
      mark.textContent = part;
      return mark;
    }), start + 220 < text.length ? " …" : ""];
  }

  function show() {
    const query = field.value.trim();
    results.replaceChildren();
    if (!query) { found.textContent = `${places.length} places to look: lessons by section, authorities, terms, labs.`; return; }
    let hits = engine.search(query);
    if (!hits.length) hits = engine.search(query, { combineWith: "OR" });
    found.textContent = hits.length ? `${hits.length} found for “${query}”${hits.length > 30 ? "; the nearest 30" : ""}.` : `Nothing found for “${query}”. Try fewer words, or one of them.`;
    hits.slice(0, 30).forEach((hit) => {
      const item = document.createElement("li"), link = document.createElement("a"), about = document.createElement("p"), text = document.createElement("p");
      link.href = hit.path;
      link.textContent = hit.title;
      about.className = "quiet";
      about.textContent = hit.within ? `${hit.kind} · ${hit.within}` : hit.kind;
      text.append(...excerpt(hit.text, Object.keys(hit.match)));
      item.append(link, about, text);
      results.append(item);
    });
  }

  field.value = new URLSearchParams(location.search).get("q") || "";
  let timer = 0;
  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(show, 120); });
  field.form.addEventListener("submit", (event) => {
    event.preventDefault();
    try { history.replaceState(null, "", `?q=${encodeURIComponent(field.value)}`); } catch { /* from a folder on disk some browsers forbid it */ }
    show();
  });
  show();
})();
