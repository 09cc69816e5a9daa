// Light and dark: what the reader chose here, else what the system prefers. Runs before anything is drawn.
(() => {
  document.documentElement.classList.add("scripts"); // what needs scripts shows only with this, and columns hide only with this
  const KEY = "interpbench-theme";
  const prefers = window.matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try { return localStorage.getItem(KEY); } catch { return null; } // storage may be forbidden
  };
  const now = () => chosen() || (prefers.matches ? "dark" : "light");
  const show = () => {
    document.documentElement.dataset.theme = now();
    const button = document.getElementById("theme");
    if (!button) return;
    button.hidden = false;
    button.textContent = "dark";
    button.setAttribute("aria-pressed", String(now() === "dark"));
  };
  show();
  prefers.addEventListener("change", show);
  document.addEventListener("DOMContentLoaded", () => {
    show();
    document.getElementById("theme").addEventListener("click", () => {
      const next = now() === "dark" ? "light" : "dark";
      try { localStorage.setItem(KEY, next); } catch { /* then it lasts for this page */ }
      document.documentElement.dataset.theme = next;
      document.getElementById("theme").setAttribute("aria-pressed", String(next === "dark"));
    });
  });
})();
