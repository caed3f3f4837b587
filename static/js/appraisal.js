// The appraisal desk: points follow the figures, a save stays on the page, J/K/G go through the items.
// Every part works without script as plain links and a plain form.
(() => {
  "use strict";
  const panel = document.querySelector("[data-panel]");
  if (!panel) return;
  const told = document.querySelector("[data-told]");
  const ask = (address, body) =>
    fetch(address, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin" });

  // Typed and not saved: hold the reader back from leaving. A plain post of the form is no leaving.
  let unsaved = false;
  panel.addEventListener("input", () => { unsaved = true; });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });

  // Points follow: only the answer to the last question counts.
  let wait = 0;
  let asked = 0;
  panel.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!form?.dataset.compute || event.target.name === "reason") return;
    clearTimeout(wait);
    wait = setTimeout(async () => {
      const mine = ++asked;
      const answer = await ask(form.dataset.compute, new FormData(form)).catch(() => null);
      if (answer?.ok && mine === asked) panel.querySelector("[data-outcome]").innerHTML = (await answer.json()).html;
    }, 250);
  });

  // A save: the server answers with the helper's own side as it stands now, faults and another's value included.
  const put = (part, html) => { if (html !== undefined) document.querySelector(part).innerHTML = html; };
  panel.addEventListener("submit", async (event) => {
    const form = event.target;
    const button = event.submitter;
    if (!("appraise" in form.dataset) || (button && button.value !== "save")) {
      unsaved = false;
      return;
    }
    event.preventDefault();
    told.textContent = told.dataset.saving;
    const body = new FormData(form);
    body.set("action", "save");
    const answer = await ask(form.getAttribute("action"), body).catch(() => null);
    const page = answer?.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : null;
    if (!page || page.html === undefined) {
      told.classList.remove("hidden-words");
      told.textContent = page ? [page.title, page.why, page.next_step].filter(Boolean).join(". ") : told.dataset.failed;
      return;
    }
    asked += 1; // an answer still under way is about what stood here before
    unsaved = !answer.ok;
    put("[data-panel]", page.html);
    put("[data-item]", page.item);
    put("[data-progress]", page.progress);
    told.textContent = "";
    (panel.querySelector("[data-focus]") ?? panel.querySelector("button[value=next]"))?.focus();
  });

  // Keys: never while typing, never with a modifier, and they can be switched off.
  const keys = document.querySelector("[data-keys]");
  const box = keys.querySelector("input");
  keys.hidden = false;
  box.checked = localStorage.getItem("parindex-keys") !== "off";
  box.addEventListener("change", () => localStorage.setItem("parindex-keys", box.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    if (!box.checked || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    if (event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select, dialog")) return;
    const way = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
    if (way) {
      event.preventDefault();
      way.click();
    }
  });
})();
