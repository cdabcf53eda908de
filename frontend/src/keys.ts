// Lists that can be gone through by keys. In a list of its own they count only while the focus is inside. On the board they
// count everywhere, so there they can be turned off in this browser. Nowhere do they count while somebody types.

const STORE = "board-keys";

function areOn(): boolean {
  try {
    return localStorage.getItem(STORE) !== "off";
  } catch {
    return true;
  }
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button", "submit"].includes(target.type);
  return target.isContentEditable || target.matches("textarea, select") || target.closest("dialog[open]") !== null;
}

function rowsIn(list: ParentNode): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>("[data-row]")];
}

function focusRow(row: HTMLElement | undefined): void {
  row?.querySelector<HTMLElement>("[data-row-focus], a[href], button")?.focus();
}

/** Go on by so many rows; from nowhere to the first or the last. */
function walk(list: ParentNode, by: number): void {
  const rows = rowsIn(list);
  const here = rows.findIndex((row) => row.contains(document.activeElement));
  const next = here < 0 ? (by > 0 ? 0 : rows.length - 1) : here + by;
  focusRow(rows[Math.min(rows.length - 1, Math.max(0, next))]);
}

function choose(row: HTMLElement | undefined): void {
  row?.querySelector<HTMLInputElement>("input[type=checkbox]")?.click();
}

/** Do what a key means in a list; a control of the row may have a letter of its own. Return whether it meant anything. */
function act(list: ParentNode, row: HTMLElement | undefined, key: string): boolean {
  if (key === "j" || key === "k") {
    walk(list, key === "j" ? 1 : -1);
    return true;
  }
  if (key === "x") {
    choose(row);
    return true;
  }
  const target = row?.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
  if (!row || !target) return false;
  // What is decided about goes, so the focus moves on first.
  const rows = rowsIn(list);
  const place = rows.indexOf(row);
  const moves = key === "d" && rows.length > 1;
  if (moves) {
    focusRow(rows[place + 1] ?? rows[place - 1]);
    // So the row that comes back does not ask for the focus.
    target.setAttribute("hx-vals", '{"by_key": "yes"}');
  }
  target.click();
  if (moves) target.removeAttribute("hx-vals");
  return true;
}

function actOnBoard(row: HTMLElement | undefined, key: string): boolean {
  const dialog = document.getElementById("keys");
  const search = document.querySelector<HTMLInputElement>("[data-key-search]");
  // Arrows scroll the page until somebody stands on an item.
  if (row && (key === "ArrowDown" || key === "ArrowUp")) return act(document, row, key === "ArrowDown" ? "j" : "k");
  if (key === "/" && search) search.focus();
  else if (key === "?" && dialog instanceof HTMLDialogElement) dialog.showModal();
  else return act(document, row, key);
  return true;
}

export function listenForKeys(): void {
  const isBoard = document.querySelector("[data-keys]") !== null;
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
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const row = document.activeElement?.closest<HTMLElement>("[data-row]") ?? undefined;
    const list = row?.closest<HTMLElement>("[data-keyboard-list]");
    const isKnown = list ? /^[a-z]$/.test(event.key) && act(list, row, event.key) : isBoard && areOn() && actOnBoard(row, event.key);
    if (isKnown) event.preventDefault();
  });
}
