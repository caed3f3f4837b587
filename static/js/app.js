// Small comforts for every page; each page works without them. Delegated listeners only, no inline code anywhere.
(() => {
  "use strict";

  /**
   * Ask before an act: a form, or its pressed button, carries the question in `data-confirm`. A yes sends the form with
   * `confirmed=yes`; without script the same form arrives without it and the server asks on a page of its own.
   * In a table the question names the row by its first two values.
   */
  const ask = (question, verb, onYes) => {
    const dialog = document.getElementById("question");
    dialog.querySelector("[data-question]").textContent = question;
    const yes = dialog.querySelector("[value=yes]");
    yes.textContent = verb || yes.dataset.verb;
    dialog.returnValue = "";
    dialog.addEventListener("close", () => dialog.returnValue === "yes" && onYes(), { once: true });
    dialog.showModal();
  };
  window.parindex = { ask };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const button = event.submitter;
    const question = button?.dataset.confirm ?? form.dataset.confirm;
    if (!question || form.elements.confirmed) return;
    event.preventDefault();
    const cells = [...(form.closest("tr")?.querySelectorAll("th, [data-label]") ?? [])].slice(0, 2);
    const row = cells.map((cell) => cell.textContent.trim()).join(" – ");
    ask(row ? `${question}\n${row}` : question, button?.dataset.verb, () => {
      const answer = Object.assign(document.createElement("input"), { type: "hidden", name: "confirmed", value: "yes" });
      form.append(answer);
      form.requestSubmit(button); // takes the form's data at once, so the answer holds for this act alone
      answer.remove();
    });
  }, true);

  // Unsaved changes: a form with `data-guard` holds the reader back from leaving until it is sent.
  const changed = new Set();
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form && "guard" in form.dataset) changed.add(form);
  });
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) changed.delete(event.target);
  });
  window.addEventListener("beforeunload", (event) => {
    if (changed.size) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  // After a refused form the summary of its faults is read first.
  document.querySelector("[data-focus]")?.focus();
})();
