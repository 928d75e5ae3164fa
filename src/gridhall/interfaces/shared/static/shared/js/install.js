// Offers to put the app on the home screen: from the second day of use on, once, and never again after a no.
(() => {
  "use strict";

  const hint = document.getElementById("gh-install");
  const now = document.querySelector("[data-install-now]");
  const installed = matchMedia("(display-mode: standalone)").matches || navigator.standalone === true;
  if (installed || /MicroMessenger|AlipayClient/.test(navigator.userAgent)) return;

  const refuse = () => { document.cookie = "gridhall_install=no; path=/; max-age=15552000; samesite=lax"; };
  const isRipe = () => {
    try {
      const today = new Date().toDateString();
      const days = JSON.parse(localStorage.getItem("gh-days") || "[]").filter((day) => day !== today).concat(today);
      localStorage.setItem("gh-days", JSON.stringify(days.slice(-2)));
      return days.length > 1;
    } catch {
      return false;
    }
  };
  const mayHint = hint && !/(?:^|; )gridhall_install=no/.test(document.cookie) && isRipe();
  const show = () => { if (mayHint) hint.hidden = false; };

  let offer = null;
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offer = event;
    if (now) now.hidden = false;
    show();
  });
  addEventListener("appinstalled", () => {
    refuse();
    if (hint) hint.hidden = true;
  });
  const ask = async (event) => {
    if (!offer) return; // the link leads to the page that says how
    event.preventDefault();
    if (hint) hint.hidden = true;
    offer.prompt();
    if ((await offer.userChoice).outcome !== "accepted") refuse();
    offer = null;
    if (now) now.hidden = true;
  };
  if (now) now.addEventListener("click", ask);
  if (!hint) return;
  hint.querySelector("[data-go]").addEventListener("click", ask);
  hint.querySelector("[data-no]").addEventListener("click", () => {
    refuse();
    hint.hidden = true;
  });
  if (/iPhone|iPad|iPod/.test(navigator.userAgent)) show(); // has no such event, and steps of its own
})();
