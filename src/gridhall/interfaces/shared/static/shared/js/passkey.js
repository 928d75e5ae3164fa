// Passkeys: a form with data-passkey asks the browser for one, puts the answer into its field and sends itself.
(() => {
  "use strict";
  const decode = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const encode = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const prepare = (options) => {
    options.challenge = decode(options.challenge);
    if (options.user) options.user.id = decode(options.user.id);
    for (const list of ["excludeCredentials", "allowCredentials"]) {
      for (const known of options[list] || []) known.id = decode(known.id);
    }
    return options;
  };

  const write = (made) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (made.response[name]) response[name] = encode(made.response[name]);
    }
    if (made.response.getTransports) response.transports = made.response.getTransports();
    return JSON.stringify({
      id: made.id, rawId: encode(made.rawId), type: made.type, response, clientExtensionResults: {},
    });
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = !window.PublicKeyCredential;
    if (form.hidden) continue;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const failed = form.querySelector("[data-failed]");
      const button = form.querySelector("button");
      button.disabled = true;
      try {
        const answer = await fetch(form.dataset.options, {
          method: "POST", body: new FormData(form), headers: { "X-Requested-With": "fetch" },
        });
        if (!answer.ok) throw new Error(String(answer.status));
        const publicKey = prepare(await answer.json());
        const made = await navigator.credentials[form.dataset.passkey]({ publicKey });
        form.elements.credential.value = write(made);
        form.submit();
      } catch (error) {
        button.disabled = false;
        if (failed) failed.hidden = false;
      }
    });
  }
})();
