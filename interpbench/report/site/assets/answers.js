// Single answers and questions: their scripts are loaded when somebody looks at them, and not before.
(() => {
  const site = window.interpbench;
  const root = document.body.dataset.root;
  const waiting = new Map(), known = new Map();
  site.receive = (name, payload) => {
    known.set(name, payload);
    (waiting.get(name) || []).forEach((go) => go(payload));
    waiting.delete(name);
  };
  const load = (name) => new Promise((go) => {
    if (known.has(name)) return go(known.get(name));
    if (waiting.has(name)) return waiting.get(name).push(go);
    waiting.set(name, [go]);
    const script = document.createElement("script");
    script.src = `${root}data/${name}.js`;
    script.onerror = () => site.receive(name, null);
    document.head.append(script);
  });
  const make = (tag, text, more = {}) => Object.assign(document.createElement(tag), { textContent: text }, more);
  const EMPTY = "–";

  const lines = (all, task, kind) => all.instance.map((_, at) => at).filter((at) =>
    (!task || all.task.names[all.task.at[at]] === task) && (!kind || all.kind.names[all.kind.at[at]] === kind));

  // a table may count the kinds of its headline alone; here are all, unless one was chosen
  const counted = (at, kind) => `${at.length} question${at.length === 1 ? "" : "s"}${kind ? "" : ", all kinds"}`;
  // what leads to these answers from a table of this page, wherever the reader came from
  const opener = (shown, task, kind) => [...document.querySelectorAll("[data-grid] a[href^='#cells=']")].find((link) => {
    const to = new URLSearchParams(link.hash.slice(1));
    return to.get("cells") === shown && (to.get("task") || "") === task && (to.get("kind") || "") === kind;
  });
  const textOf = (all, name, one) => all.shown[name].names[all.shown[name].at[one]];

  const list = (section, all, at, kind) => {
    const values = Object.keys(all.titles).filter((name) => at.some((one) => all.values[name][one] !== null));
    const table = document.createElement("table");
    table.append(make("caption", `${section.dataset.row}: ${counted(at, kind)}`));
    const head = table.createTHead().insertRow();
    for (const [title, numeric, name] of [["question"], ["kind"], ["family"], ["status"], ...values.map((name) => [all.titles[name], 1, name]), ["CPU s", 1], ["queries", 1]]) {
      const cell = head.appendChild(make("th", title, { scope: "col", className: numeric ? "num" : "" }));
      if (all.about[name]) cell.dataset.tip = all.about[name];
    }
    const body = table.createTBody();
    const of = (part, one) => all[part].names[all[part].at[one]];
    for (const one of at) {
      const row = body.insertRow();
      const first = row.appendChild(make("th", "", { scope: "row" }));
      first.dataset.order = all.instance[one];
      const button = first.appendChild(make("button", all.instance[one].split("/").pop(), { type: "button", className: "quiet" }));
      button.dataset.instance = all.instance[one];
      for (const part of ["kind", "family", "status"]) {
        const told = of(part, one);
        const cell = row.insertCell();
        cell.textContent = part === "family" ? told.split("/").pop() : told.replaceAll("_", " ");
        cell.dataset.order = told;
        if (part === "status" && of("reason", one)) cell.dataset.tip = of("reason", one);
      }
      for (const [value, text] of [...values.map((name) => [all.values[name][one], textOf(all, name, one)]), [all.cpu[one]], [all.queries[one]]]) {
        const cell = row.insertCell();
        cell.className = "num";
        cell.textContent = value === null ? EMPTY : text || String(value);
        cell.dataset.order = value === null ? "" : value;
      }
    }
    return table;
  };

  const detail = async (section, all, instance) => {
    const at = all.instance.indexOf(instance);
    if (at < 0) return make("p", `There is no question ${instance} here.`);
    const of = (part) => all[part].names[all[part].at[at]];
    const shown = section.dataset.shown;
    const [question, answers] = await Promise.all([
      all.questions[of("task")] ? load(`${shown}/questions/${all.questions[of("task")]}`) : null,
      all.answers ? load(`${shown}/answers/${section.dataset.cells.split("/").pop()}`) : null,
    ]);
    const box = make("article", "", { className: "one", tabIndex: -1 });
    box.setAttribute("aria-label", instance);
    box.append(make("h4", instance));
    const facts = box.appendChild(make("dl", "", { className: "facts" }));
    const fact = (name, value, list = facts) => { const pair = list.appendChild(document.createElement("div")); pair.append(make("dt", name), make("dd", value)); };
    fact("kind", of("kind"));
    fact("status", of("status").replaceAll("_", " ") + (all.answered[at] ? "" : " (scored at chance)"));
    if (of("reason")) fact("reason", of("reason"));
    const more = make("dl", "", { className: "facts" });
    for (const [name, values] of Object.entries(all.values)) {
      if (values[at] === null) continue;
      const title = all.titles[name];
      fact(title || name, textOf(all, name, at), title ? facts : more);
      if (title && all.about[name]) facts.lastChild.dataset.tip = all.about[name];
    }
    if (more.childNodes.length) box.appendChild(make("details", "")).append(make("summary", "more values of judging"), more);
    const panel = box.appendChild(make("div", "", { className: "panel" }));
    // pieces of HTML that the site's own templates made, with everything from outside escaped
    if (question && question[instance]) panel.insertAdjacentHTML("beforeend", question[instance]);
    if (answers && answers[instance]) panel.insertAdjacentHTML("beforeend", answers[instance]);
    if (!panel.childNodes.length) panel.append(make("p", "How this question and its answer look is not part of this site; above are the values that judging gave."));
    const suite = section.dataset.suite;
    const why = all.units[at].map((unit) => `interpbench why '${section.dataset.row}:${of("task")}:${unit}' --suite ${suite}`).join("\n");
    box.append(make("p", "Where its answer was stored, and what it depends on:"));
    box.append(make("pre", why));
    return box;
  };

  const open = async (section) => {
    const state = site.state;
    const wanted = state.get("cells") === section.dataset.shown;
    section.hidden = !wanted;
    if (!wanted) return;
    const chosen = [state.get("task"), state.get("kind"), state.get("instance")].join("\n");
    if (section.dataset.chosen === chosen) return;
    section.dataset.chosen = chosen;
    const all = await load(section.dataset.cells);
    if (section.dataset.chosen !== chosen) return; // something else was chosen meanwhile
    const heading = section.querySelector("h3");
    section.replaceChildren(heading);
    if (!all) return section.append(make("p", "The file with these answers is missing from the folder of the site."));
    const [task, kind, instance] = chosen.split("\n");
    heading.textContent = `Single answers: ${[kind, task].filter(Boolean).join(", ") || "all"}`;
    const at = lines(all, task, kind);
    const close = section.appendChild(make("button", "close", { type: "button", className: "quiet" }));
    close.addEventListener("click", () => {
      state.set({ cells: "", task: "", kind: "", instance: "" });
      section.hidden = true;
      delete section.dataset.chosen;
      const from = opener(section.dataset.shown, task, kind);
      if (from) from.focus();
    });
    if (!at.length) return section.append(make("p", "No question of this kind was asked."));
    const holder = section.appendChild(make("div", "", { className: "one-holder" }));
    const scroll = section.appendChild(make("div", "", { className: "scroll", tabIndex: 0 }));
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", "Questions");
    const table = scroll.appendChild(list(section, all, at, kind));
    site.soften(table);
    site.edge(scroll);
    const heads = [...table.tHead.rows[0].cells];
    new DataTable(table, {
      ...site.plain, searching: false, paging: at.length > 50, pageLength: 50, deferRender: true,
      layout: { ...site.plain.layout, bottomStart: at.length > 50 ? "info" : null, bottomEnd: at.length > 50 ? "paging" : null },
      columnDefs: [{ targets: heads.flatMap((cell, place) => (cell.classList.contains("num") ? [place] : [])), type: "figure", orderSequence: ["desc", "asc", ""] }],
    });
    const see = async (name, move) => {
      const box = await detail(section, all, name);
      holder.replaceChildren(box);
      if (move) box.focus();
    };
    scroll.addEventListener("click", (event) => {
      const button = event.target.closest("[data-instance]");
      if (!button) return;
      const name = button.dataset.instance;
      state.set({ instance: name });
      section.dataset.chosen = [task, kind, name].join("\n");
      see(name, true);
    });
    if (instance) await see(instance, false);
    heading.focus({ preventScroll: true });
    section.scrollIntoView({ block: "start" });
  };

  const sections = [...document.querySelectorAll("section.answers")];
  const openAll = () => sections.forEach(open);
  site.state.listen(openAll);
  openAll();

  for (const section of document.querySelectorAll("section.questions")) {
    section.hidden = false;
    const select = section.querySelector("select"), panel = section.querySelector(".panel");
    const show = async () => {
      const all = await load(section.dataset.questions);
      panel.innerHTML = (all && all[select.value]) || "";
      if (!panel.innerHTML) panel.textContent = "The file with these questions is missing from the folder of the site.";
    };
    select.addEventListener("change", () => { site.state.set({ question: select.value }); show(); });
    const read = () => {
      const wanted = site.state.get("question");
      if ([...select.options].some((one) => one.value === wanted)) { select.value = wanted; show(); }
    };
    read();
    site.state.listen(read);
    if (!panel.childNodes.length) new IntersectionObserver((seen, watcher) => {
      if (seen.some((one) => one.isIntersecting)) { watcher.disconnect(); if (!panel.childNodes.length) show(); }
    }).observe(section);
  }
})();
