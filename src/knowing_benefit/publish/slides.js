// Turns slides. Without it they stand below one another, each a screen.
(() => {
  const slides = [...document.querySelectorAll("main > section")];
  const nav = document.querySelector("nav"), status = nav.querySelector("[role=status]");
  let at = 0;
  const show = (place, move) => {
    at = Math.min(Math.max(place, 0), slides.length - 1);
    slides.forEach((slide, number) => { slide.hidden = number !== at; });
    status.textContent = `${at + 1} of ${slides.length}`;
    history.replaceState(null, "", `#${at + 1}`);
    scrollTo(0, 0);
    if (move) slides[at].focus({ preventScroll: true });
  };
  const turns = { ArrowRight: 1, PageDown: 1, " ": 1, ArrowLeft: -1, PageUp: -1, Home: -1e6, End: 1e6 };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.target.closest("input, select, textarea, button, summary, [tabindex='0']")) return;
    if (event.key === "n" || event.key === "N") document.body.classList.toggle("with-notes");
    else if (event.key in turns) { event.preventDefault(); show(at + turns[event.key], true); }
  });
  nav.querySelectorAll("button").forEach((button) => button.addEventListener("click", () => show(at + Number(button.value), false)));
  addEventListener("hashchange", () => show(Number(location.hash.slice(1)) - 1 || 0, true));
  document.body.classList.add("turning");
  nav.hidden = false;
  show(Number(location.hash.slice(1)) - 1 || 0, false);
})();
