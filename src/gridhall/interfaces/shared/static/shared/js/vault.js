// What this device keeps of its user for times without network, encrypted: the last bill, and what was typed into forms.
// Half of the key is a cookie that ends with the session, half never leaves the device; see docs/decisions/0021.
(() => {
  "use strict";

  const own = document.currentScript;
  const viewer = document.documentElement.dataset.viewer || ""; // "-" is nobody, empty a page that does not know
  const DAY_MS = 864e5;
  const NOT_TYPED = ["hidden", "password", "file", "submit", "button", "image", "reset"];
  const ID_NUMBER = /(?:\d[\s-]?){14,}[\dXx]/;
  if (!window.indexedDB || !window.crypto || !crypto.subtle) return;

  const bytes = (text) => new TextEncoder().encode(text);
  const recall = (place, name) => { try { return place.getItem(name); } catch { return null; } };
  const note = (place, name, value) => {
    try {
      if (value === null) place.removeItem(name);
      else place.setItem(name, value);
    } catch { /* storage is shut: nothing is noted */ }
  };

  // The store: one table of sealed records, and this device's half of the key, which no script can read out.
  const within = (mode, act) => new Promise((done, fail) => {
    const wanted = indexedDB.open("gridhall", 1);
    wanted.onupgradeneeded = () => wanted.result.createObjectStore("kept");
    wanted.onerror = () => fail(wanted.error);
    wanted.onsuccess = () => {
      const base = wanted.result;
      const work = base.transaction("kept", mode);
      const asked = act(work.objectStore("kept"));
      work.oncomplete = () => { base.close(); done(asked.result); };
      work.onabort = () => { base.close(); fail(work.error); };
    };
  });
  const read = (name) => within("readonly", (kept) => kept.get(name));
  const wipe = () => within("readwrite", (kept) => kept.clear());
  // A page that is left at once takes its unfinished work with it: what is to be forgotten is noted first, and the next page sees to it.
  const forget = async () => {
    note(localStorage, "gh-forget", "1");
    await wipe();
    note(localStorage, "gh-forget", null);
  };
  const getKey = async (whose) => {
    const half = /(?:^|; )gridhall_key=([0-9a-f]{64})(?:;|$)/.exec(document.cookie);
    if (!half) return null;
    if (!await read("device")) {
      const made = await crypto.subtle.importKey("raw", crypto.getRandomValues(new Uint8Array(32)), "HKDF", false, ["deriveKey"]);
      await within("readwrite", (kept) => kept.add(made, "device")).catch(() => {}); // another page was first
    }
    const rule = { name: "HKDF", hash: "SHA-256", salt: bytes(half[1]), info: bytes(`gridhall ${whose}`) };
    return crypto.subtle.deriveKey(rule, await read("device"), { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  };
  const seal = async (name, value, mark) => {
    const key = await getKey(viewer);
    if (!key) return false;
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const rule = { name: "AES-GCM", iv, additionalData: bytes(name) };
    const data = await crypto.subtle.encrypt(rule, key, bytes(JSON.stringify(value)));
    await within("readwrite", (kept) => kept.put({ viewer, iv, data, mark, at: Date.now() }, name));
    return true;
  };
  const unseal = async (name) => {
    const record = await read(name);
    if (!record || (viewer && record.viewer !== viewer)) return null;
    const key = await getKey(record.viewer);
    if (!key) return null;
    const rule = { name: "AES-GCM", iv: record.iv, additionalData: bytes(name) };
    try {
      return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(rule, key, record.data)));
    } catch {
      return null; // sealed in another session: nobody reads it any more
    }
  };

  // Words about all this stand in the page, in its language.
  const tell = (what, act) => {
    const place = document.getElementById("gh-told");
    const words = document.getElementById("gh-told-words");
    const said = words && words.content.querySelector(`[data-told=${what}]`);
    if (!place || !said) return;
    place.replaceChildren(said.cloneNode(true), words.content.querySelector("[data-hush]").cloneNode(true));
    place.dataset.now = what;
    place.hidden = false;
    const button = place.querySelector("[data-act]");
    if (button) button.addEventListener("click", () => { place.hidden = true; act(); });
  };
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-hush]")) document.getElementById("gh-told").hidden = true;
  });

  // The last bill, as the house draws it for this; asked for again when something happened to the account.
  const keepCopy = async () => {
    const wanted = (document.getElementById("main") || {}).dataset;
    const mark = (wanted && wanted.copy) || "";
    const kept = await read("copy");
    const isFresh = kept && kept.viewer === viewer && (!mark || kept.mark === mark) && Date.now() - kept.at < DAY_MS;
    if (/(?:^|; )gridhall_key=/.test(document.cookie) && (isFresh || !mark)) return;
    const answer = await fetch(own.dataset.copy, { redirect: "manual", cache: "no-store" });
    if (answer.type === "opaqueredirect") return wipe(); // the session is over
    if (answer.ok) await seal("copy", await answer.json(), mark || (kept ? kept.mark : ""));
  };

  // What is typed: never passwords, codes, ID numbers, consents; never in forms that hold a secret.
  const mayKeep = (form) => viewer && viewer !== "-" && !form.querySelector("[type=password],[autocomplete=one-time-code]");
  const forms = [...document.querySelectorAll("form.gh-form[method=post]")].filter(mayKeep);
  const nameOf = (form) => `${location.pathname}#${forms.indexOf(form)}`;
  const fieldsOf = (form) => [...form.elements].filter(
    (field) => field.name && !NOT_TYPED.includes(field.type) && !field.closest("[data-unkept]"));
  const isChoice = (field) => field.type === "checkbox" || field.type === "radio";
  const collect = (form) => fieldsOf(form).map((field) =>
    [field.name, isChoice(field) ? [field.value, field.checked] : ID_NUMBER.test(field.value) ? "" : field.value]);
  const fill = (form, values) => fieldsOf(form).reduce((changed, field, place) => {
    const [name, value] = values[place] || [];
    if (name !== field.name) return changed;
    const before = isChoice(field) ? field.checked : field.value;
    if (isChoice(field)) {
      if (field.value === value[0]) field.checked = value[1];
    } else if (value) field.value = value;
    if ((isChoice(field) ? field.checked : field.value) === before) return changed;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  }, false);

  let saving = Promise.resolve();
  const change = (act) => {
    saving = saving.then(async () => {
      const drafts = await unseal("drafts") || {};
      act(drafts);
      for (const name of Object.keys(drafts)) if (Date.now() - drafts[name].at > DAY_MS) delete drafts[name];
      await seal("drafts", drafts, "");
    }).catch(() => {});
    return saving;
  };
  const keep = (form) => change((drafts) => { drafts[nameOf(form)] = { values: collect(form), at: Date.now() }; });
  let dirty = null;
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!forms.includes(form) || dirty === form) return;
    dirty = form;
    saving.then(() => { dirty = null; return keep(form); });
  });
  const restore = async () => {
    const sent = recall(sessionStorage, "gh-sent");
    const drafts = await unseal("drafts");
    if (!drafts) return note(sessionStorage, "gh-sent", null);
    const came = performance.getEntriesByType("navigation")[0];
    const isBack = forms.some((form) => nameOf(form) === sent) && !(came && came.redirectCount);
    if (sent && (!isBack || document.querySelector(".gh-summary"))) { // the house has answered
      await change((kept) => { delete kept[sent]; });
      delete drafts[sent];
    }
    note(sessionStorage, "gh-sent", null); // not before: who leaves earlier has it forgotten on the next page
    for (const form of forms) {
      const draft = drafts[nameOf(form)];
      if (!draft || Date.now() - draft.at > DAY_MS || document.querySelector(".gh-summary")) continue;
      if (!fill(form, draft.values)) continue;
      tell("restored", () => { form.reset(); change((kept) => { delete kept[nameOf(form)]; }); });
    }
  };
  const leaves = (form) => new URL(form.action).pathname === "/sign-out/";
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (leaves(form)) {
      forget().catch(() => {});
      note(localStorage, "gh-viewer", null);
    }
    if (navigator.onLine === false) {
      event.preventDefault();
      tell(leaves(form) ? "left" : forms.includes(form) ? "waits" : "unsent");
    } else if (forms.includes(form)) {
      keep(form);
      note(sessionStorage, "gh-sent", nameOf(form));
    }
  }, true);
  addEventListener("online", () => {
    const place = document.getElementById("gh-told");
    if (place && !place.hidden && ["waits", "unsent", "left"].includes(place.dataset.now)) tell("back");
  });

  // The page without network: the copy if it can be read, and what was not sent.
  const showOffline = async (place) => {
    const sent = recall(sessionStorage, "gh-sent");
    note(sessionStorage, "gh-sent", null);
    const unsent = document.getElementById("gh-unsent");
    if (new URLSearchParams(location.search).has("unsent")) {
      unsent.hidden = false;
      const drafts = await unseal("drafts");
      const link = unsent.querySelector("a");
      if (sent && drafts && drafts[sent]) {
        link.href = sent.split("#")[0];
        link.hidden = false;
        unsent.querySelector("[data-typed]").hidden = false;
      }
    }
    const copy = await unseal("copy");
    if (!copy) return wipe();
    if (!copy.html) return;
    place.innerHTML = copy.html;
    place.hidden = false;
    place.querySelector("[data-forget]").addEventListener("click", async () => {
      await forget();
      place.replaceChildren();
      place.hidden = true;
      document.querySelector("#main h1").focus();
    });
  };

  const page = document.documentElement.dataset;
  const start = async () => {
    const place = document.getElementById("gh-copy");
    if (recall(localStorage, "gh-forget")) await forget();
    if (place) { // kept in the usual looks; the device knows how its user reads
      const [theme, mode] = (recall(localStorage, "gh-look") || "").split(" ");
      if (theme) page.theme = theme;
      if (mode) page.mode = mode;
      return showOffline(place);
    }
    if (!viewer) return;
    note(localStorage, "gh-look", `${page.theme || ""} ${page.mode || ""}`);
    if (recall(localStorage, "gh-viewer") !== viewer) {
      await wipe();
      note(localStorage, "gh-viewer", viewer);
    }
    if (viewer === "-") return;
    if (own.dataset.copy) await keepCopy();
    await restore();
  };
  start().catch(() => {}); // a device that cannot keep things works as before, on-line
})();
