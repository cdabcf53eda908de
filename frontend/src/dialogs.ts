// Definitions are popovers and work without this file. It adds two comforts: confirm dialogs, and the focus on an error summary.

export function listenForDialogs(): void {
  document.addEventListener("click", (event) => {
    const pressed = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-opens-dialog], [data-closes-dialog]") : null;
    if (!pressed) return;
    if (pressed.dataset["closesDialog"] !== undefined) {
      pressed.closest("dialog")?.close();
      return;
    }
    const dialog = document.getElementById(pressed.dataset["opensDialog"] ?? "");
    if (dialog instanceof HTMLDialogElement) {
      event.preventDefault();
      dialog.showModal();
    }
  });
  // Reading goes on inside an opened definition; the browser brings the focus back when it closes.
  document.addEventListener(
    "toggle",
    (event) => {
      const panel = event.target;
      if (panel instanceof HTMLElement && panel.matches(".definition:popover-open")) panel.focus();
    },
    true,
  );
  // A click on the backdrop closes, as people expect. Between what stands in a dialog it hits the dialog too.
  document.addEventListener("click", (event) => {
    const dialog = event.target;
    if (!(dialog instanceof HTMLDialogElement) || !dialog.open) return;
    const { left, right, top, bottom } = dialog.getBoundingClientRect();
    const isInside = event.clientX >= left && event.clientX <= right && event.clientY >= top && event.clientY <= bottom;
    if (!isInside) dialog.close();
  });
}

export function focusErrors(root: ParentNode): void {
  root.querySelector<HTMLElement>(".error-summary")?.focus();
}
