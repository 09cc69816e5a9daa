// What a table shows now, in the order in which it stands, as LaTeX, CSV or JSON.
(() => {
  const site = window.interpbench;
  // as in latex.py; the last three do not print as they are in the old encoding of fonts (OT1)
  const TEX = {
    "&": "\\&", "%": "\\%", _: "\\_", "#": "\\#", $: "\\$", "{": "\\{", "}": "\\}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "\\": "\\textbackslash{}",
    "≥": "$\\geq$", "≤": "$\\leq$", "±": "$\\pm$", "→": "$\\to$", "−": "$-$", "|": "\\textbar{}", "<": "$<$", ">": "$>$",
  };
  const minus = (text) => text.replace(/(^|[\s[(±])-(?=[.\d])/g, "$1−"); // of numbers, not of names
  const tex = (text) => minus(text).replace(/[&%_#${}~^\\≥≤±→−|<>]/g, (letter) => TEX[letter]);
  // what a cell shows, without what only screen readers get
  const text = site.text = (cell) => {
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
    // no wider than the text, and no larger where it is narrow: as latex.py does it
    latex(shown, provenance) {
      const line = (cells) => `    ${cells.join(" & ")} \\\\`;
      const title = /[.?!]$/.test(shown.caption) ? shown.caption : `${shown.caption}.`;
      const bold = shown.strong.some(Boolean) ? " Bold: better than the best rival." : "";
      return [
        "% needs booktabs and graphicx",
        "\\begin{table}", "  \\centering\\footnotesize\\setlength{\\tabcolsep}{3pt}%", "  \\sbox0{%",
        `  \\begin{tabular}{@{}${shown.numeric.map((one) => (one ? "r" : "l")).join("")}@{}}`,
        "    \\toprule", line(shown.titles.map(tex)), "    \\midrule",
        ...shown.rows.map((row, at) => line(row.map((cell, place) => (shown.strong[at] && place === 0 ? `\\textbf{${tex(cell)}}` : tex(cell))))),
        "    \\bottomrule", "  \\end{tabular}%", "  }%",
        "  \\ifdim\\wd0>\\linewidth\\resizebox{\\linewidth}{!}{\\usebox0}\\else\\usebox0\\fi",
        `  \\caption{${tex(title)}${bold} ${tex(provenance)}}`, "\\end{table}", "",
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
  // a table may say itself where its figures come from; else the foot of the page says it of all
  site.provenance = (section) => section.dataset.provenance || [...document.querySelectorAll("footer p.provenance")].map((one) => one.textContent).join(" ");
})();
