// Keeps the shell and the offline page. Pages with anybody's figures are never kept: they go to the network, always.
"use strict";
const CACHE = "gridhall-{{ version }}";
const OFFLINE = {{ offline|safe }};
const SHELL = {{ shell|safe }};
const ICON = {{ icon|safe }};
self.addEventListener("install", (event) => event.waitUntil(
  caches.open(CACHE).then((cache) => cache.addAll([...SHELL, OFFLINE])).then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(
  caches.keys().then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
    .then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
  const request = event.request;
  if (request.method === "POST" && request.mode === "navigate") {
    // A form that got no answer leads to a page that says so, and that can be loaded again without sending anything.
    event.respondWith(fetch(request).catch(() => Response.redirect(OFFLINE + "?unsent", 303)));
    return;
  }
  if (request.method !== "GET" || new URL(request.url).origin !== location.origin) return;
  if (SHELL.includes(new URL(request.url).pathname)) {
    event.respondWith(caches.match(request, { ignoreVary: true }).then((kept) => kept || fetch(request)));
  } else if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(OFFLINE, { ignoreSearch: true, ignoreVary: true })));
  }
});
{% include "portal/device/_push.js" %}