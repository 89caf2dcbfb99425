// What JupyterLite lacks for this course: an extension, as a module federation container written by hand, so that nothing has to be
// bundled. It does for lessons what view/server.py does on a Jupyter server, and it notices a copy that is older than the site.
//
// A lesson that was ever saved is kept by the browser, which shows that copy from then on and hides every later one. So each lesson
// carries the digest it was published with, and `lessons.json` tells the digests of today.

(() => {
  const WIDGET = "application/vnd.jupyter.widget-view+json";
  let scope = null;

  async function shared(name) {
    const [version] = Object.values(scope[name]);
    return (await version.get())();
  }

  const published = (root) => fetch(`${root}/lessons.json`, { cache: "no-store" })
    .then((found) => (found.ok ? found.json() : {})).catch(() => ({}));

  // Its outputs are ours, so their scripts may run: then its questions are alive before any cell is run.
  function trust(notebook) {
    notebook.cells.forEach((cell) => { cell.metadata = { ...cell.metadata, trusted: true }; });
  }

  // The reference to a live view means nothing when the page is opened again; the HTML beside it does.
  function withoutLiveViews(notebook) {
    for (const { data } of notebook.cells.flatMap((cell) => cell.outputs || [])) {
      if (data && data[WIDGET] && [data["text/html"]].flat().join("").includes("data-kb-face=")) delete data[WIDGET];
    }
  }

  function around(contents, lessons) {
    const { get, save } = contents;
    contents.get = async (path, options) => {
      const model = await get.call(contents, path, options);
      if (model.content && lessons[path]) trust(model.content);
      return model;
    };
    contents.save = (path, options) => {
      if (!lessons[path] || !options || !options.content || !options.content.cells) return save.call(contents, path, options);
      const content = structuredClone(options.content);
      withoutLiveViews(content);
      return save.call(contents, path, { ...options, content });
    };
  }

  function notice(panel, contents, root, Widget) {
    const node = document.createElement("div");
    node.className = "kb-stale-lesson";
    node.setAttribute("role", "status");
    node.style.cssText = "min-height: 4rem; overflow: auto; box-sizing: border-box; padding: 0.6em 1em; border-bottom: 2px solid currentColor; font: 15px/1.4 system-ui, sans-serif; white-space: normal;";
    const words = document.createElement("span");
    words.textContent = "This is an older copy of the lesson, which this browser kept; there is a newer one. Your answers are kept apart and stay as they are. ";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Show the newer one";
    node.append(words, button);
    const bar = new Widget({ node });
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        await replace(panel, contents, root);
        bar.dispose();
      } catch {
        words.textContent = "The newer one could not be fetched; nothing has changed. See that you are connected, then try again. ";
        button.disabled = false;
      }
    });
    panel.contentHeader.addWidget(bar);
    // The header gives its parts the least height that they ask for, and no more.
    requestAnimationFrame(() => {
      node.style.minHeight = `${node.scrollHeight + 2}px`;
      panel.contentHeader.fit();
    });
  }

  async function replace(panel, contents, root) {
    const { context } = panel, { path } = context;
    const found = await fetch(`${root}/files/${path}`, { cache: "no-store" });
    if (!found.ok) throw new Error(found.statusText);
    const fresh = await found.json(), old = context.model.toJSON();
    // Our cells cannot be edited; what can, a reader has added.
    if (old.cells.some((cell) => cell.metadata.editable !== false)) {
      const kept = path.replace(/\.ipynb$/, ` (my copy of ${new Date().toISOString().slice(0, 16).replace("T", " ").replace(":", ".")}).ipynb`);
      await contents.save(kept, { type: "notebook", format: "json", content: old });
    }
    await contents.save(path, { type: "notebook", format: "json", content: fresh });
    await context.revert();
  }

  async function look(panel, contents, root, lessons, Widget) {
    await panel.context.ready;
    const today = lessons[panel.context.path], own = (panel.context.model.getMetadata("knowing_benefit") || {}).digest;
    if (today && own !== today) notice(panel, contents, root, Widget);
  }

  function plugin({ INotebookTracker }, { Widget }) {
    return {
      id: "knowing-benefit-lessons:plugin",
      autoStart: true,
      requires: [INotebookTracker],
      activate: async (app, tracker) => {
        const { contents } = app.serviceManager;
        const root = new URL(document.getElementById("jupyter-config-data").dataset.jupyterLiteRoot, `${location.origin}${location.pathname.replace(/\/[^/]*$/, "")}/`).href.replace(/\/$/, "");
        const lessons = await published(root);
        around(contents, lessons);
        // Asks the browser not to clear what it keeps for this page when space is short. It may say no.
        if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => {});
        tracker.widgetAdded.connect((_, panel) => look(panel, contents, root, lessons, Widget));
      },
    };
  }

  window._JUPYTERLAB ||= {};
  window._JUPYTERLAB["knowing-benefit-lessons"] = {
    init: (given) => { scope = given; },
    get: async (name) => {
      if (name !== "./extension") return () => ({});
      const made = plugin(await shared("@jupyterlab/notebook"), await shared("@lumino/widgets"));
      return () => ({ __esModule: true, default: made });
    },
  };
})();
