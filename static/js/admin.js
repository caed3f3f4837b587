// What the generated screens do in the browser: filters, acts on several rows, editing in the list, inline rows, native
// date fields. Lists need nothing else; forms also load jQuery, Select2 and Flask-Admin's form.js for look-ups and inline
// rows. The words are on the script element itself.
(() => {
  "use strict";
  const words = document.getElementById("admin-js").dataset;
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  // ---- Filters: one row each; the value's name carries the chosen operation (flt0_3=…), as Flask-Admin reads it.
  const filters = document.getElementById("filter_form");
  if (filters) {
    const rows = filters.querySelector("[data-rows]");
    const apply = filters.querySelector("[data-apply]");
    const groups = JSON.parse(filters.dataset.groups) || {};
    const kinds = { datepicker: "date", datetimepicker: "datetime-local" };
    let last = 0;

    const valueField = (name, choice, value) => {
      const label = `${name}: ${words.value}`;
      let field;
      if (choice.options && choice.type !== "select2-tags") {
        field = make("select", { className: "form-control", ariaLabel: label });
        for (const [key, text] of choice.options) field.append(new Option(text, key, false, String(key) === String(value)));
      } else {
        const type = kinds[choice.type] || "text";
        field = make("input", { type, className: "form-control", ariaLabel: label });
        field.value = type === "datetime-local" ? value.replace(" ", "T") : value;
        if (choice.type?.endsWith("rangepicker")) field.placeholder = "2026-01-01 to 2026-12-31";
      }
      field.name = `flt${last++}_${choice.arg}`;
      return field;
    };

    const add = (name, index, value) => {
      const choices = groups[name];
      if (!choices) return;
      const chosen = Math.max(0, choices.findIndex((choice) => choice.index === index));
      const operation = make("select", { className: "form-control", ariaLabel: `${name}: ${words.condition}` });
      choices.forEach((choice, at) => operation.append(new Option(choice.operation, at, false, at === chosen)));
      let field = valueField(name, choices[chosen], value);
      operation.addEventListener("change", () => {
        const renewed = valueField(name, choices[operation.value], field.value);
        field.replaceWith(renewed);
        field = renewed;
      });
      const remove = make("button", { type: "button", className: "filter-remove", textContent: "×", ariaLabel: `${words.remove}: ${name}` });
      const row = make("div", { className: "filter-row" }, make("b", { textContent: name }), operation, field, remove);
      remove.addEventListener("click", () => { row.remove(); apply.hidden = false; apply.focus(); });
      rows.append(row);
      return field;
    };

    for (const [index, name, value] of JSON.parse(filters.dataset.active)) add(name, index, value);
    filters.addEventListener("input", () => { apply.hidden = false; });
    filters.querySelector(".filter-add").addEventListener("change", (event) => {
      if (event.target.value) add(event.target.value, null, "")?.focus();
      event.target.value = "";
    });
  }

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
      const field = make("select", { className: "form-control" });
      for (const { value: key, text } of JSON.parse(source)) field.append(new Option(text, key, false, key === value || text === value));
      return field;
    }
    if (type === "textarea") return make("textarea", { className: "form-control", value });
    if (type !== "combodate") return make("input", { className: "form-control", type: "text", value });
    const native = format === "YYYY-MM-DD" ? "date" : format === "HH:mm:ss" ? "time" : "datetime-local";
    return make("input", { className: "form-control", type: native, value: isoOf(value) });
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

  // ---- Inline rows of a form.
  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-inline-add]");
    if (add) {
      const list = add.parentElement.querySelector(":scope > .inline-field-list");
      window.faForm.addInlineField(add, add.dataset.inlineAdd);
      const row = list.lastElementChild;
      // Flask-Admin renames the fields of the new row; what points to them must follow.
      const follow = (attribute) => row.querySelectorAll(`[${attribute}]`).forEach((element) => {
        const target = `${row.id}-${element.getAttribute(attribute)}`;
        if (document.getElementById(target)) element.setAttribute(attribute, target);
      });
      follow("for");
      row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    }
    const remove = event.target.closest("[data-inline-remove]");
    if (remove) {
      const field = remove.closest(".inline-row").parentElement.closest(".inline-field");
      remove.closest(".inline-row").remove();
      field.querySelector(":scope > [data-inline-add]").focus();
    }
  });

  // ---- Flask-Admin's widgets: native fields where the browser has them, our words elsewhere.
  const $ = window.jQuery;
  if (!$ || !window.faForm) return;

  window.faForm.addFieldConverter(($field, role) => {
    const field = $field[0];
    if (role === "datepicker") {
      field.type = "date";
      return true;
    }
    if (role === "datetimepicker") {
      const typed = field.value;
      field.type = "datetime-local";
      field.value = typed.slice(0, 16).replace(" ", "T");
      field.form.addEventListener("formdata", (event) => {
        const value = event.formData.get(field.name);
        if (value) event.formData.set(field.name, `${value.replace("T", " ")}:00`.slice(0, 19));
      });
      return true;
    }
    if (role === "timepicker") {
      field.type = "time";
      return true;
    }
    return role === "select2" && !field.multiple && !field.dataset.tags; // a plain select stays what it is
  });

  $.extend($.fn.select2.defaults, {
    formatNoMatches: () => words.none,
    formatSearching: () => words.searching,
    formatLoadMore: () => words.more,
    formatAjaxError: () => words.failed,
    formatInputTooShort: () => words.type,
  });

  // A look-up takes its label, hint and faults along to the parts the reader meets.
  const name = (field) => document.querySelector(`label[for="${CSS.escape(field.id)}"]`)?.textContent.trim().replace(/\s*\*$/, "");
  const label = () => $(".select2-container").each((_, box) => {
    const field = $(box).data("select2")?.opts.element[0];
    const told = field && name(field);
    if (!told) return;
    box.querySelectorAll(".select2-focusser, .select2-input").forEach((input) => input.setAttribute("aria-label", told));
    box.querySelectorAll(".select2-focusser").forEach((input) => {
      input.setAttribute("role", "combobox");
      input.setAttribute("aria-expanded", "false");
    });
    box.querySelectorAll(".select2-offscreen[for]").forEach((text) => { text.textContent = told; });
    box.querySelectorAll(".select2-choice").forEach((link) => link.setAttribute("aria-hidden", "true"));
  });
  $(() => setTimeout(label));
  $(document).on("select2-open", () => $("#select2-drop .select2-input").attr("aria-label", words.value));
  document.addEventListener("click", (event) => event.target.closest("[data-inline-add]") && setTimeout(label));
})();
