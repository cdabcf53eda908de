// Letting this browser take pushes: asked only when somebody presses the button.
import { toast } from "./messages";

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

async function subscribe(button: HTMLButtonElement): Promise<void> {
  const { pushKey = "", pushUrl = "", pushWorker = "", refused = "", failed = "" } = button.dataset;
  if ((await Notification.requestPermission()) !== "granted") {
    toast(refused);
    return;
  }
  const registration = await navigator.serviceWorker.register(pushWorker, { scope: "/" });
  await navigator.serviceWorker.ready;
  const subscription = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(pushKey) });
  const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
  const { endpoint = "", keys = {} } = subscription.toJSON();
  const body = new URLSearchParams({ endpoint, p256dh: keys["p256dh"] ?? "", auth: keys["auth"] ?? "" });
  const answer = await fetch(pushUrl, { method: "POST", headers: { "X-CSRFToken": token }, body });
  if (!answer.ok) {
    toast(failed);
    return;
  }
  // The page says it, and lists this browser.
  location.hash = "browsers";
  location.reload();
}

export function startPushing(root: ParentNode): void {
  const possible = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  for (const button of root.querySelectorAll<HTMLButtonElement>("[data-push-key]")) {
    button.hidden = !possible;
    // A page is looked through more than once; a button that were bound twice would ask twice.
    if (!possible || button.dataset["started"]) continue;
    button.dataset["started"] = "yes";
    button.addEventListener("click", () => {
      button.disabled = true;
      subscribe(button)
        .catch(() => toast(button.dataset["failed"] ?? ""))
        .finally(() => {
          button.disabled = false;
        });
    });
  }
  for (const note of root.querySelectorAll<HTMLElement>("[data-without-push]")) note.hidden = possible;
}
