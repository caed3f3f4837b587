// What the generated screens do in the browser: acts on several rows, editing in the list, suggestions of look-ups.
// Everything but bulk acts works without it. The words are on the script element itself.
(() => {
  "use strict";
  const words = document.getElementById("admin-js").dataset;
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // ---- Acts on several rows: count, ask, post the ticked rows.
  const bulk = document.querySelector("[data-bulk]");
  if (bulk) {
    const boxes = [...document.querySelectorAll("input.action-checkbox")];
    const all = document.querySelector("[data-tick-all]");
    const ticked = () => boxes.filter((box) => box.checked);
    const count = () => {
      const n = ticked().length;
      bulk.hidden = n === 0;
      bulk.querySelector("[data-bulk-count]").textContent = `${bulk.dataset.chosen} ${n}`;
      all.checked = n > 0 && n === boxes.length;
      all.indeterminate = n > 0 && n < boxes.length;
    };
    all.addEventListener("change", () => { boxes.forEach((box) => { box.checked = all.checked; }); count(); });
    document.addEventListener("change", (event) => event.target.matches("input.action-checkbox") && count());
    bulk.addEventListener("click", (event) => {
      const button = event.target.closest("[data-bulk-action]");
      if (!button) return;
      const send = () => {
        const form = document.getElementById("action_form");
        form.elements.action.value = button.dataset.bulkAction;
        form.append(...ticked().map((box) => make("input", { type: "hidden", name: "rowid", value: box.value })));
        form.requestSubmit();
      };
      if (!button.dataset.question) return send(); // the server asks on a page of its own
      const question = [button.dataset.question, `${bulk.dataset.chosen} ${ticked().length}`].filter(Boolean).join("\n");
      window.parindex.ask(question, button.textContent, send);
    });
    count();
  }

  // ---- Editing in the list: Flask-Admin describes the field on its link; it is saved alone, then drawn by the server.
  const isoOf = (shown) => {
    const day = shown.match(/(\d{2})\/(\d{2})\/(\d{4})/);
    const time = shown.match(/\d{2}:\d{2}/)?.[0];
    return day ? `${day[3]}-${day[2]}-${day[1]}${time ? `T${time}` : ""}` : shown.replace(" ", "T");
  };
  const fieldOf = (link) => {
    const { type, value, source, format } = link.dataset;
    if (source) {
      const field = make("select");
      for (const { value: key, text } of JSON.parse(source)) field.append(new Option(text, key, false, key === value || text === value));
      return field;
    }
    if (type === "textarea") return make("textarea", { value });
    if (type !== "combodate") return make("input", { type: "text", value });
    const native = format === "YYYY-MM-DD" ? "date" : format === "HH:mm:ss" ? "time" : "datetime-local";
    return make("input", { type: native, value: isoOf(value) });
  };
  const redraw = async (link) => {
    const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    const fresh = page.getElementById(link.id);
    if (fresh) link.replaceWith(document.adoptNode(fresh));
    return fresh || link;
  };
  const edit = (link) => {
    const field = fieldOf(link);
    const fault = make("span", { className: "error", role: "alert" });
    const cancel = make("button", { type: "button", className: "button button-plain button-small", textContent: words.cancel });
    const form = make("form", { className: "in-place" }, field, make("button", { className: "button button-small", textContent: words.save }), cancel, fault);
    field.setAttribute("aria-label", link.getAttribute("aria-label"));
    const close = (back) => { form.remove(); back.hidden = false; back.focus(); };
    cancel.addEventListener("click", () => close(link));
    form.addEventListener("keydown", (event) => event.key === "Escape" && close(link));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const value = field.type === "datetime-local" ? `${field.value.replace("T", " ")}:00`.slice(0, 19) : field.value;
      const body = new URLSearchParams({ list_form_pk: link.dataset.pk, [link.name]: value, csrf_token: link.dataset.csrf });
      try {
        const answer = await fetch(link.dataset.url, { method: "POST", body, headers: { Accept: "text/plain" } });
        const text = await answer.text();
        if (answer.ok && !answer.redirected) return close(await redraw(link));
        fault.textContent = text.trimStart().startsWith("<") ? words.refused : text;
      } catch {
        fault.textContent = words.unsent;
      }
      field.setAttribute("aria-invalid", "true");
      field.focus();
    });
    link.hidden = true;
    link.after(form);
    field.focus();
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-pk][data-url]");
    if (!link) return;
    event.preventDefault();
    edit(link);
  });

  // ---- Look-ups: suggestions for what is typed so far; the server resolves the text again when the form is sent.
  for (const field of document.querySelectorAll("input[data-lookup]")) {
    let asked = "";
    let waiting = 0;
    field.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(async () => {
        const typed = field.value.trim();
        if (!typed || typed === asked || typed.endsWith(")")) return;
        asked = typed;
        const address = new URL("../ajax/lookup/", location.href);
        address.search = new URLSearchParams({ name: field.dataset.lookup, query: typed });
        try {
          const answer = await fetch(address, { headers: { Accept: "application/json" } });
          if (answer.ok && typed === field.value.trim()) {
            field.list.replaceChildren(...(await answer.json()).map(([, label]) => make("option", { value: label })));
          }
        } catch { /* no suggestions; the text itself still counts */ }
      }, 150);
    });
  }
})();
