// Suggestions while a receiver is typed; the server resolves the text again when the form is sent.
(() => {
  "use strict";
  const field = document.querySelector("input[data-people]");
  if (!field) return;
  let waiting = 0;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const typed = field.value.trim();
      if (!typed || typed.endsWith(")")) return;
      const address = new URL(field.dataset.people, location.href);
      address.search = new URLSearchParams({ query: typed });
      try {
        const answer = await fetch(address, { headers: { Accept: "application/json" } });
        if (answer.ok && typed === field.value.trim()) {
          field.list.replaceChildren(...(await answer.json()).map((value) => Object.assign(document.createElement("option"), { value })));
        }
      } catch { /* no suggestions; the text itself still counts */ }
    }, 150);
  });
})();
