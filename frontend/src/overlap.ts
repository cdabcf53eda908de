// Giving one's network: read here, shown before anything is sent, then only ids go out, part by part.
import { type Found, type ProfileForm, Unreadable, partsOf, readConnections, textOf } from "./connections";

interface Setup {
  readonly forms: Readonly<Record<string, ProfileForm>>;
  readonly mostIds: number;
  readonly idsAPart: number;
  readonly start: string;
  readonly words: Readonly<Record<string, string>>;
}

const SHOWN_IDS = 3;
const SHOWN_PROBLEMS = 10;
const TRIES = 3;

class Refused extends Error {}

/** Fills {names} in a text that the server translated. */
function fill(text: string, values: Readonly<Record<string, string | number>>): string {
  const language = document.documentElement.lang || undefined;
  return text.replace(/\{(\w+)\}/gu, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === "number" ? value.toLocaleString(language) : value;
  });
}

async function send(address: string, body: unknown, setup: Setup): Promise<Record<string, string>> {
  const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
  for (let left = TRIES; ; left -= 1) {
    let answer: Response;
    try {
      answer = await fetch(address, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": token },
        body: JSON.stringify(body),
      });
    } catch (error) {
      // A part that came twice counts once, so trying again is safe.
      if (left > 1) continue;
      throw error;
    }
    const isJson = (answer.headers.get("Content-Type") ?? "").includes("json");
    const said = isJson ? ((await answer.json()) as Record<string, string>) : {};
    if (answer.ok) return said;
    throw new Refused(said["detail"] ?? setup.words["failed"] ?? "");
  }
}

class Giving {
  private readonly firstLabel: string;
  private found: Found | null = null;
  private network = "";

  constructor(
    private readonly form: HTMLFormElement,
    private readonly setup: Setup,
  ) {
    this.firstLabel = this.part("send").textContent ?? "";
    const read = (): void => void this.read();
    for (const name of ["network", "file"]) this.field(name).addEventListener("change", read);
    this.field("list").addEventListener("change", read);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.found) void this.give();
      else read();
    });
    this.part("hidden-without-script").hidden = false;
  }

  private field(name: string): HTMLInputElement {
    return this.form.elements.namedItem(name) as HTMLInputElement;
  }

  private part(name: string): HTMLElement {
    const found = this.form.querySelector<HTMLElement>(`[data-part="${name}"]`);
    if (!found) throw new Error(`The form has no part ${name}.`);
    return found;
  }

  private say(message: string, isWrong = false): void {
    const line = this.part("status");
    line.textContent = message;
    line.classList.toggle("warn", isWrong);
  }

  private async read(): Promise<void> {
    this.found = null;
    this.part("preview").hidden = true;
    this.part("send").textContent = this.firstLabel;
    this.network = this.field("network").value;
    const form = this.setup.forms[this.network];
    const file = this.field("file").files?.[0];
    const list = this.field("list").value;
    if (!form || (!file && !list.trim())) {
      this.say(this.setup.words["choose"] ?? "", true);
      return;
    }
    try {
      const text = file ? textOf(new Uint8Array(await file.arrayBuffer())) : list;
      this.found = readConnections(text, form, this.setup.mostIds);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      this.say(fill(this.setup.words[error.reason] ?? "", { most: this.setup.mostIds }), true);
      return;
    }
    this.show(this.found);
  }

  private show(found: Found): void {
    const { words } = this.setup;
    this.part("summary").textContent = fill(words["summary"] ?? "", {
      ids: found.ids.length,
      rows: found.rows,
      repeated: found.identifiedRows - found.ids.length,
    });
    this.part("sample").replaceChildren(
      ...found.ids.slice(0, SHOWN_IDS).map((id) => {
        const line = document.createElement("li");
        const code = document.createElement("code");
        code.textContent = id;
        line.append(code);
        return line;
      }),
    );
    this.part("sample-head").textContent = fill(words["sample"] ?? "", { shown: Math.min(SHOWN_IDS, found.ids.length), ids: found.ids.length });
    const first = found.years[0];
    this.part("years").textContent = first === undefined ? "" : fill(words["years"] ?? "", { first: String(first), last: String(found.years.at(-1)) });
    const problems = this.part("problems");
    problems.hidden = found.problems.length === 0;
    this.part("problems-head").textContent = fill(words["problems"] ?? "", { count: found.unidentified });
    const lines = found.problems.slice(0, SHOWN_PROBLEMS).map(({ row, reason }) => fill(words[reason] ?? "", { row: String(row) }));
    if (found.problems.length > SHOWN_PROBLEMS) lines.push(fill(words["more"] ?? "", { count: found.unidentified - SHOWN_PROBLEMS }));
    this.part("problem-list").replaceChildren(
      ...lines.map((text) => {
        const line = document.createElement("li");
        line.textContent = text;
        return line;
      }),
    );
    const button = this.part("send");
    button.textContent = fill(words["send"] ?? "", { ids: found.ids.length });
    this.part("preview").hidden = false;
    this.say(words["ready"] ?? "");
  }

  private async give(): Promise<void> {
    const found = this.found;
    if (!found) return;
    const { setup } = this;
    const button = this.part("send") as HTMLButtonElement;
    const bar = this.part("progress") as HTMLProgressElement;
    button.disabled = true;
    bar.hidden = false;
    bar.max = found.ids.length;
    try {
      const upload = await send(setup.start, { network: this.network, expected: found.ids.length }, setup);
      let sent = 0;
      for (const [index, ids] of partsOf(found.ids, setup.idsAPart).entries()) {
        await send(`${upload["parts_url"]}/${index + 1}`, { ids }, setup);
        sent += ids.length;
        bar.value = sent;
        this.say(fill(setup.words["sent"] ?? "", { sent, ids: found.ids.length }));
      }
      const done = await send(upload["finish_url"] ?? "", {}, setup);
      window.location.assign(done["location"] ?? window.location.href);
    } catch (error) {
      bar.hidden = true;
      button.disabled = false;
      this.say(error instanceof Refused ? error.message : (setup.words["offline"] ?? ""), true);
    }
  }
}

export function startGiving(root: ParentNode): void {
  for (const form of root.querySelectorAll<HTMLFormElement>("form[data-giving]")) {
    // A page is looked through more than once; a form that were bound twice would send everything twice.
    if (form.dataset["giving"] === "ready") continue;
    form.dataset["giving"] = "ready";
    const setup = JSON.parse(form.querySelector('script[type="application/json"]')?.textContent ?? "{}") as Setup;
    new Giving(form, setup);
  }
}
