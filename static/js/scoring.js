// The scoring page: each item is saved when it is left, its state is said in words, nothing typed is ever lost.
// Without this script the same form is sent whole by "Save draft".
(() => {
  "use strict";
  const form = document.getElementById("scoring");
  if (!form) return;
  const say = form.dataset;
  delete say.guard; // app.js would hold the reader back after items were saved one by one; this script has its own guard
  const rows = [...form.querySelectorAll("tr[data-code]")];
  const byCode = new Map(rows.map((row) => [row.dataset.code, row]));
  const summary = document.getElementById("summary");

  // What a row holds, what of it is saved, and what stands by while a save is on its way.
  const fields = (row) => [...row.querySelectorAll("input:not([type=hidden]), textarea")];
  const ticks = (field) => field.type === "radio" || field.type === "checkbox";
  const pairs = (row) =>
    fields(row).filter((f) => (ticks(f) ? f.checked : true)).map((f) => [f.name, f.value]);
  const text = (row) => JSON.stringify(pairs(row));
  const hidden = (row, name) => row.querySelector(`input[type=hidden][name$=":${name}"]`);
  const short = (field) => field.name.slice(field.name.indexOf(":") + 1);
  const settled = (row) => !["dirty", "bad", "stale"].includes(row.dataset.state);
  const saved = new Map(rows.map((row) => [row, settled(row) ? text(row) : null]));
  const before = new Map(rows.map((row) => [row, fields(row).map((f) => [f, f.value, f.checked])]));
  const sending = new Map();
  const timers = new Map();
  const dirty = () => rows.filter((row) => text(row) !== saved.get(row));

  const tell = (row, state, words) => {
    row.dataset.state = state;
    row.querySelector("[data-words]").textContent = words;
  };
  const announce = (words) => {
    if (summary.textContent !== words) summary.textContent = words;
  };
  const count = () => {
    const left = dirty();
    keep(left);
    announce(left.length ? say.left.replace("{n}", left.length) : say.none);
    return left;
  };

  // What is not saved yet lies in this tab, under account and form, until the server has it.
  const key = `scoring:${say.key}`;
  const keep = (left) => {
    const kept = left.map((row) => [row.dataset.code, { version: hidden(row, "version").value, pairs: pairs(row) }]);
    if (kept.length) sessionStorage.setItem(key, JSON.stringify(Object.fromEntries(kept)));
    else sessionStorage.removeItem(key);
  };
  const restore = () => {
    const kept = Object.entries(JSON.parse(sessionStorage.getItem(key) || "{}")).filter(([code]) => byCode.has(code));
    for (const [code, { version, pairs: typed }] of kept) {
      const row = byCode.get(code);
      hidden(row, "version").value = version;
      for (const field of fields(row)) {
        const values = typed.filter(([name]) => name === field.name).map(([, value]) => value);
        if (ticks(field)) field.checked = values.includes(field.value);
        else field.value = values[0] ?? "";
      }
      tell(row, "dirty", say.dirty);
    }
    if (!kept.length) return;
    announce(say.restored);
    kept.forEach(([code]) => send(byCode.get(code)));
  };

  // Faults stand at their fields, in the words of the server.
  const clearFaults = (row) => {
    row.querySelectorAll(".error, .conflict").forEach((found) => found.remove());
    row.querySelectorAll("[aria-invalid]").forEach((f) => {
      f.removeAttribute("aria-invalid");
      f.removeAttribute("aria-describedby");
    });
  };
  const showFaults = (row, faults) => {
    for (const [name, words] of Object.entries(faults)) {
      const id = `${row.dataset.code}:${name}`;
      const field = document.getElementById(id) ?? (name === "not_applicable" ? row.querySelector('[name$=":na"]') : null);
      const error = Object.assign(document.createElement("span"), { className: "error", id: `${id}-error`, textContent: words });
      if (!field) row.querySelector(".claim").prepend(error);
      else if (field.tagName === "FIELDSET") field.querySelector("legend").after(error);
      else field.before(error);
      if (field) {
        field.setAttribute("aria-invalid", "true");
        field.setAttribute("aria-describedby", error.id);
        const folded = field.closest("details");
        if (folded) folded.open = true;
      }
    }
  };

  const fill = (row, said) => {
    for (const field of fields(row)) {
      const name = short(field);
      const value = said.inputs[name];
      if (name === "na") field.checked = said.na;
      else if (name === "clear" || name === "take") field.checked = false;
      else if (field.type === "checkbox") field.checked = (value ?? []).includes(field.value);
      else if (field.type === "radio") field.checked = value === field.value;
      else field.value = (["stated", "note", "reason"].includes(name) ? said[name] : value) ?? "";
    }
  };

  /** Take over what the server now holds of a row. `sent` is what went out; later typing stays. */
  const settle = (row, said, sent) => {
    hidden(row, "version").value = said.version;
    hidden(row, "was").value = said.was;
    const untouched = text(row) === sent;
    const cleared = row.querySelector('[name$=":clear"]').checked;
    if (untouched && (cleared || !row.contains(document.activeElement))) fill(row, said);
    saved.set(row, untouched ? text(row) : sent);
    before.set(row, fields(row).map((f) => [f, f.value, f.checked]));
    row.querySelector("[data-points]").textContent = said.points || "–";
    row.querySelector("[data-arithmetic]").textContent = said.arithmetic;
    const apart = row.querySelector("[data-apart]");
    if (apart && said.apart) apart.innerHTML = said.apart;
    row.querySelector("[data-note]").textContent = said.note;
    tell(row, said.version ? "saved" : "open", said.state);
  };

  const proofState = (row, lacking) => {
    row.toggleAttribute("data-unproved", lacking);
    row.querySelector("[data-missing]").textContent = lacking ? say.unproved : "";
    const part = form.ownerDocument.querySelector(`li[data-part="${row.dataset.part}"]`);
    const n = rows.filter((r) => r.dataset.part === row.dataset.part && r.hasAttribute("data-unproved")).length;
    part.querySelector("[data-unproved]").textContent = n ? `, ${say.missing.replace("{n}", n)}` : "";
    const all = rows.filter((r) => r.hasAttribute("data-unproved")).length;
    document.querySelector("[data-lacking]").textContent = all ? say.missing.replace("{n}", all) : "";
  };
  const progress = (row, said) => {
    const part = document.querySelector(`li[data-part="${said.part}"]`);
    part.querySelector("[data-items]").textContent = said.items;
    part.querySelector("[data-achieved]").textContent = said.achieved && `, ${said.achieved}`;
    const bar = part.querySelector("progress");
    if (bar) bar.value = said.done;
    form.querySelector(`[data-part-words="${said.part}"]`).textContent = [said.items, said.achieved].filter(Boolean).join(", ");
    form.querySelector("[data-whole]").textContent = said.whole;
    row.toggleAttribute("data-open", said.open);
    proofState(row, said.unproved);
  };

  const conflict = (row, said) => {
    const box = document.getElementById("conflict").content.firstElementChild.cloneNode(true);
    const value = said.version ? [said.points, said.arithmetic, said.note].filter(Boolean).join(" · ") : say.emptied;
    const words = say.by.replace("{name}", said.author || say.somebody).replace("{value}", `${value} (${said.state})`);
    box.querySelector("[data-theirs]").textContent = words;
    box.querySelector("[data-mine]").addEventListener("click", () => {
      hidden(row, "version").value = said.version;
      box.remove();
      send(row);
    });
    box.querySelector("[data-take]").addEventListener("click", () => {
      box.remove();
      fill(row, said);
      settle(row, said, text(row));
      count();
    });
    row.querySelector(".claim").prepend(box);
    tell(row, "stale", say.stale);
  };

  // The session or its token ended: sign in on this page (again.js), then all that waits is sent.
  let asked = null;
  let renewed = 0; // when the token was renewed: refused again at once, it was not the token
  const expired = () => {
    count();
    asked ??= window.parindex.again().then((done) => {
      asked = null;
      if (done) renewed = Date.now();
      return done && sendAll();
    });
  };
  const signedOut = (response) => response.status === 401 || (response.redirected && new URL(response.url).pathname === new URL(say.login, location).pathname);

  /** Send a row if it differs from what is saved; true when the server has all of it. One request per row at a time. */
  const send = async (row) => {
    clearTimeout(timers.get(row));
    if (sending.has(row)) await sending.get(row);
    if (text(row) === saved.get(row)) return true;
    const going = post(row);
    sending.set(row, going);
    const done = await going.finally(() => sending.delete(row));
    count();
    return done;
  };
  const post = async (row) => {
    const sent = text(row);
    const body = new URLSearchParams(pairs(row));
    for (const name of ["version", "was"]) body.append(hidden(row, name).name, hidden(row, name).value);
    body.append("csrf_token", form.elements.csrf_token.value);
    tell(row, "saving", say.saving);
    let response, said;
    try {
      response = await fetch(`${form.action}/${row.dataset.code}`, { method: "POST", body, headers: { Accept: "application/json" } });
      said = response.headers.get("Content-Type")?.startsWith("application/json") ? await response.json() : null;
    } catch {
      tell(row, "dirty", say.offline);
      return false;
    }
    clearFaults(row);
    if (signedOut(response) || (response.status === 400 && Date.now() - renewed > 5000)) {
      tell(row, "dirty", say.dirty);
      expired();
    } else if (response.ok && said) {
      settle(row, said, sent);
      progress(row, said);
      return true;
    } else if (said?.faults) {
      tell(row, "bad", say.bad);
      showFaults(row, said.faults);
    } else if (said?.current) {
      conflict(row, said.current);
    } else {
      // Refused as a whole: the deadline passed, the form was signed. The text stays where it is.
      tell(row, response.status === 409 ? "locked" : "dirty", [say.dirty, said?.why].filter(Boolean).join(": "));
    }
    return false;
  };
  const sendAll = async () => (await Promise.all(dirty().map(send))).every(Boolean);

  // Typing, leaving a row, ticking.
  form.addEventListener("input", (event) => {
    const row = event.target.closest("tr[data-code]");
    if (!row) return;
    if (text(row) === saved.get(row)) tell(row, hidden(row, "version").value === "0" ? "open" : "saved", say.unchanged);
    else tell(row, "dirty", say.dirty);
    count();
    const name = short(event.target);
    if (!ticks(event.target) || name === "na" || name === "take") return;
    clearTimeout(timers.get(row));
    timers.set(row, setTimeout(() => send(row), event.target.type === "checkbox" ? 800 : 300));
  });
  form.addEventListener("focusout", (event) => {
    const row = event.target.closest("tr[data-code]");
    if (row && !row.contains(event.relatedTarget) && row.dataset.state === "dirty") send(row);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const check = event.submitter?.value === "check";
    if ((await sendAll()) && check) location.assign(say.check);
    else dirty()[0]?.focus();
  });
  window.addEventListener("beforeunload", (event) => {
    if (dirty().length) event.preventDefault();
  });

  // Keys: from field to field, on to the next item, back to what was saved, the panel of the item.
  const stops = () =>
    rows.flatMap(fields).filter((f) => !f.closest("details:not([open])") && (f.type !== "radio" || f.checked || firstOf(f)));
  const firstOf = (radio) => {
    const group = [...radio.closest("fieldset, .conflict").querySelectorAll(`[name="${radio.name}"]`)];
    return group[0] === radio && !group.some((one) => one.checked);
  };
  const step = (from, by) => {
    const all = stops();
    all[all.indexOf(from) + by]?.focus();
  };
  const enter = (row) => (fields(row).find((f) => stops().includes(f)) ?? row).focus();
  form.addEventListener("keydown", (event) => {
    const field = event.target;
    const row = field.closest("tr[data-code]");
    if (!row || event.isComposing || event.altKey || event.metaKey) return;
    const typing = field.tagName === "TEXTAREA";
    if (event.key === "Enter" && event.ctrlKey) openPanel(row);
    else if (event.key === "Enter" && field.matches("input")) {
      send(row);
      const next = rows[rows.indexOf(row) + 1];
      if (next) enter(next);
    } else if (event.key === "Escape") {
      clearTimeout(timers.get(row));
      before.get(row).forEach(([f, value, checked]) => Object.assign(f, { value, checked }));
      clearFaults(row);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (["ArrowDown", "ArrowUp"].includes(event.key) && field.matches("input:not([type=radio])") && !typing) {
      step(field, event.key === "ArrowDown" ? 1 : -1);
    } else return;
    event.preventDefault();
  });
  document.querySelector("[data-next-open]")?.addEventListener("click", (event) => {
    event.preventDefault();
    const here = rows.indexOf(document.activeElement.closest("tr[data-code]")); // -1 outside the table
    const open = rows.filter((row) => row.hasAttribute("data-open"));
    const next = open.find((row) => rows.indexOf(row) > Math.max(here, lastOpen)) ?? open[0];
    if (!next) return announce(say.complete);
    lastOpen = rows.indexOf(next);
    enter(next);
  });
  let lastOpen = -1;

  // The documents of an item, in a panel beside the form; the same page works alone.
  const panel = document.getElementById("panel");
  const content = panel.querySelector("[data-content]");
  let panelRow = null;
  const load = async (url, options) => {
    const response = await fetch(url, options).catch(() => null);
    if (!response) return announce(say.offline);
    if (signedOut(response)) return panel.close(), expired();
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (!window.parindex.mine(page)) return panel.close(), expired(); // another role was chosen in another tab
    const proof = page.getElementById("proof");
    content.replaceChildren(proof ?? page.querySelector("main"));
    content.querySelector("[data-focus]")?.focus();
    if (!proof) return;
    tally(proof);
  };
  /** Write how many documents each item names; one document may have been put on several at once. */
  const tally = (proof) => {
    if (!proof.dataset.counts) return;
    const counts = JSON.parse(proof.dataset.counts);
    for (const row of rows) {
      const link = row.querySelector("[data-evidence]");
      const n = counts[row.dataset.code] ?? 0;
      if (link.textContent === String(n || say.add)) continue;
      link.textContent = n || say.add;
      link.setAttribute("aria-label", `${say.evidence} ${row.dataset.code}: ${n}`);
      proofState(row, !n && "required" in row.dataset && /[1-9]/.test(row.querySelector("[data-points]").textContent));
    }
  };
  const openPanel = (row) => {
    panelRow = row;
    content.replaceChildren();
    panel.showModal();
    load(row.querySelector("[data-evidence]").href);
  };
  form.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-evidence]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    openPanel(link.closest("tr"));
  });
  panel.addEventListener("submit", (event) => {
    const { method, action } = event.target;
    if (method === "dialog") return;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(event.target, event.submitter));
    if (method === "get") load(`${action.split("#")[0]}?${body}`);
    else load(action, { method: "POST", body });
  });
  panel.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-inside]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    load(link.href);
  });
  panel.addEventListener("evidence-changed", (event) => tally(event.target));
  panel.addEventListener("close", () => panelRow?.querySelector("[data-evidence]").focus());

  restore();
})();
