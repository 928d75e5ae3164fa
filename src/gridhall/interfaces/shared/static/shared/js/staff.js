// The console's keyboard: everything it does can be done without it too.
(() => {
  "use strict";
  let first = "";
  let timer = 0;
  const isTyping = (target) => target.closest("input,textarea,select,[contenteditable]") !== null;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const typed = first ? `${first} ${event.key}` : event.key;
    clearTimeout(timer);
    first = "";
    const link = document.querySelector(`[data-keys="${CSS.escape(typed)}"]`);
    if (link) {
      event.preventDefault();
      link.click();
    } else if (event.key === "g") {
      first = "g";
      timer = setTimeout(() => { first = ""; }, 1500);
    }
  });
})();
