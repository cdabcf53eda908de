// "What would it take?": moves the participation and shows what follows, from the exact figures in the page.
import { over, parseRational, rational, times, toDecimal, type Rational } from "./rational";
import { asPlain, asTyped } from "./typed-numbers";

const language = document.documentElement.lang || "en";

function spoken(value: Rational, places: number): string {
  const format = new Intl.NumberFormat(language, { maximumFractionDigits: places, minimumFractionDigits: 0 });
  // Intl takes the digits as a string, so nothing passes through a float.
  return format.format(toDecimal(value, places) as unknown as number);
}

function figures(box: HTMLElement, participation: Rational): Record<string, string> {
  const employees = parseRational(box.dataset["employees"] ?? "0");
  const audience = parseRational(box.dataset["audience"] ?? "0");
  const brand = parseRational(box.dataset["brand"] ?? "0");
  const potential = times(employees, audience);
  const activated = times(potential, participation);
  const answer: Record<string, string> = {
    participation: spoken(times(participation, rational(100n)), 1),
    people: spoken(times(employees, participation), 0),
    potential: spoken(potential, 0),
    activated: spoken(activated, 0),
  };
  if (brand.top > 0n) {
    answer["ratio"] = spoken(over(activated, brand), 3);
    if (potential.top > 0n) answer["break-even"] = spoken(times(over(brand, potential), rational(100n)), 1);
  }
  return answer;
}

/** Reads a number as people type it; what is no exact number yet leaves everything as it is. */
function typed(form: HTMLElement, name: string): Rational | undefined {
  const field = form.querySelector<HTMLInputElement>(`input[name="${name}"]`);
  try {
    return field ? parseRational(asPlain(field.value, language).replace(/\s/g, "")) : undefined;
  } catch {
    return undefined;
  }
}

/** A slider beside a number of the same form: each moves the other, and people are counted at once. The form itself asks the server. */
function join(form: HTMLElement): void {
  const slider = form.querySelector<HTMLInputElement>("input[data-slides]");
  const field = document.getElementById(slider?.dataset["slides"] ?? "");
  if (!slider || !(field instanceof HTMLInputElement)) return;
  const steps = parseRational(slider.max);
  const show = (): void => {
    const percent = typed(form, field.name);
    const employees = typed(form, "employees");
    if (!percent || !employees) return;
    const share = over(percent, rational(100n));
    const answer: Record<string, string> = { participation: spoken(percent, 1), people: spoken(times(employees, share), 0), all: spoken(employees, 0) };
    for (const output of form.querySelectorAll<HTMLElement>("[data-output]")) output.textContent = answer[output.dataset["output"] ?? ""] ?? "";
    slider.style.setProperty("--fill", toDecimal(share, 4));
    slider.setAttribute("aria-valuetext", (slider.dataset["valueText"] ?? "").replace(/\{(\w+)\}/g, (_, key: string) => answer[key] ?? ""));
  };
  slider.addEventListener("input", () => {
    field.value = asTyped(toDecimal(over(times(parseRational(slider.value), rational(100n)), steps), 3), language);
    show();
  });
  const follow = (): void => {
    const percent = typed(form, field.name);
    if (percent) slider.value = toDecimal(over(times(percent, steps), rational(100n)), 0);
    show();
  };
  form.addEventListener("input", (event) => {
    if (event.target !== slider) follow();
  });
  follow();
  for (const part of form.querySelectorAll<HTMLElement>("[data-without-script]")) part.hidden = true;
}

function attach(box: HTMLElement): void {
  const slider = box.querySelector<HTMLInputElement>('input[type="range"]');
  if (!slider) return;
  const show = (): void => {
    // The slider's own scale may be per cent or per mille: its maximum stands for everybody.
    const participation = over(parseRational(slider.value), parseRational(slider.max || "100"));
    const answer = figures(box, participation);
    for (const output of box.querySelectorAll<HTMLElement>("[data-output]")) {
      const text = answer[output.dataset["output"] ?? ""];
      if (text !== undefined) output.textContent = text;
    }
    slider.style.setProperty("--fill", toDecimal(participation, 4));
    const template = slider.dataset["valueText"];
    if (template) slider.setAttribute("aria-valuetext", template.replace(/\{(\w+)\}/g, (_, key: string) => answer[key] ?? ""));
  };
  slider.addEventListener("input", show);
  show();
  for (const button of box.querySelectorAll<HTMLElement>("[data-without-script]")) button.hidden = true;
}

/** A slider of a plain form only shows how far it is. */
function fill(slider: HTMLInputElement): void {
  const low = Number(slider.min || 0);
  const high = Number(slider.max || 100);
  const show = (): void => slider.style.setProperty("--fill", String(high > low ? (Number(slider.value) - low) / (high - low) : 0));
  slider.addEventListener("input", show);
  show();
}

export function startSliders(root: ParentNode): void {
  for (const slider of root.querySelectorAll<HTMLInputElement>("input.slider:not([data-filled])")) {
    slider.dataset["filled"] = "yes";
    if (!slider.closest("[data-what-if]")) fill(slider);
  }
  for (const box of root.querySelectorAll<HTMLElement>("[data-what-if]")) {
    if (box.dataset["started"]) continue;
    box.dataset["started"] = "yes";
    if ("fromForm" in box.dataset) join(box);
    else attach(box);
  }
}
