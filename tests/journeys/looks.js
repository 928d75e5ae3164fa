// What is measured on a page, in the browser: gives the faults as sentences. Run by looking.py.
(options) => {
  "use strict";
  const faults = [];
  const tell = (kind, node, more) => {
    const name = node.id ? `#${node.id}` : `${node.tagName.toLowerCase()}.${(node.getAttribute("class") || "").split(" ")[0]}`;
    faults.push(`${kind}: ${name} “${(node.textContent || "").trim().replace(/\s+/g, " ").slice(0, 30)}” ${more}`);
  };
  const root = document.scrollingElement;
  if (root.scrollWidth > innerWidth + 1) faults.push(`overflow: the page is ${root.scrollWidth} wide on a screen of ${innerWidth}`);

  const styles = new Map();
  const styleOf = (node) => styles.get(node) || (styles.set(node, getComputedStyle(node)), styles.get(node));
  const ancestors = (node) => { const found = []; for (let at = node; at && at !== document; at = at.parentElement) found.push(at); return found; };
  const isUnseen = (line) => line.some((at) => {
    const style = styleOf(at);
    return style.display === "none" || style.visibility === "hidden" || style.clipPath === "inset(50%)" || style.opacity === "0"
      || (at.tagName === "DETAILS" && !at.open && !line.some((inner) => inner.tagName === "SUMMARY" && inner.parentElement === at));
  });
  // A menu that is open lies over what stands below it.
  const isOver = (style) => style.position === "absolute" && Number(style.zIndex) >= 30;
  const isAside = (line) => line.some((at) => ["fixed", "sticky"].includes(styleOf(at).position) || isOver(styleOf(at)) || (at.tagName === "DIALOG" && at.matches(":modal")));

  // Every run of text on its line: the ink, which is lower than the line box.
  const runs = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (walker.nextNode()) {
    const text = walker.currentNode;
    if (!text.textContent.trim()) continue;
    const owner = text.parentElement;
    if (["SCRIPT", "TEMPLATE", "NOSCRIPT", "OPTION", "TITLE", "TEXTAREA"].includes(owner.tagName)) continue;
    const line = ancestors(owner);
    if (isUnseen(line) || line.some((at) => at.classList.contains("gh-skip"))) continue;
    range.selectNodeContents(text);
    const size = parseFloat(styleOf(owner).fontSize) * (owner.ownerSVGElement && owner.getScreenCTM ? owner.getScreenCTM().a : 1);
    for (const box of owner.ownerSVGElement ? [owner.getBoundingClientRect()] : range.getClientRects()) {
      if (box.width < 1 || box.height < 1) continue;
      const middle = (box.top + box.bottom) / 2;
      runs.push({ owner, line, left: box.left, right: box.right, top: middle - size * 0.36, bottom: middle + size * 0.36 });
    }
  }

  for (const run of runs) {
    if (run.owner.ownerSVGElement) continue;
    let scrolls = false;
    for (const at of run.line) {
      const style = styleOf(at);
      if (at === document.body || at === document.documentElement || at.tagName === "DIALOG") break;
      const box = at.getBoundingClientRect();
      if (["auto", "scroll"].includes(style.overflowX)) scrolls = true;
      if (scrolls || style.display === "inline" || style.display === "contents") continue;
      const hidden = style.overflowX === "hidden" || style.overflowX === "clip";
      const painted = style.backgroundColor !== "rgba(0, 0, 0, 0)" || parseFloat(style.borderTopWidth) > 0;
      if (hidden && (run.right > box.right + 1 || run.left < box.left - 1 || run.bottom > box.bottom + 2)) tell("clipped", run.owner, `by ${Math.round(run.right - box.right)} px`);
      else if (painted && (run.right > box.right + 1 || run.left < box.left - 1 || run.bottom > box.bottom + 1 || run.top < box.top - 1)) tell("outside its box", run.owner, `of ${at.className || at.tagName}`);
      else continue;
      break;
    }
  }

  // What is scrolled out of its own small window is not seen where it would stand.
  const isScrolledOut = (run) => run.line.some((at) => {
    if (at === document.body || at === document.documentElement || !["auto", "scroll"].includes(styleOf(at).overflowY)) return false;
    const box = at.getBoundingClientRect();
    return run.bottom > box.bottom + 1 || run.top < box.top - 1;
  });
  // Sideways too: of a long line in a small window only the part within it is there.
  const cutToWindow = (run) => run.line.reduce((cut, at) => {
    if (at === document.body || at === document.documentElement || !["auto", "scroll"].includes(styleOf(at).overflowX)) return cut;
    const box = at.getBoundingClientRect();
    return { ...cut, left: Math.max(cut.left, box.left), right: Math.min(cut.right, box.right) };
  }, run);
  const settled = runs.filter((run) => !isAside(run.line) && !isScrolledOut(run)).map(cutToWindow).sort((one, other) => one.top - other.top);
  for (let first = 0; first < settled.length; first++) {
    const one = settled[first];
    for (let second = first + 1; second < settled.length && settled[second].top < one.bottom - 1; second++) {
      const other = settled[second];
      const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (wide > 2 && high > 2 && one.owner !== other.owner) tell("overlaps", one.owner, `with “${other.owner.textContent.trim().slice(0, 30)}” by ${Math.round(wide)}x${Math.round(high)}`);
    }
  }

  // What is pressed is as large as a finger: 44, in large type 60. Links within a sentence, and those that repeat a
  // larger one, are left out as WCAG 2.5.8 does; a control is as large as its label.
  const least = document.documentElement.dataset.mode === "elder" ? options.largeTap : options.tap;
  for (const node of document.querySelectorAll("a[href], button, input, select, textarea, summary")) {
    const line = ancestors(node);
    if (isUnseen(line) || node.type === "hidden" || node.tabIndex < 0 || node.classList.contains("gh-skip") || node.ownerSVGElement) continue;
    if (node.disabled) continue;
    const label = node.closest("label");
    const inSentence = styleOf(node).display === "inline" && node.parentElement.textContent.trim() !== node.textContent.trim();
    if (inSentence) continue;
    const box = (label || node).getBoundingClientRect();
    const cell = node.closest("td, th");
    const height = cell ? Math.max(box.height, cell.getBoundingClientRect().height) : box.height;
    if (box.width < 1) continue;
    const needed = cell ? options.cellTap : least;
    if (height < needed - 0.5 || (!cell && box.width < Math.min(needed, 44) - 0.5)) tell("small", node, `${Math.round(box.width)}x${Math.round(height)}, needs ${needed}`);
  }
  const shift = (window.gridhallShift || 0);
  if (shift > options.shift) faults.push(`shift: the page moved by ${shift.toFixed(3)} while it came`);
  return [...new Set(faults)];
}
