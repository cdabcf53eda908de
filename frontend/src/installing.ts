// The portal on the home screen: a worker for pages without a connection, and a quiet hint that can be told no for good.

interface InstallOffer extends Event {
  prompt(): Promise<unknown>;
}

const REFUSED = "install-hint";
let offer: InstallOffer | null = null;

function isRefused(): boolean {
  try {
    return localStorage.getItem(REFUSED) !== null;
  } catch {
    return true; // Where no "no" can be kept, nobody is asked.
  }
}

function refuse(): void {
  try {
    localStorage.setItem(REFUSED, "no");
  } catch {
    // Nothing is shown where it cannot be kept.
  }
}

/** iPhones and iPads offer nothing to a page; there it goes by hand. */
function goesByHand(): boolean {
  const touches = navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1;
  return /iPhone|iPad/.test(navigator.userAgent) || touches;
}

function show(root: ParentNode): void {
  const hint = root.querySelector<HTMLElement>("[data-install]");
  const installed = matchMedia("(display-mode: standalone)").matches;
  const possible = !installed && !isRefused() && (offer !== null || goesByHand());
  if (!hint) return;
  hint.hidden = !possible;
  const now = hint.querySelector<HTMLElement>("[data-install-now]");
  const byHand = hint.querySelector<HTMLElement>("[data-install-by-hand]");
  if (now) now.hidden = offer === null;
  if (byHand) byHand.hidden = offer !== null;
}

export function startInstalling(root: ParentNode): void {
  show(root);
}

export function listenForInstalling(): void {
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault(); // The browser's own bar would come at a moment of its choosing.
    offer = event as InstallOffer;
    show(document);
  });
  window.addEventListener("appinstalled", () => {
    offer = null;
    show(document);
  });
  document.addEventListener("click", (event) => {
    const pressed = event.target instanceof Element ? event.target.closest("[data-install-now], [data-install-never]") : null;
    if (!pressed) return;
    if (pressed.matches("[data-install-now]")) void offer?.prompt();
    else refuse();
    offer = null; // An offer can be used once.
    show(document);
  });
}

export function registerWorker(): void {
  const script = document.querySelector<HTMLMetaElement>('meta[name="service-worker"]')?.content;
  if (!script || !("serviceWorker" in navigator)) return;
  // A browser that forbids it shows every page as before.
  window.addEventListener("load", () => void navigator.serviceWorker.register(script, { scope: "/" }).catch(() => undefined));
}
