// Tables are complete without this script; it sorts, filters, and keeps what was chosen in the address.
(() => {
  const site = window.interpbench;
  // cells without a value stand last, whichever way a column is sorted
  const last = (turn) => (a, b) => (a === null ? (b === null ? 0 : 1) : b === null ? -1 : turn * (a - b));
  DataTable.type("figure", { order: { pre: (value) => (value === "" || value === undefined ? null : Number(value)), asc: last(1), desc: last(-1) } });
  site.plain = { info: false, autoWidth: false, order: [], orderMulti: false, layout: { topStart: null, topEnd: null, bottomStart: null, bottomEnd: null } };

  const enhance = (section) => {
    const table = section.querySelector("table");
    if (!table) return;
    const name = section.dataset.grid;
    const key = (part) => `${name}.${part}`;
    commands(table);
    site.soften(table);
    const heads = [...table.tHead.rows[0].cells];
    const rows = [...table.tBodies[0].rows];
    const ordered = (at) => rows.some((row) => row.cells[at].dataset.order);
    const api = new DataTable(table, {
      ...site.plain,
      paging: false,
      columnDefs: [
        { targets: heads.flatMap((cell, at) => (cell.classList.contains("num") ? [] : [at])), type: "string" },
        { targets: heads.flatMap((cell, at) => (cell.classList.contains("num") ? [at] : [])), type: "figure", orderSequence: ["desc", "asc", ""] },
        { targets: heads.flatMap((_, at) => (ordered(at) ? [] : [at])), orderable: false }, // pictures and buttons
      ],
    });
    const keys = heads.map((cell) => cell.dataset.key);
    const form = section.querySelector("form.filters");
    const checked = (part) => (form ? [...form.querySelectorAll(`[name=${part}]:checked`)].map((one) => one.value) : []);
    const count = () => {
      if (!form) return;
      const shown = api.rows({ search: "applied" }).count();
      const all = api.rows().count();
      form.querySelector("output").textContent = shown === all ? `${all} rows` : `${shown} of ${all} rows`;
    };
    const picks = form ? [...form.querySelectorAll("details.pick")].map((menu) => [menu, menu.querySelector("summary"), menu.querySelector("summary").textContent]) : [];
    const mark = () => picks.forEach(([menu, button, title]) => {
      const chosen = menu.querySelectorAll(":checked").length;
      button.textContent = chosen ? `${title} (${chosen})` : title; // menus are closed most of the time
    });
    const compact = () => table.classList.contains("compact");
    if (form) {
      form.hidden = false;
      const found = finder();
      api.search.fixed("chosen", (_, __, index) => {
        const row = api.row(index).node(), of = row.dataset;
        const families = checked("family"), tiers = checked("tier"), most = form.cpu.value;
        return (!families.length || families.includes(of.family)) && (!tiers.length || tiers.includes(of.tier)) && (most === "" || (of.cpu !== undefined && Number(of.cpu) <= Number(most))) && found(row, form.q.value, compact());
      });
      const change = () => {
        api.draw();
        count();
        mark();
        site.state.set({ [key("q")]: form.q.value, [key("family")]: checked("family").join(","), [key("tier")]: checked("tier").join(","), [key("cpu")]: form.cpu.value });
      };
      form.addEventListener("input", change);
      form.addEventListener("submit", (event) => event.preventDefault());
      form.addEventListener("reset", () => setTimeout(change));
    }
    api.on("order", () => {
      if (reading) return;
      const [first] = api.order();
      const dir = first && (first.dir || first[1]);
      site.state.set({ [key("sort")]: dir ? `${keys[first.idx ?? first[0]]}.${dir}` : "" });
    });
    let reading = false;
    const columns = section.querySelector("[data-do=columns]");
    const wide = (all) => {
      if (!columns) return;
      table.classList.toggle("compact", !all);
      columns.setAttribute("aria-pressed", String(all));
    };
    const some = () => ["sort", "q", "family", "tier", "cpu", "columns"].some((part) => site.state.get(key(part)));
    const read = () => {
      reading = true;
      const [by, dir] = site.state.get(key("sort")).split(".");
      const at = keys.indexOf(by);
      api.order(at >= 0 && (dir === "asc" || dir === "desc") ? [[at, dir]] : []);
      if (form) {
        form.q.value = site.state.get(key("q"));
        form.cpu.value = site.state.get(key("cpu"));
        for (const part of ["family", "tier"]) {
          const wanted = site.state.get(key(part)).split(",");
          form.querySelectorAll(`[name=${part}]`).forEach((one) => { one.checked = wanted.includes(one.value); });
        }
        mark();
      }
      wide(site.state.get(key("columns")) === "all");
      api.draw();
      count();
      reading = false;
    };
    if (some()) read();
    else count();
    site.state.listen(read);
    const tools = section.querySelector(".tools");
    if (tools) tools.hidden = false;
    section.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (!button || button.closest("[data-grid]") !== section) return;
      act(button.dataset.do, button);
    });
    const act = (what, button) => {
      const shown = site.shown(table);
      if (what === "columns") {
        const all = compact();
        wide(all);
        api.draw(); // what is found depends on what is shown
        count();
        site.state.set({ [key("columns")]: all ? "all" : "" });
      } else if (what === "latex") {
        if (shown.rows.length) site.copy(site.formats.latex(shown, site.provenance(section)), "LaTeX of the table", button);
        else { site.tell(button, "no rows"); site.say("No rows to copy"); }
      }else if (what === "csv") site.save(`${name}.csv`, site.formats.csv(shown), "text/csv");
      else if (what === "json") site.save(`${name}.json`, site.formats.json(shown, site.provenance(section)), "application/json");
      else if (what === "link") site.copy(site.state.link(name), "Link", button);
    };
  };

  // rows in whose visible text all words of a query occur
  const finder = () => {
    const known = new WeakMap(); // row: its text with all columns, and with few
    const told = (row, few) => {
      if (!known.has(row)) {
        const cells = [...row.cells].filter((cell) => !cell.classList.contains("command"));
        known.set(row, [cells, cells.filter((cell) => !cell.classList.contains("more"))].map((some) => some.map(site.text).join(" ").toLowerCase()));
      }
      return known.get(row)[Number(few)];
    };
    return (row, query, few) => query.toLowerCase().split(/\s+/).every((word) => told(row, few).includes(word));
  };

  // names may break after these, and nowhere else: on narrow screens they stand in few letters
  site.soften = (table) => {
    for (const cell of table.querySelectorAll("tbody th")) {
      const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
      const texts = [];
      while (walker.nextNode()) texts.push(walker.currentNode);
      for (const text of texts) {
        const parts = text.data.match(/[^-/_]+[-/_]*|[-/_]+/g) || [];
        text.replaceWith(...parts.flatMap((part, at) => (at ? [document.createElement("wbr"), part] : [part])));
      }
    }
  };

  // the command that reproduces a row, as a last column of buttons
  const commands = (table) => {
    const rows = [...table.tBodies[0].rows];
    if (!rows.some((row) => row.dataset.command)) return;
    const head = table.tHead.rows[0].appendChild(document.createElement("th"));
    head.scope = "col";
    head.className = "command";
    head.dataset.tip = "copies the command that runs this row again";
    head.textContent = "again";
    for (const row of rows) {
      const cell = row.insertCell();
      cell.className = "command";
      if (!row.dataset.command) continue;
      const button = cell.appendChild(document.createElement("button"));
      button.type = "button";
      button.className = "quiet";
      button.dataset.copy = row.dataset.command;
      button.dataset.tip = row.dataset.command;
      button.setAttribute("aria-label", `copy the command that runs ${row.cells[0].textContent.trim()} again`);
      button.textContent = "copy";
    }
  };

  // the first table at once, and those that the address speaks of; the others when the page is idle or they come near
  const waiting = new Set(document.querySelectorAll("[data-grid]"));
  const now = (section) => {
    if (waiting.delete(section)) enhance(section);
  };
  const asked = location.hash.slice(1);
  [...waiting].forEach((section, at) => {
    if (at === 0 || asked.includes(`${section.dataset.grid}.`)) now(section);
  });
  // to the table that the address names; a page that is loaded again or returned to stays where it was
  const go = () => {
    const section = document.getElementById(site.state.named());
    if (!section || !section.matches("[data-grid]")) return;
    now(section);
    const folded = section.closest("details");
    if (folded) folded.open = true;
    section.scrollIntoView({ block: "start", behavior: "instant" });
  };
  const [visit] = performance.getEntriesByType("navigation");
  if (!visit || visit.type === "navigate") go();
  site.state.listen(go);
  const near = new IntersectionObserver((seen) => {
    seen.filter((one) => one.isIntersecting).forEach((one) => now(one.target));
  }, { rootMargin: "400px" });
  waiting.forEach((section) => near.observe(section));
  const idle = window.requestIdleCallback || ((go) => setTimeout(go, 50));
  const next = () => {
    const [section] = waiting;
    if (!section) return;
    now(section);
    idle(next);
  };
  addEventListener("load", () => idle(next));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) site.copy(button.dataset.copy, "Command", button);
  });
  // one open menu at a time; Escape and a click elsewhere close it
  const menus = [...document.querySelectorAll("details.pick")];
  document.addEventListener("click", (event) => menus.forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    menus.filter((menu) => menu.open).forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
  });
})();
