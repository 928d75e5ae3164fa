// Web push on this device: offers it where the browser can, asks for leave when it is wanted, tells the hall.
(() => {
  "use strict";

  const form = document.getElementById("gh-push");
  if (!form || !("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return;

  const show = (state) => {
    for (const note of form.querySelectorAll("[data-state]")) note.hidden = note.dataset.state !== state;
  };
  const decode = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
  };
  const send = (address, values) => {
    const body = new URLSearchParams(values);
    body.set("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    return fetch(address, { method: "POST", body, credentials: "same-origin" });
  };
  const offer = async () => {
    const worker = await navigator.serviceWorker.getRegistration();
    const subscription = worker && await worker.pushManager.getSubscription();
    // One that stands in the list belongs to the device; it is switched off there.
    form.hidden = Boolean(subscription) && document.querySelector("#push li") !== null;
    document.querySelector("[data-no-push]").hidden = true;
    if (Notification.permission === "denied") show("denied");
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      if (await Notification.requestPermission() !== "granted") return show("denied");
      const worker = await navigator.serviceWorker.ready;
      const kept = await worker.pushManager.getSubscription();
      if (kept) await kept.unsubscribe(); // made for another user or with an older key
      const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: decode(form.dataset.key) });
      const { endpoint, keys } = made.toJSON();
      const answer = await send(form.dataset.subscribe, { endpoint, p256dh: keys.p256dh, auth: keys.auth });
      if (!answer.ok) {
        await made.unsubscribe();
        return show("failed");
      }
      location.reload();
    } catch {
      show("failed");
    } finally {
      button.disabled = false;
    }
  });
  offer();
})();
