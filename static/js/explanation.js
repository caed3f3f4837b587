// The unit's explanation: each answer is saved when it is left or rests, its state is said in words, nothing typed is ever lost.
// Without this script the same form is sent whole by "Save".
(() => {
  "use strict";
  const form = document.getElementById("explaining");
  if (!form) return;
  const say = form.dataset;
  delete say.guard; // this script has its own guard
  const summary = document.getElementById("summary");
  const rows = [...form.querySelectorAll("article[data-code]")].filter((row) => row.querySelector("textarea"));
  const byCode = new Map(rows.map((row) => [row.dataset.code, row]));
  const area = (row) => row.querySelector("textarea");
  const hidden = (row, name) => row.querySelector(`input[name^="${name}:"]`);
  const unsettled = (row) => ["dirty", "bad", "stale"].includes(row.dataset.state);
  const saved = new Map(rows.map((row) => [row, unsettled(row) ? null : area(row).value]));
  const sending = new Map();
  const timers = new Map();
  const dirty = () => rows.filter((row) => area(row).value !== saved.get(row));

  const tell = (row, state, words) => {
    row.dataset.state = state;
    row.querySelector("[data-words]").textContent = words;
  };
  const announce = (words) => {
    if (summary.textContent !== words) summary.textContent = words;
  };

  // What is not saved yet lies in this tab, under account and form, until the server has it.
  const key = `explaining:${say.key}`;
  const count = () => {
    const left = dirty();
    const kept = left.map((row) => [row.dataset.code, { mark: hidden(row, "mark").value, text: area(row).value }]);
    if (kept.length) sessionStorage.setItem(key, JSON.stringify(Object.fromEntries(kept)));
    else sessionStorage.removeItem(key);
    announce(left.length ? say.left.replace("{n}", left.length) : say.none);
  };
  const restore = () => {
    const kept = Object.entries(JSON.parse(sessionStorage.getItem(key) || "{}")).filter(([code]) => byCode.has(code));
    for (const [code, { mark, text }] of kept) {
      const row = byCode.get(code);
      hidden(row, "mark").value = mark;
      area(row).value = text;
      tell(row, "dirty", say.dirty);
    }
    if (!kept.length) return;
    announce(say.restored);
    kept.forEach(([code]) => send(byCode.get(code)));
  };

  const clearFaults = (row) => {
    row.querySelectorAll(".error, .conflict").forEach((found) => found.remove());
    area(row).removeAttribute("aria-invalid");
    area(row).removeAttribute("aria-describedby");
  };
  const showFault = (row, words) => {
    const id = `${area(row).id}-error`;
    area(row).before(Object.assign(document.createElement("span"), { className: "error", id, textContent: words }));
    area(row).setAttribute("aria-invalid", "true");
    area(row).setAttribute("aria-describedby", id);
    tell(row, "bad", say.bad);
  };
  /** Take over what the server now holds. `sent` is what went out; later typing stays. */
  const settle = (row, said, sent) => {
    hidden(row, "mark").value = said.mark;
    hidden(row, "was").value = said.was;
    saved.set(row, sent);
    tell(row, area(row).value === sent ? "saved" : "dirty", area(row).value === sent ? said.state : say.dirty);
    if (said.progress) form.querySelector("[data-progress]").textContent = said.progress;
  };
  const conflict = (row, said) => {
    const box = document.getElementById("conflict").content.firstElementChild.cloneNode(true);
    const value = said.text || say.emptied;
    box.querySelector("[data-theirs]").textContent = say.by
      .replace("{name}", () => said.author || say.somebody)
      .replace("{value}", () => `${value} (${said.state})`);
    box.querySelector("[data-mine]").addEventListener("click", () => {
      hidden(row, "mark").value = said.mark;
      box.remove();
      send(row);
    });
    box.querySelector("[data-take]").addEventListener("click", () => {
      box.remove();
      area(row).value = said.text;
      settle(row, said, said.text);
      count();
    });
    area(row).closest(".field").before(box);
    tell(row, "stale", say.stale);
  };

  const signedOut = (response) =>
    response.status === 401 || (response.redirected && new URL(response.url).pathname === new URL(say.login, location).pathname);
  // The session or its token ended: sign in on this page (again.js), then all that waits is sent.
  let asked = null;
  let renewed = 0; // when the token was renewed: refused again at once, it was not the token
  const expired = () => {
    asked ??= window.parindex.again().then((done) => {
      asked = null;
      if (done) renewed = Date.now();
      return done && Promise.all(dirty().map(send));
    });
  };

  /** Send an answer if it differs from what is saved; true when the server has it. One request an answer at a time. */
  const send = async (row) => {
    clearTimeout(timers.get(row));
    if (sending.has(row)) await sending.get(row);
    if (area(row).value === saved.get(row)) return true;
    const going = post(row);
    sending.set(row, going);
    const done = await going.finally(() => sending.delete(row));
    count();
    return done;
  };
  const post = async (row) => {
    const sent = area(row).value;
    const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
    for (const field of [area(row), hidden(row, "mark")]) body.append(field.name, field.value);
    tell(row, "saving", say.saving);
    let response, said;
    try {
      response = await fetch(`${form.getAttribute("action")}/${row.dataset.code}`, { method: "POST", body, headers: { Accept: "application/json" } });
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
      return true;
    } else if (said?.fault) {
      showFault(row, said.fault);
    } else if (said?.current) {
      conflict(row, said.current);
    } else {
      // Refused as a whole: the stage ended, the leader signed. The text stays where it is.
      tell(row, "dirty", [say.dirty, said?.why].filter(Boolean).join(": "));
    }
    return false;
  };

  form.addEventListener("input", (event) => {
    const row = event.target.closest("article[data-code]");
    if (!row) return;
    tell(row, "dirty", say.dirty);
    count();
    clearTimeout(timers.get(row));
    timers.set(row, setTimeout(() => send(row), 2000));
  });
  form.addEventListener("focusout", (event) => {
    const row = event.target.closest("article[data-code]");
    if (row && byCode.has(row.dataset.code) && !row.contains(event.relatedTarget) && row.dataset.state === "dirty") send(row);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const check = event.submitter?.value === "check";
    const all = (await Promise.all(dirty().map(send))).every(Boolean);
    if (all && check) location.assign(say.check);
    else if (!all) area(dirty()[0]).focus();
  });
  window.addEventListener("beforeunload", (event) => {
    if (dirty().length) event.preventDefault();
  });
  restore();
})();
