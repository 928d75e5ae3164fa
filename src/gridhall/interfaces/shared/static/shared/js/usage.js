// The curve of a day: a cursor moved by slider, mouse or keys; swipes and arrow keys lead to the day before and after.
(() => {
  "use strict";

  const go = (rel) => {
    const link = document.querySelector(`.gh-period a[rel=${rel}]`);
    if (link) location.assign(link.href);
  };
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest("input, select, textarea, dialog, [tabindex]")) return;
    if (event.key === "ArrowLeft") go("prev");
    if (event.key === "ArrowRight") go("next");
  });
  const card = document.querySelector("[data-swipe]");
  let start = null;
  if (card) {
    card.addEventListener("touchstart", (event) => {
      const one = event.touches.length === 1 && !event.target.closest("input, .gh-scroll");
      start = one ? event.touches[0] : null;
    }, { passive: true });
    card.addEventListener("touchend", (event) => {
      if (!start) return;
      const end = event.changedTouches[0];
      const [across, down] = [end.clientX - start.clientX, end.clientY - start.clientY];
      start = null;
      if (Math.abs(across) > 60 && Math.abs(across) > 2 * Math.abs(down)) go(across > 0 ? "prev" : "next");
    }, { passive: true });
  }

  const scrub = document.querySelector(".gh-scrub");
  const table = document.getElementById("slots");
  if (!scrub || !table) return;
  const slider = scrub.querySelector("input");
  const output = scrub.querySelector("output");
  const names = [...table.querySelectorAll("thead th")].map((cell) => cell.dataset.beside || cell.textContent);
  const tell = (row) => [...row.cells].slice(1)
    .map((cell, at) => names[at + 1].startsWith("kW") ? `${cell.textContent} ${names[at + 1]}` : `${names[at + 1]} ${cell.textContent}`)
    .join(" · ");
  const show = () => {
    const at = Number(slider.value);
    const row = table.tBodies[0].rows[at];
    const text = `${row.cells[0].textContent.replace(/\s+/g, " ").trim()} · ${tell(row)}`;
    output.textContent = text;
    slider.setAttribute("aria-valuetext", text);
    for (const hit of document.querySelectorAll(".gh-curve-hit")) {
      const x = Number(hit.getAttribute("x")) + (at + 0.5) * Number(hit.getAttribute("width")) / Number(hit.dataset.slots);
      const cursor = hit.parentNode.querySelector(".gh-cursor");
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
    }
  };
  slider.addEventListener("input", show);
  const follow = (event) => {
    const hit = event.target.closest(".gh-curve-hit");
    if (!hit) return;
    const box = hit.getBoundingClientRect();
    const count = Number(hit.dataset.slots);
    slider.value = Math.min(count - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * count)));
    show();
  };
  for (const chart of document.querySelectorAll(".gh-curve")) {
    chart.addEventListener("mousemove", follow);
    chart.addEventListener("click", follow);
  }
  show();
})();
