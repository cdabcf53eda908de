// Lists that can be gone through by keys. Keys count only while the focus is inside the list, and never while typing.

const TYPING = new Set(["TEXTAREA", "SELECT"]);

function isTyping(element: HTMLElement): boolean {
  if (TYPING.has(element.tagName) || element.isContentEditable) return true;
  return element instanceof HTMLInputElement && element.type !== "checkbox";
}

function focusRow(row: HTMLElement | undefined): void {
  row?.querySelector<HTMLElement>("[data-row-focus], a, button")?.focus();
}

function act(list: HTMLElement, row: HTMLElement, key: string): boolean {
  const rows = [...list.querySelectorAll<HTMLElement>("[data-row]")];
  const place = rows.indexOf(row);
  if (key === "j" || key === "k") {
    focusRow(rows[place + (key === "j" ? 1 : -1)]);
    return true;
  }
  if (key === "x") {
    row.querySelector<HTMLInputElement>('input[type="checkbox"]')?.click();
    return true;
  }
  const target = row.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
  if (!target) return false;
  // What is decided about goes, so the focus moves on first.
  if (key === "d") focusRow(rows[place + 1] ?? rows[place - 1]);
  target.click();
  return true;
}

export function listenForKeys(): void {
  document.addEventListener("keydown", (event) => {
    const element = event.target;
    if (!(element instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey || isTyping(element)) return;
    const row = element.closest<HTMLElement>("[data-row]");
    const list = row?.closest<HTMLElement>("[data-keyboard-list]");
    if (row && list && /^[a-z]$/.test(event.key) && act(list, row, event.key)) event.preventDefault();
  });
}
