// A table that reaches beyond its frame says so: the frame's right edge has a shadow until the end is in sight.
(() => {
  const site = window.interpbench;
  const look = (frame) => frame.classList.toggle("beyond", frame.scrollLeft + frame.clientWidth < frame.scrollWidth - 1);
  const sizes = new ResizeObserver((seen) => seen.forEach((one) => look(one.target.closest(".scroll"))));
  site.edge = (frame) => {
    frame.addEventListener("scroll", () => look(frame), { passive: true });
    sizes.observe(frame);
    sizes.observe(frame.querySelector("table")); // wider with more columns, in the same frame
  };
  document.querySelectorAll(".scroll").forEach(site.edge);
})();
