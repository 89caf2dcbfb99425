// Elements for all faces: part of every face's one module.

// Else JupyterLab takes arrow keys, letters and Shift+Enter for commands of its own. It asks the focused element alone.
const keepKeys = (node) => { node.setAttribute("data-lm-suppress-shortcuts", "true"); };

const make = (tag, given = {}, ...children) => {
  const node = document.createElement(tag);
  if (/^(?:a|button|input|select|summary|textarea)$/.test(tag)) keepKeys(node);
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && typeof value !== "string") node[name] = value;
    else if (value !== undefined && value !== null) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
};

// A badge, such as "✓ verified": seen as a mark and a word, heard as the word.
const badged = (text) => {
  const [mark, word] = text.split(" ");
  return make("span", { class: "kb-badge" }, make("span", { "aria-hidden": "true" }, `${mark} `), word);
};
