// The portal's service worker: shows what was pushed, and opens it. It keeps nothing and answers no request.

interface Told {
  readonly title: string;
  readonly body?: string;
  readonly navigate?: string;
  readonly lang?: string;
}

interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}

interface Pushed extends Lasting {
  readonly data: { json(): { notification?: Told } } | null;
}

interface Pressed extends Lasting {
  readonly notification: Notification;
}

interface Scope {
  readonly location: Location;
  readonly registration: ServiceWorkerRegistration;
  readonly clients: { openWindow(url: string): Promise<unknown> };
  addEventListener(type: string, listener: (event: never) => void): void;
}

const scope = self as unknown as Scope;

scope.addEventListener("push", (event: Pushed) => {
  const told = event.data?.json().notification;
  if (!told) return;
  const options: NotificationOptions = { body: told.body ?? "", data: told.navigate ?? "/" };
  if (told.lang) options.lang = told.lang;
  event.waitUntil(scope.registration.showNotification(told.title, options));
});

scope.addEventListener("notificationclick", (event: Pressed) => {
  event.notification.close();
  const wanted = new URL(String(event.notification.data ?? "/"), scope.location.origin);
  // Only pages of ours are opened, whatever was pushed.
  event.waitUntil(scope.clients.openWindow(wanted.origin === scope.location.origin ? wanted.href : "/"));
});
