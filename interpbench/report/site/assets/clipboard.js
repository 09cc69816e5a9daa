// Copies text, and says on the button and to screen readers whether it was copied.
(() => {
  const site = window.interpbench;
  site.say = (text) => { document.getElementById("said").textContent = text; };
  const labels = new WeakMap(); // of buttons that say something else for a while
  site.tell = (button, text) => {
    const { label, timer } = labels.get(button) || { label: button.textContent };
    clearTimeout(timer);
    button.textContent = text;
    labels.set(button, { label, timer: setTimeout(() => { button.textContent = label; labels.delete(button); }, 1500) });
  };
  const toClipboard = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch { // not allowed for files in some browsers
      const before = document.activeElement;
      const area = document.body.appendChild(document.createElement("textarea"));
      area.value = text;
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      if (before) before.focus({ preventScroll: true });
      return done;
    }
  };
  site.copy = async (text, what, button) => {
    const done = await toClipboard(text);
    site.tell(button, done ? "copied" : "could not copy");
    site.say(done ? `${what} copied` : `${what}: could not copy`);
  };
})();
