// The last step of a share: copy, the phone's own share sheet, and the network's dialog in a new tab.
import { toast } from "./messages";

function textFor(element: HTMLElement): string {
  const source = element.dataset["copyFrom"];
  if (!source) return element.dataset["copy"] ?? "";
  const from = document.querySelector<HTMLElement>(source);
  return from instanceof HTMLTextAreaElement || from instanceof HTMLInputElement ? from.value : (from?.textContent ?? "");
}

export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Plain http on another host has no clipboard; the old way needs a selected field.
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "visually-hidden";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

async function copyAndSay(element: HTMLElement): Promise<void> {
  const done = await copy(textFor(element));
  const message = done ? element.dataset["copied"] : element.dataset["notCopied"];
  if (message) toast(message);
}

async function webShare(element: HTMLElement): Promise<void> {
  const data: ShareData = {};
  if (element.dataset["shareTitle"]) data.title = element.dataset["shareTitle"];
  if (element.dataset["shareText"]) data.text = element.dataset["shareText"];
  if (element.dataset["shareUrl"]) data.url = element.dataset["shareUrl"];
  try {
    await navigator.share(data);
    element.dispatchEvent(new CustomEvent("advocacy:shared", { bubbles: true }));
  } catch (error) {
    // Closing the sheet is an answer, not an error.
    if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
  }
}

export function startSharing(root: ParentNode): void {
  const possible = typeof navigator.share === "function";
  for (const element of root.querySelectorAll<HTMLElement>("[data-web-share]")) element.hidden = !possible;
  for (const element of root.querySelectorAll<HTMLElement>("[data-with-script]")) element.hidden = false;
}

export function listenForSharing(): void {
  document.addEventListener("click", (event) => {
    const pressed = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-copy], [data-copy-from], [data-web-share], [data-print]") : null;
    if (!pressed) return;
    if (pressed.dataset["webShare"] !== undefined) void webShare(pressed);
    else if (pressed.dataset["print"] !== undefined) window.print();
    // A link copies first and then opens as links do: the browser keeps its own rules for new tabs.
    else void copyAndSay(pressed);
  });
}
