// The little that needs a script: the account sheet, the state without network, the service worker.
(() => {
  "use strict";

  // A link with data-sheet opens the dialog it names; without this script it leads to a page with the same choices.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-sheet]");
    if (opener) {
      const sheet = document.getElementById(opener.dataset.sheet);
      if (sheet && sheet.showModal) {
        event.preventDefault();
        sheet.showModal();
      }
      return;
    }
    const closer = event.target.closest("[data-close]");
    if (closer) closer.closest("dialog").close();
    else if (event.target instanceof HTMLDialogElement) event.target.close();
  });

  // What could not be fetched says so in its own place and can be tried again.
  const tellFailure = (event) => {
    const place = event.detail.target;
    const template = document.getElementById("gh-failed");
    if (!place || !template || !place.classList.contains("gh-explain")) return;
    place.replaceChildren(template.content.cloneNode(true));
    const again = place.querySelector("[data-again]");
    if (again) again.href = place.getAttribute("hx-get");
  };
  document.addEventListener("htmx:responseError", tellFailure);
  document.addEventListener("htmx:sendError", tellFailure);

  // A form is sent once: its button says that it is busy, and a second press does nothing. Coming back frees it again.
  const free = (form) => {
    delete form.dataset.busy;
    form.querySelectorAll("[aria-busy]").forEach((button) => {
      button.removeAttribute("aria-busy");
      button.removeAttribute("aria-disabled");
    });
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.busy) {
      event.preventDefault();
      return;
    }
    form.dataset.busy = "1";
    const button = event.submitter || form.querySelector("[type=submit]");
    if (button) {
      // Not disabled: a disabled button would lose the focus, and would not send its own name and value.
      button.setAttribute("aria-busy", "true");
      button.setAttribute("aria-disabled", "true");
    }
    setTimeout(() => free(form), 15000);
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-busy]").forEach(free);
  });

  // What fetches parts of pages comes once the page stands, where there is such a part; until then its links lead on.
  const own = document.currentScript;
  addEventListener("load", () => {
    if (!document.querySelector("[hx-get]")) return;
    const script = document.createElement("script");
    script.src = own.dataset.htmx;
    script.addEventListener("load", () => {
      document.querySelectorAll("details[open]").forEach((line) => line.dispatchEvent(new Event("toggle")));
    });
    document.head.append(script);
  });

  // Charts bring their script along: it is fetched where there is one, also in what comes later.
  const bringCharts = () => {
    const box = document.querySelector("[data-chart]");
    if (!box || document.querySelector("script[data-charts]")) return;
    const script = document.createElement("script");
    script.src = box.dataset.chart;
    script.dataset.charts = "";
    document.head.append(script);
  };
  document.addEventListener("htmx:load", bringCharts);
  bringCharts();

  // What the device keeps for times without network, encrypted: it has a script of its own, which nobody waits for.
  if (own.dataset.vault) {
    addEventListener("load", () => {
      const script = document.createElement("script");
      script.src = own.dataset.vault;
      if (own.dataset.copy) script.dataset.copy = own.dataset.copy;
      document.head.append(script);
    });
  }

  // A page that the browser kept whole and shows again is asked for anew if it was another's, or somebody signed out.
  addEventListener("pageshow", (event) => {
    const page = document.documentElement;
    if (!event.persisted || !page.dataset.viewer || page.dataset.viewer === "-") return;
    let now = null;
    try { now = localStorage.getItem("gh-viewer"); } catch { /* storage is shut: ask */ }
    if (now === page.dataset.viewer) return;
    page.hidden = true;
    location.reload();
  });

  const banner = document.getElementById("gh-offline");
  const showNetwork = () => { if (banner) banner.hidden = navigator.onLine; };
  addEventListener("online", showNetwork);
  addEventListener("offline", showNetwork);
  showNetwork();

  if ("serviceWorker" in navigator) {
    addEventListener("load", () => navigator.serviceWorker.register("/sw.js"));
  }
})();
