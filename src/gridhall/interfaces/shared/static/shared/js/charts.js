// Reading a chart: pointer, finger and arrow keys find a mark, whose sentence stands in a small sign and is read aloud.
// Without this script each mark still has its title, and the table stands beside the chart.
(() => {
  "use strict";
  if (window.gridhallCharts) return;
  window.gridhallCharts = true;

  const dress = (box) => {
    if (box.dataset.ready || !box.querySelector(".gh-mark")) return;
    box.dataset.ready = "1";
    const tip = document.createElement("div");
    tip.className = "gh-tip";
    tip.hidden = true;
    tip.setAttribute("aria-hidden", "true");
    const spoken = document.createElement("p");
    spoken.className = "gh-hidden";
    spoken.setAttribute("aria-live", "polite");
    box.append(tip, spoken);
    box.tabIndex = 0;
    // Arrow keys are for the marks here, also where a screen reader would keep them for itself.
    box.setAttribute("role", "application");
    box.setAttribute("aria-label", `${box.getAttribute("aria-label") || ""} ${box.dataset.help || ""}`.trim());
    for (const title of box.querySelectorAll(".gh-mark > title")) {
      title.parentElement.dataset.says = title.textContent;
      title.remove();
    }

    let chosen = null;
    const getMarks = () => {
      const shown = [...box.querySelectorAll("svg")].find((svg) => svg.getClientRects().length) || box;
      return [...shown.querySelectorAll(".gh-mark")];
    };
    const hide = () => {
      if (chosen) chosen.classList.remove("gh-on");
      chosen = null;
      tip.hidden = true;
    };
    const show = (mark, speaks) => {
      if (chosen === mark) return;
      hide();
      if (!mark) return;
      chosen = mark;
      mark.classList.add("gh-on");
      tip.textContent = mark.dataset.says;
      if (speaks) spoken.textContent = mark.dataset.says;
      tip.hidden = false;
      const frame = box.getBoundingClientRect();
      const hit = mark.querySelector(".gh-hit").getBoundingClientRect();
      const left = hit.left + hit.width / 2 - frame.left - tip.offsetWidth / 2;
      tip.style.left = `${Math.max(0, Math.min(left, frame.width - tip.offsetWidth))}px`;
      // A mark as high as the chart has its sign on top; one of many rows has it above or below itself.
      const above = hit.top - frame.top - tip.offsetHeight - 4;
      const isTall = hit.height > frame.height / 2;
      tip.style.top = `${isTall ? 0 : above >= 0 ? above : hit.bottom - frame.top + 4}px`;
    };
    const markAt = (event) => {
      const under = document.elementFromPoint(event.clientX, event.clientY);
      const mark = under && under.closest(".gh-mark");
      return mark && box.contains(mark) ? mark : null;
    };

    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, PageDown: 8, PageUp: -8 };
    box.addEventListener("keydown", (event) => {
      const marks = getMarks();
      const at = marks.indexOf(chosen);
      let next = null;
      if (event.key in steps) next = at < 0 ? (steps[event.key] > 0 ? 0 : marks.length - 1) : at + steps[event.key];
      else if (event.key === "Home") next = 0;
      else if (event.key === "End") next = marks.length - 1;
      else if (event.key === "Escape") hide();
      else if (event.key === "Enter" && chosen && chosen.href) location.href = chosen.href.baseVal;
      if (next === null) return;
      event.preventDefault();
      show(marks[Math.max(0, Math.min(next, marks.length - 1))], true);
    });
    box.addEventListener("blur", hide);
    box.addEventListener("pointermove", (event) => show(markAt(event), false));
    box.addEventListener("pointerleave", (event) => { if (event.pointerType === "mouse") hide(); });
    // A finger first asks what a mark says; its second touch follows the link.
    let before = null;
    box.addEventListener("pointerdown", (event) => {
      before = event.pointerType === "touch" ? { mark: chosen } : null;
      if (before) show(markAt(event), true);
    });
    box.addEventListener("click", (event) => {
      const mark = event.target.closest(".gh-mark");
      if (before && mark && before.mark !== mark) event.preventDefault();
    });
    document.addEventListener("pointerdown", (event) => { if (!box.contains(event.target)) hide(); });
  };

  const dressAll = () => document.querySelectorAll("[data-chart]").forEach(dress);
  document.addEventListener("htmx:load", dressAll);
  dressAll();
})();
