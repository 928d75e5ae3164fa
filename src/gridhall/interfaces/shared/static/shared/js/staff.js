// The console's keyboard, palette and lists. Every key stands for a link, a button or a form that is there without it.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector, root = document) => root.querySelector(selector);
  const isTyping = (target) => target.closest("input:not([type=checkbox]),textarea,select,[contenteditable]") !== null;

  // Palette: the search box of the bar in large, with pages; the arrow keys walk, Enter goes.
  const palette = document.getElementById("gh-palette");
  const line = palette && one("input", palette);
  const hits = () => all("[role=option]", palette);
  const openPalette = (text) => {
    if (!palette || palette.open) return;
    palette.showModal();
    line.value = text || "";
    line.focus();
    if (line.value) refill();
  };
  const refill = () => line.dispatchEvent(new CustomEvent("refill", { bubbles: true }));
  const choose = (step) => {
    const found = hits();
    if (!found.length) return;
    const at = found.findIndex((hit) => hit.getAttribute("aria-selected") === "true");
    found.forEach((hit) => hit.setAttribute("aria-selected", "false"));
    const next = found[(at + step + found.length) % found.length];
    next.setAttribute("aria-selected", "true");
    next.scrollIntoView({ block: "nearest" });
  };
  if (palette) {
    line.addEventListener("keydown", (event) => {
      if (event.isComposing) return; // the keys still belong to the input method
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        choose(event.key === "ArrowDown" ? 1 : -1);
      } else if (event.key === "Enter") {
        const chosen = hits().find((hit) => hit.getAttribute("aria-selected") === "true");
        if (chosen) {
          event.preventDefault();
          chosen.click();
        }
      }
    });
    document.addEventListener("htmx:afterSwap", (event) => {
      if (event.detail.target.id === "gh-palette-list") choose(1);
    });
    all("[data-palette] input").forEach((box) => box.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      openPalette(box.value);
    }));
  }

  all("dialog").forEach((dialog) => dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-shut]")) dialog.close();
  }));

  // What the keys of this page are: read from the page itself, so that it says what is so.
  const keys = document.getElementById("gh-keys");
  const nameOf = (target) => {
    const copy = (target.closest("label") || target).cloneNode(true);
    all("kbd,svg,[data-picked],input", copy).forEach((part) => part.remove());
    return copy.textContent.trim() || target.title || target.getAttribute("aria-label") || "";
  };
  const openKeys = () => {
    if (!keys || keys.open) return;
    const list = one("[data-own-keys]", keys);
    list.replaceChildren(...all("main [data-keys], .gh-topbar [data-keys]").filter((target) => (
      !["?", "n", "p", "u"].includes(target.dataset.keys) && target.offsetParent
    )).map((target) => {
      const [row, term, what, key] = ["div", "dt", "dd", "kbd"].map((tag) => document.createElement(tag));
      key.textContent = target.dataset.keys;
      what.textContent = nameOf(target);
      term.append(key);
      row.append(term, what);
      return row;
    }));
    list.hidden = !list.children.length;
    all("[data-needs]", keys).forEach((row) => { row.hidden = !one(`main ${row.dataset.needs.replaceAll(",", ",main ")}`); });
    keys.showModal();
  };

  // Lists: j and k walk the rows, Enter opens, x picks.
  let here = -1;
  const rows = () => all("tr[data-row]");
  const walk = (step) => {
    const found = rows();
    if (!found.length) return;
    if (here >= 0 && found[here]) found[here].removeAttribute("data-here");
    here = Math.min(Math.max(here + step, 0), found.length - 1);
    found[here].setAttribute("data-here", "");
    found[here].scrollIntoView({ block: "nearest" });
    const link = one("a", found[here]);
    if (link) link.focus({ preventScroll: true });
  };
  const count = () => all("[data-rows]").forEach((form) => {
    const picked = all("input[name=key]:checked", form).length;
    all("[data-picked]", form).forEach((place) => { place.textContent = picked || ""; });
  });
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-pick-all]")) {
      all("input[name=key]", box.form).forEach((other) => { other.checked = box.checked; });
    }
    if (box.closest("[data-rows]")) count();
    if (box.matches("[data-send]")) box.form.requestSubmit();
  });
  count();

  // Keys: `g h` and the like stand on the links that they follow.
  let first = "";
  let timer = 0;
  const press = (typed) => {
    const target = one(`[data-keys="${CSS.escape(typed)}"]`);
    if (!target || typed === "?") return false;
    const form = target.closest("form[data-rows]");
    if (form && target.name === "action") pickHere(form);
    const asked = form && target.previousElementSibling && one("input[name=text]", target.previousElementSibling);
    if (target.matches("textarea,input")) target.focus();
    else if (asked && !asked.value) asked.focus();
    else target.click();
    return true;
  };
  // What is done to chosen rows is done to the one that stands out where none is chosen.
  const pickHere = (form) => {
    const box = here >= 0 && rows()[here] && one("input[name=key]", rows()[here]);
    if (box && !one("input[name=key]:checked", form)) box.click();
  };
  const own = {
    "/": () => openPalette(""),
    "?": openKeys,
    j: () => walk(1),
    k: () => walk(-1),
    x: () => {
      const box = here >= 0 && rows()[here] && one("input[name=key]", rows()[here]);
      if (box) box.click();
    },
    X: () => {
      const box = one("[data-pick-all]");
      if (box) box.click();
    },
    f: () => {
      const field = one("main .gh-filters :is(input:not([type=hidden]),select)");
      if (field) field.focus();
    },
    e: () => {
      const note = one("textarea[name=text]");
      if (note) note.focus();
    },
  };
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette("");
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || one("dialog[open]")) return;
    if (event.key === "Escape") {
      all("details.gh-drop[open],details.gh-me[open]").forEach((menu) => {
        menu.open = false;
        one("summary", menu).focus();
      });
      if (isTyping(event.target)) event.target.blur();
      return;
    }
    if (isTyping(event.target)) return;
    const typed = first ? `${first} ${event.key}` : event.key;
    clearTimeout(timer);
    first = "";
    if (press(typed)) event.preventDefault();
    else if (own[typed]) {
      event.preventDefault();
      own[typed]();
    } else if (event.key === "g") {
      first = "g";
      timer = setTimeout(() => { first = ""; }, 1500);
    }
  });

  all("[data-print]").forEach((button) => button.addEventListener("click", () => print()));
  // One menu at a time, and none after a click elsewhere.
  document.addEventListener("click", (event) => {
    all("details.gh-drop[open],details.gh-me[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
  const toasts = one(".gh-toasts");
  if (toasts && !one("form", toasts)) setTimeout(() => toasts.remove(), 8000);
})();
