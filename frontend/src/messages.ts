// Short messages at the foot of the page, read out by screen readers.

/** Returns a sentence that the server translated for whatever goes wrong. */
export function words(key: string): string {
  return document.getElementById("toasts")?.dataset[key] ?? "";
}

export function toast(message: string, detail = ""): void {
  const region = document.getElementById("toasts");
  if (!region) return;
  const box = document.createElement("div");
  box.className = "toast";
  const text = document.createElement("div");
  text.textContent = message;
  if (detail) {
    const small = document.createElement("small");
    small.textContent = detail;
    text.append(small);
  }
  box.append(text);
  region.replaceChildren(box);
  // With a request id to read or copy the message stays until the next one.
  if (!detail) window.setTimeout(() => box.remove(), 6000);
}
