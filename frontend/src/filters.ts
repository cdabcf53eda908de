/** A filter that is chosen asks at once; without script there is a button. */
export function listenForFilters(): void {
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (field instanceof HTMLSelectElement && field.dataset["submits"] !== undefined) field.form?.requestSubmit();
  });
}
