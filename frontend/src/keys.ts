// Keys of the board: walk through items, choose them, search. Plain letters, so they can be turned off in this browser.

const STORE = "board-keys";

function areOn(): boolean {
  try {
    return localStorage.getItem(STORE) !== "off";
  } catch {
    return true;
  }
}

function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "submit"].includes(target.type);
  return target.isContentEditable || target.matches("textarea, select") || target.closest("dialog[open]") !== null;
}

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-key-row]")];
}

function walk(by: number): void {
  const all = rows();
  const here = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + by))];
  next?.querySelector<HTMLAnchorElement>("a[href]")?.focus();
}

function choose(): void {
  const row = rows().find((one) => one.contains(document.activeElement));
  row?.querySelector<HTMLInputElement>("input[type=checkbox]")?.click();
}

function help(): void {
  const dialog = document.getElementById("keys");
  if (dialog instanceof HTMLDialogElement) dialog.showModal();
}

const ACTS: Readonly<Record<string, () => void>> = {
  j: () => walk(1),
  ArrowDown: () => walk(1),
  k: () => walk(-1),
  ArrowUp: () => walk(-1),
  x: choose,
  "/": () => document.querySelector<HTMLInputElement>("[data-key-search]")?.focus(),
  "?": help,
};

export function listenForBoardKeys(): void {
  if (!document.querySelector("[data-key-row], [data-keys]")) return;
  const toggle = document.querySelector<HTMLInputElement>("[data-keys-on]");
  if (toggle) {
    toggle.checked = areOn();
    toggle.addEventListener("change", () => {
      try {
        localStorage.setItem(STORE, toggle.checked ? "on" : "off");
      } catch {
        // A forbidden store only means that the choice ends with the page.
      }
    });
  }
  document.addEventListener("keydown", (event) => {
    const act = ACTS[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target) || !areOn()) return;
    // Arrows scroll the page until somebody stands on an item.
    if (event.key.startsWith("Arrow") && !rows().some((row) => row.contains(document.activeElement))) return;
    event.preventDefault();
    act();
  });
}

/** A filter that is chosen asks at once; without script there is a button. */
export function listenForFilters(): void {
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field instanceof HTMLSelectElement && field.dataset["submits"] !== undefined) field.form?.requestSubmit();
  });
}
