// What every page does by itself: light or dark, where in the contents the reader is, folded parts open on paper, and the
// lesson to go on with. Without scripts all of it is missed and nothing is lost.
(() => {
  const keep = (name, value) => { try { localStorage.setItem(`knowing-benefit:${name}`, value); } catch { /* kept for this page alone */ } };
  const kept = (name) => { try { return localStorage.getItem(`knowing-benefit:${name}`); } catch { return null; } };

  const root = document.documentElement;
  const button = document.querySelector(".theme");
  if (button) {
    const system = matchMedia("(prefers-color-scheme: dark)");
    const dark = () => (root.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
    const say = () => { button.textContent = dark() ? "Light page" : "Dark page"; };
    button.hidden = false;
    button.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; keep("theme", root.dataset.theme); say(); });
    system.addEventListener("change", say);
    say();
  }

  const contents = document.querySelector(".contents");
  if (contents) {
    const narrow = matchMedia("(max-width: 65.99rem)");
    const fold = () => { contents.firstElementChild.open = !narrow.matches; };
    narrow.addEventListener("change", fold);
    fold();
    const links = new Map([...contents.querySelectorAll("a")].map((link) => [link.hash.slice(1), link]));
    const heads = [...links.keys()].map((name) => document.getElementById(name));
    const look = () => {
      const now = heads.filter((head) => head.getBoundingClientRect().top < innerHeight * 0.3).at(-1);
      links.forEach((link, name) => { if (now && now.id === name) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current"); });
    };
    let waiting = false;
    addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; look(); });
    }, { passive: true });
    look();
  }

  // On paper nothing can be unfolded.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")].filter((one) => !one.closest(".kb"));
    opened.forEach((one) => { one.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((one) => { one.open = false; }));

  const lesson = document.querySelector("[data-lesson]");
  if (lesson) keep("last", JSON.stringify({ path: lesson.dataset.lesson, title: lesson.dataset.title }));
  const onward = document.querySelector(".continue");
  if (onward) {
    try {
      const { path, title } = JSON.parse(kept("last"));
      if (/^lessons\/\w+\.html$/.test(path)) { onward.href = path; onward.textContent = `Go on with ${title}`; onward.hidden = false; }
    } catch { /* a first visit */ }
  }
})();
