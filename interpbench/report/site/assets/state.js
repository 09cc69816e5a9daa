// What a reader sees is in the address: `#table.sort=skill.desc&table.family=sae`. Plain anchors hold no `=`.
(() => {
  const site = (window.interpbench = window.interpbench || {});
  const listeners = [];
  let own = null; // what was written last, so that it is not read back
  const read = () => {
    const hash = location.hash.slice(1);
    return new URLSearchParams(hash.includes("=") ? hash : "");
  };
  const written = (state) => "#" + state.toString().replaceAll("%2C", ",").replaceAll("%2F", "/");
  site.state = {
    get: (key) => read().get(key) || "",
    set(changes) {
      const state = read();
      for (const [key, value] of Object.entries(changes)) {
        if (value) state.set(key, value);
        else state.delete(key);
      }
      own = state.toString() ? written(state) : "#";
      if (own !== (location.hash || "#")) location.replace(own);
    },
    listen: (changed) => listeners.push(changed),
    // the one table that an address names: by a plain anchor, or because all that it sets is set there
    named() {
      const tables = new Set([...read().keys()].map((key) => key.slice(0, Math.max(0, key.lastIndexOf(".")))));
      if (!tables.size) return location.hash.slice(1);
      return tables.size === 1 ? [...tables][0] : "";
    },
    link(table) {
      const state = new URLSearchParams([...read()].filter(([key]) => key.startsWith(`${table}.`)));
      return location.href.split("#")[0] + (state.toString() ? written(state) : `#${table}`);
    },
  };
  addEventListener("hashchange", () => {
    if ((location.hash || "#") === own) return;
    own = null; // Back and Forward may come to it again, and then it is to be read
    listeners.forEach((changed) => changed());
  });
})();
