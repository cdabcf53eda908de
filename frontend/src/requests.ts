// htmx under a strict content security policy, with the form token sent along and every failure told in words.
import htmx from "htmx.org";
import { toast, words } from "./messages";

interface Failure extends Event {
  readonly detail: { readonly xhr?: XMLHttpRequest; readonly elt?: Element; readonly successful?: boolean };
}

// Parts that ask again by themselves and got no answer: said once, not every two seconds.
const toldOf = new WeakSet<Element>();

function explain(event: Event): void {
  const { xhr, elt } = (event as Failure).detail;
  if (elt?.getAttribute("hx-trigger")?.startsWith("every")) {
    if (toldOf.has(elt)) return;
    toldOf.add(elt);
  }
  if (!xhr || xhr.status === 0) {
    toast(words("offline"));
    return;
  }
  let message = words("failed");
  let reference = xhr.getResponseHeader("X-Request-Id") ?? "";
  if ((xhr.getResponseHeader("Content-Type") ?? "").startsWith("application/problem+json")) {
    try {
      const problem = JSON.parse(xhr.responseText) as { title?: string; detail?: string; request_id?: string };
      message = problem.detail ?? problem.title ?? message;
      reference = problem.request_id ?? reference;
    } catch {
      // A body that is not JSON leaves the general message.
    }
  }
  toast(message, reference ? `${words("reference")} ${reference}` : "");
}

export function startRequests(onNewContent: (root: ParentNode) => void): void {
  htmx.config.allowEval = false;
  htmx.config.selfRequestsOnly = true;
  htmx.config.includeIndicatorStyles = false;
  htmx.config.allowScriptTags = false;
  htmx.config.historyCacheSize = 0;
  htmx.config.globalViewTransitions = false;
  // A form that comes back with its errors (422) is content like any other.
  htmx.config.responseHandling = [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true },
    { code: "...", swap: false, error: true },
  ];
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content;
    const detail = (event as CustomEvent<{ verb: string; headers: Record<string, string> }>).detail;
    if (token && detail.verb !== "get") detail.headers["X-CSRFToken"] = token;
  });
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.addEventListener(name, explain);
  document.addEventListener("htmx:afterOnLoad", (event) => {
    const { elt, successful } = (event as Failure).detail;
    if (elt && successful) toldOf.delete(elt);
  });
  htmx.onLoad((element) => onNewContent(element.parentElement ?? document));
}
