// One button from the sheet to the network: keep the share, copy the text, open the dialog, and go on to "Did you post it?".
// Without script the same form leads to a page with the same steps.
import { dropDrafts, keepDrafts } from "./composing";
import { toast, words } from "./messages";
import { copy } from "./sharing";

interface Opened {
  readonly text: string;
  readonly intent_url: string | null;
  readonly next_url: string;
}

async function open(form: HTMLFormElement): Promise<void> {
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
  if (!answer.ok || !(answer.headers.get("Content-Type") ?? "").startsWith("application/json")) {
    // The page says best what is wrong; nothing was kept, so sending it again is safe.
    form.submit();
    return;
  }
  const opened = (await answer.json()) as Opened;
  const copied = await copy(opened.text);
  if (copied && form.dataset["copied"]) toast(form.dataset["copied"]);
  dropDrafts(form);
  if (opened.intent_url?.startsWith("mailto:")) location.href = opened.intent_url;
  else if (opened.intent_url) window.open(opened.intent_url, "_blank", "noopener,noreferrer");
  // A browser that opens no second tab shows the same button on the next page.
  location.assign(opened.next_url);
}

/** The button names the network that is chosen. */
function nameTheNetwork(form: HTMLFormElement): void {
  const chosen = form.querySelector<HTMLInputElement>("input[name='network']:checked");
  const button = form.querySelector<HTMLButtonElement>(".sheet-actions button");
  const label = chosen?.labels?.[0]?.textContent?.trim();
  if (button && label && form.dataset["button"]) button.textContent = form.dataset["button"].replace("{network}", label);
}

export function startOpening(root: ParentNode): void {
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-opens-network]")) {
    if (form.dataset["named"]) continue;
    form.dataset["named"] = "yes";
    nameTheNetwork(form);
    form.addEventListener("change", () => nameTheNetwork(form));
  }
}

export function listenForOpening(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.dataset["opensNetwork"] === undefined || event.defaultPrevented) return;
    // The button that posts with one's own account goes where it says.
    if (event.submitter instanceof HTMLButtonElement && event.submitter.hasAttribute("formaction")) return;
    event.preventDefault();
    const button = form.querySelector<HTMLButtonElement>(".sheet-actions button");
    if (button) button.disabled = true;
    open(form).catch(() => {
      // Nobody answered: the words stay where they are, and so does the page.
      keepDrafts(form);
      if (button) button.disabled = false;
      toast(words("offline"));
    });
  });
}
