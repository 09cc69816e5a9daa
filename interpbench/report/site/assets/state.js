// What a reader sees is in the address: `#table.sort=skill.desc&table.family=sae`. Plain anchors hold no `=`.
(() => {
  const site = (window.interpbench = window.interpbench || {});
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
    listen(changed) {
      addEventListener("hashchange", () => { if (location.hash !== own && location.hash + "#" !== own) changed(); });
    },
  };
  site.say = (text) => { document.getElementById("said").textContent = text; };
  site.copy = async (text, what) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch { // not allowed for files in some browsers
      const area = document.body.appendChild(document.createElement("textarea"));
      area.value = text;
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    site.say(`${what} copied`);
  };
})();
