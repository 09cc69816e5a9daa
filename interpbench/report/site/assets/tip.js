// One tooltip for all that has `data-tip`: on hover, on focus for keyboards, on a tap. Escape or a tap elsewhere closes it.
(() => {
  const tip = document.getElementById("tip");
  const hide = () => { tip.hidden = true; };
  const show = (event) => {
    const on = event.target.closest && event.target.closest("[data-tip]");
    if (!on) return hide();
    tip.textContent = on.dataset.tip;
    tip.hidden = false;
    const box = on.getBoundingClientRect();
    const own = tip.getBoundingClientRect();
    const left = Math.max(8, Math.min(box.left, innerWidth - own.width - 8));
    const above = box.top - own.height - 6;
    tip.style.left = `${left}px`;
    tip.style.top = `${above > 4 ? above : box.bottom + 6}px`;
  };
  document.addEventListener("mouseover", show);
  document.addEventListener("focusin", show);
  document.addEventListener("focusout", hide);
  document.addEventListener("click", show); // comes last of a tap, whose focus goes to the frame around the table and hides
  document.addEventListener("scroll", hide, { capture: true, passive: true });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
})();
