// What a table shows now, in the order in which it stands, as LaTeX, CSV or JSON.
(() => {
  const site = window.interpbench;
  const TEX = { "&": "\\&", "%": "\\%", _: "\\_", "#": "\\#", $: "\\$", "{": "\\{", "}": "\\}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "\\": "\\textbackslash{}", "≥": "$\\geq$", "<": "$<$", ">": "$>$" };
  const tex = (text) => text.replace(/[&%_#${}~^\\≥<>]/g, (letter) => TEX[letter]);
  const text = (cell) => {
    const copy = cell.cloneNode(true);
    copy.querySelectorAll(".unseen, svg, button, .dt-column-order").forEach((one) => one.remove());
    const small = copy.querySelector("small");
    if (small) small.textContent = ` ${small.textContent}`;
    return copy.textContent.trim();
  };
  const seen = (cell) => getComputedStyle(cell).display !== "none" && !cell.classList.contains("command");
  site.shown = (table) => {
    const heads = [...table.tHead.rows[0].cells].filter(seen);
    const rows = [...table.tBodies[0].rows].filter((row) => row.cells.length > 1);
    return {
      caption: table.caption ? table.caption.textContent : "",
      keys: heads.map((cell) => cell.dataset.key || text(cell)),
      titles: heads.map(text),
      numeric: heads.map((cell) => cell.classList.contains("num")),
      rows: rows.map((row) => [...row.cells].filter(seen).map(text)),
      strong: rows.map((row) => row.classList.contains("strong")),
    };
  };
  const quoted = (cell) => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  // a spreadsheet takes what begins with these for a formula
  const harmless = (cell) => (/^[=@\t]/.test(cell) || (/^[+-]/.test(cell) && !/^[+-][\d.]/.test(cell)) ? `'${cell}` : cell);
  site.formats = {
    latex(shown, provenance) {
      const line = (cells) => `    ${cells.join(" & ")} \\\\`;
      return [
        "\\begin{table}", "  \\centering", "  \\resizebox{\\textwidth}{!}{%",
        `  \\begin{tabular}{${shown.numeric.map((one) => (one ? "r" : "l")).join("")}}`,
        "    \\toprule", line(shown.titles.map(tex)), "    \\midrule",
        ...shown.rows.map((row, at) => line(row.map((cell, place) => (shown.strong[at] && place === 0 ? `\\textbf{${tex(cell)}}` : tex(cell))))),
        "    \\bottomrule", "  \\end{tabular}}", `  \\caption{${tex(shown.caption)}. ${tex(provenance)}}`, "\\end{table}", "",
      ].join("\n");
    },
    csv: (shown) => [shown.titles, ...shown.rows].map((row) => row.map(harmless).map(quoted).join(",")).join("\n") + "\n",
    json: (shown, provenance) => JSON.stringify({
      caption: shown.caption, provenance,
      rows: shown.rows.map((row) => Object.fromEntries(row.map((cell, at) => [shown.keys[at], cell]))),
    }, null, 1) + "\n",
  };
  site.save = (name, content, type) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type }));
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  site.provenance = () => [...document.querySelectorAll("footer p.provenance")].map((one) => one.textContent).join(" ");
})();
