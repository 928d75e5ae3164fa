self.addEventListener("push", (event) => {
  const told = (() => { try { return event.data.json(); } catch { return {}; } })();
  event.waitUntil(self.registration.showNotification(told.title || "网上电厅", {
    body: told.body || "", tag: told.tag || "message", lang: told.lang || "zh-CN", icon: ICON, badge: ICON,
    data: { link: told.link || "/messages/" },
  }));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const link = new URL(event.notification.data.link, location.origin);
  if (link.origin !== location.origin) return;
  event.waitUntil(self.clients.matchAll({ type: "window" }).then((open) =>
    open.length ? open[0].focus().then((page) => page.navigate(link.href)) : self.clients.openWindow(link.href)));
});
