// Writing a text: the counter of the chosen network, keeping a draft in this tab, and a warning before a draft is lost.
import { countText, type CountRule } from "./counting";

const language = document.documentElement.lang || "en";

/** The rule stands on the counter, or on the chosen network's radio button in the same form. */
function ruleFor(counter: HTMLElement, field: HTMLTextAreaElement): { rule: CountRule; added: string; append: string } {
  const chosen = field.form?.querySelector<HTMLElement>("input[data-limit]:checked, select option[data-limit]:checked");
  const data = { ...counter.dataset, ...chosen?.dataset };
  const unit = data["count"] ?? "codepoints";
  const limit = Number(data["limit"] ?? 0);
  const urlLength = data["urlLength"] ? { urlLength: Number(data["urlLength"]) } : {};
  // What the server adds to the words, such as where somebody works; it says so once it looked at them.
  const added = document.getElementById("will-be-added")?.dataset["text"] ?? "";
  return { rule: { unit, limit, ...urlLength }, added, append: data["append"] ?? "" };
}

function attachCounter(counter: HTMLElement): void {
  const field = document.getElementById(counter.dataset["for"] ?? "");
  if (!(field instanceof HTMLTextAreaElement)) return;
  const format = new Intl.NumberFormat(language);
  const show = (): void => {
    const { rule, added, append } = ruleFor(counter, field);
    if (!rule.limit) {
      counter.textContent = "";
      return;
    }
    const used = countText([field.value.trim() + added, append].filter(Boolean).join(" "), rule);
    const left = rule.limit - used;
    const template = left < 0 ? counter.dataset["over"] : counter.dataset["left"];
    counter.textContent = (template ?? "{n}").replace("{n}", format.format(Math.abs(left)));
    counter.dataset["state"] = left < 0 ? "over" : left <= rule.limit / 10 ? "near" : "calm";
  };
  field.addEventListener("input", show);
  field.form?.addEventListener("change", show);
  field.form?.addEventListener("htmx:afterSettle", show);
  show();
}

type Written = HTMLTextAreaElement | HTMLInputElement;

// The draft that was sent last, until the next page knows whether it arrived.
const SENT = "draft:sent";

/** The page may have another address once it comes back with what is wrong, so the field names its draft itself. */
function keyOf(field: Written): string {
  return `draft:${field.dataset["autosave"] ?? ""}`;
}

/** The words of a form are where they belong. */
export function dropDrafts(form: HTMLFormElement): void {
  for (const field of form.querySelectorAll<Written>("[data-autosave]")) sessionStorage.removeItem(keyOf(field));
  sessionStorage.removeItem(SENT);
}

/** Nothing of a form went out: it is written on as if nobody had pressed. */
export function keepDrafts(form: HTMLFormElement): void {
  sessionStorage.removeItem(SENT);
  if (form.dataset["guard"] !== undefined) dirty.add(form);
}

/** Settles what was sent: it arrived where the way led on to another page, as after every success, and that page is no error. */
export function settleDrafts(): void {
  const sent = sessionStorage.getItem(SENT);
  if (sent === null) return;
  sessionStorage.removeItem(SENT);
  const way = performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming | undefined;
  // A page that asks for the words again did not take them.
  const tookNothing = document.body.dataset["error"] !== undefined || document.querySelector("[data-autosave]") !== null;
  if (way !== undefined && way.redirectCount > 0 && !tookNothing) sessionStorage.removeItem(sent);
}

function attachDraft(field: Written): void {
  const key = keyOf(field);
  const kept = sessionStorage.getItem(key);
  // A text the server sent back after an error is newer than the draft.
  if (kept !== null && kept !== field.value && !field.closest(".field-invalid")) {
    field.value = kept;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  field.addEventListener("input", () => {
    try {
      sessionStorage.setItem(key, field.value);
    } catch {
      // A full or forbidden store only means that no draft is kept.
    }
  });
  field.form?.addEventListener("submit", () => {
    if (sessionStorage.getItem(key) !== null) sessionStorage.setItem(SENT, key);
  });
}

/** Shows a place in a text: the field gets the focus and the words are marked. */
export function listenForPlaces(): void {
  document.addEventListener("click", (event) => {
    const pressed = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-selects]") : null;
    const field = pressed ? document.getElementById(pressed.dataset["selects"] ?? "") : null;
    if (!pressed || !(field instanceof HTMLTextAreaElement)) return;
    field.focus();
    field.setSelectionRange(Number(pressed.dataset["start"]), Number(pressed.dataset["end"]));
  });
}

const dirty = new Set<HTMLFormElement>();

function attachGuard(form: HTMLFormElement): void {
  form.addEventListener("input", () => dirty.add(form));
  form.addEventListener("submit", () => dirty.delete(form));
  form.addEventListener("reset", () => dirty.delete(form));
}

function once<T extends HTMLElement>(root: ParentNode, selector: string, mark: string, attach: (element: T) => void): void {
  for (const element of root.querySelectorAll<T>(selector)) {
    if (element.dataset[mark]) continue;
    element.dataset[mark] = "yes";
    attach(element);
  }
}

export function startComposing(root: ParentNode): void {
  once<HTMLTextAreaElement>(root, "[data-autosave]", "keepsDraft", attachDraft);
  once<HTMLElement>(root, ".counter[data-for]", "counts", attachCounter);
  once<HTMLFormElement>(root, "form[data-guard]", "guarded", attachGuard);
}

export function guardDrafts(): void {
  // Whoever comes back to a page as they left it has not sent its words after all.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) sessionStorage.removeItem(SENT);
  });
  window.addEventListener("beforeunload", (event) => {
    for (const form of dirty) if (!form.isConnected) dirty.delete(form);
    if (dirty.size > 0) event.preventDefault();
  });
}
