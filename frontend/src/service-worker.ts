// The portal's service worker: shows what was pushed, opens it, and says so where there is no connection.
// It keeps files that are the same for everybody and one page without a person in it. What a person sees is never kept:
// so nothing is left on a device after signing out, and nothing old is taken for today's.

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

interface Asked extends Lasting {
  readonly request: Request;
  readonly preloadResponse?: Promise<Response | undefined>;
  respondWith(answer: Promise<Response>): void;
}

/** What belongs to this build; the server writes it in front of this script. */
interface Kept {
  readonly version: string;
  readonly files: readonly string[];
  readonly offline: string;
}

interface Scope {
  readonly kept: Kept;
  readonly location: Location;
  readonly registration: ServiceWorkerRegistration;
  readonly clients: { openWindow(url: string): Promise<unknown>; claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: string, listener: (event: never) => void): void;
}

const scope = self as unknown as Scope;
const { version, files, offline } = scope.kept;
const STORE = `build-${version}`;

async function keep(): Promise<void> {
  const store = await caches.open(STORE);
  // Without cookies, so that no page of a person can get in by accident.
  await store.addAll([...files, offline].map((path) => new Request(path, { credentials: "omit", cache: "reload" })));
  await scope.skipWaiting();
}

async function takeOver(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name !== STORE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await scope.registration.navigationPreload?.enable();
  await scope.clients.claim();
}

async function page(event: Asked): Promise<Response> {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return (await caches.match(offline, { cacheName: STORE })) ?? Response.error();
  }
}

async function file(request: Request): Promise<Response> {
  return (await caches.match(request.url, { cacheName: STORE })) ?? fetch(request);
}

scope.addEventListener("install", (event: Lasting) => event.waitUntil(keep()));
scope.addEventListener("activate", (event: Lasting) => event.waitUntil(takeOver()));

scope.addEventListener("fetch", (event: Asked) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== scope.location.origin) return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (files.includes(address.pathname)) event.respondWith(file(request));
});

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
