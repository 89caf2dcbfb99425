// Turns slides. Without it they stand below one another, each a screen.
(() => {
  const slides = [...document.querySelectorAll("main > section")];
  const nav = document.querySelector("nav"), status = nav.querySelector("[role=status]");
  let at = 0;
  // What is a little too long for the screen is set smaller, a drawing down to its least width; what is much too long scrolls,
  // as do faces whose length changes while one uses them.
  const fit = () => {
    const body = slides[at].firstElementChild, drawn = body.querySelector(".kb-figure .kb-drawn");
    body.style.zoom = "";
    const over = () => body.getBoundingClientRect().bottom - nav.getBoundingClientRect().top + 24;
    if (drawn) {
      drawn.style.removeProperty("--fit");
      const { width, height } = drawn.getBoundingClientRect();
      if (over() > 0) drawn.style.setProperty("--fit", `${width * Math.max(height - over(), 0) / height}px`);
    } else if (!body.querySelector(".kb-lab, .kb-timeline")) {
      const least = slides[at].classList.contains("face") ? 70 : 60;
      for (let size = 95; over() > 0 && size >= least; size -= 5) body.style.zoom = size / 100;
    }
  };
  const show = (place, move) => {
    at = Math.min(Math.max(place, 0), slides.length - 1);
    slides.forEach((slide, number) => { slide.hidden = number !== at; });
    status.textContent = `${at + 1} of ${slides.length}`;
    history.replaceState(null, "", `#${at + 1}`);
    fit();
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
  addEventListener("resize", fit);
  document.body.classList.add("turning");
  nav.hidden = false;
  show(Number(location.hash.slice(1)) - 1 || 0, false);
})();
