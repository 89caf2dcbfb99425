// Progress through a lesson: one meter for each set of questions, read where the answers are kept.

const WHERE = {
  server: "Your answers are kept on this computer, in the course's folder answers. Nothing needs to be run.",
  kernel: "Your answers are kept on this computer, in the course's folder answers.",
  browser: "Your answers are kept in this browser only. Hand in, or download them, before you clear it.",
};

function render({ model, el }) {
  const { sets } = model.get("data");
  const where = make("p", { class: "kb-quiet" });
  const list = make("ul", { class: "kb-progress", role: "list" });
  el.classList.add("kb", "kb-begin");
  el.append(list, where);

  sets.forEach((one) => {
    const said = make("span");
    // For the eye: the line beside it says the same.
    const meter = make("progress", { max: one.count, value: 0, "aria-hidden": "true" });
    list.append(make("li", {}, said, meter));
    const way = carrier(model, one.sheet);
    const look = async () => {
      const reply = await way.send({ op: "load", exercise: one.sheet, exercise_version: one.version });
      // What has a dot in its name, such as a follow-up, is not one of the questions that are counted.
      const answered = Object.entries(reply.items || {}).filter(([name, { value }]) => !name.includes(".") && !blank(value)).length;
      meter.value = Math.min(answered, one.count);
      said.textContent = `${one.title}: ${answered} of ${one.count} answered`;
      where.textContent = reply.op === "failed" ? `${reply.what} ${reply.mend}` : WHERE[reply.where] || "";
    };
    way.listen(look);
    document.addEventListener("visibilitychange", () => { if (!document.hidden && el.isConnected) look(); });
    look();
  });
}

export default { render };
