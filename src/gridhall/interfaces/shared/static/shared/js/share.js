// Shares a picture and its address where the device can; copies the address otherwise.
(() => {
  "use strict";

  const form = document.querySelector("[data-share]");
  if (!form) return;
  const say = (what) => form.querySelectorAll("[role=status] span").forEach((word) => { word.hidden = !(what in word.dataset); });
  const field = form.querySelector("input");
  const send = form.querySelector("[data-send]");
  send.hidden = !navigator.share;
  const copy = async () => {
    field.select();
    try {
      if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
      else if (!document.execCommand("copy")) throw new Error("not copied");
      say("copied");
    } catch {
      say("failed");
    }
  };
  // Fetched before it is wanted: what is fetched after the press comes too late for the device to allow it.
  let picture = null;
  if (navigator.share) {
    fetch(form.dataset.picture).then((answer) => answer.blob()).then((content) => {
      picture = new File([content], "month.png", { type: "image/png" });
    }).catch(() => {});
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!navigator.share) return copy();
    const told = { title: form.dataset.title, text: form.dataset.title, url: form.dataset.address };
    const withPicture = { ...told, files: [picture] };
    try {
      await navigator.share(picture && navigator.canShare && navigator.canShare(withPicture) ? withPicture : told);
    } catch (refused) {
      if (refused.name !== "AbortError") await copy();
    }
  });
  form.querySelector("[data-copy-link]").addEventListener("click", copy);
})();
