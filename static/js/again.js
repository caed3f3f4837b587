// Signing in again in place: the page and all that was typed stay; then every form has the new token and what waited is sent.
// `parindex.again()` answers true once the person of this page is signed in, in the role the page was made in. A form with `data-keep="…"` needs no more than that
// attribute: what is typed into it lies in this tab until it is sent, and it is not sent into an ended session.
(() => {
  "use strict";
  const dialog = document.getElementById("sign-in-again");
  if (!dialog) return;
  const say = dialog.dataset;
  const form = dialog.querySelector("form");
  const why = dialog.querySelector("[data-why]");
  const steps = [...dialog.querySelectorAll("[data-step]")];
  const fields = form.elements;

  const ask = async (url, body) => {
    const response = await fetch(url, { method: body ? "POST" : "GET", body, headers: { Accept: "application/json" } });
    return { ...(await response.json()), ok: response.ok, status: response.status };
  };
  const renew = (token, where = document) => where.querySelectorAll("input[name=csrf_token]").forEach((field) => (field.value = token));
  const own = (state) => String(state.account) === say.account && state.authority === say.authority && !state.waiting;

  /** Take a new session over: true when it is this person's, in the role this page was made in. */
  const settle = (state) => {
    // The forms of this page get the token only in their own role: without it nothing goes out in another one unseen.
    if (state.csrf) renew(state.csrf, own(state) ? document : form);
    if (own(state)) return true;
    if (state.waiting) {
      const link = Object.assign(document.createElement("a"), { href: state.waiting, target: "_blank", textContent: state.waiting });
      why.replaceChildren(say.elsewhere, " ", link);
    } else if (state.account) why.textContent = String(state.account) === say.account ? say.role : say.other;
    return false;
  };
  const step = (name) => {
    steps.forEach((one) => (one.hidden = one.dataset.step !== name));
    steps.find((one) => !one.hidden).querySelector("input").focus();
  };

  let going = null;
  const open = () =>
    new Promise((answer) => {
      const finish = (done) => {
        form.removeEventListener("submit", submit);
        dialog.removeEventListener("close", close);
        fields.password.value = fields.code.value = "";
        dialog.close();
        answer(done);
      };
      const submit = async (event) => {
        event.preventDefault();
        const code = !fields.code.closest("[data-step]").hidden;
        const body = new URLSearchParams(new FormData(form));
        body.set("authority", say.authority);
        try {
          let said = await ask(code ? say.code : say.login, body);
          if (said.status === 400) {
            // The token ended as well: take the present one, once.
            const state = await ask(say.state);
            renew(state.csrf, form);
            body.set("csrf_token", state.csrf);
            said = await ask(code ? say.code : say.login, body);
          }
          if (said.csrf) renew(said.csrf, form);
          if (said.again) step("password");
          if (said.code === true) {
            why.textContent = "";
            step("code");
          } else if (said.ok && settle(said)) finish(true);
          else if (!said.ok) why.textContent = said.why || say.offline;
        } catch {
          why.textContent = say.offline;
        }
      };
      const close = () => finish(false);
      form.addEventListener("submit", submit);
      dialog.addEventListener("close", close);
      dialog.showModal();
      step("password");
    });
  const again = () =>
    (going ??= (async () => {
      why.textContent = "";
      try {
        if (settle(await ask(say.state))) return true;
      } catch {
        why.textContent = say.offline;
      }
      return open();
    })().finally(() => (going = null)));
  dialog.querySelector("[data-later]").addEventListener("click", () => dialog.close());
  /** Whether a page fetched just now was made for the same person in the same role as this one. */
  const mine = (page) => {
    const made = page.getElementById("sign-in-again")?.dataset;
    return !made || (made.account === say.account && made.authority === say.authority);
  };
  window.parindex = { ...window.parindex, again, mine };

  // Any form with `data-keep`: kept while it is typed, asked for before it is sent, back and marked where the page was left.
  const key = (one) => `keep:${say.account}:${one.dataset.keep}`;
  const values = (one) =>
    [...one.elements].filter((f) => f.name && !["hidden", "password", "file", "submit"].includes(f.type) && f.tagName !== "BUTTON");
  const ticks = (field) => field.type === "radio" || field.type === "checkbox";
  const sure = new WeakSet();
  for (const one of document.querySelectorAll("form[data-keep]")) {
    const kept = JSON.parse(sessionStorage.getItem(key(one)) || "null");
    const now = () => values(one).map((f) => [f.name, ticks(f) ? `${f.value}=${f.checked}` : f.value]);
    if (kept && kept.length === values(one).length && JSON.stringify(kept) !== JSON.stringify(now())) {
      values(one).forEach((f, at) => {
        if (ticks(f)) f.checked = kept[at][1].endsWith("=true");
        else f.value = kept[at][1];
      });
      const mark = Object.assign(document.createElement("p"), { className: "restored", textContent: say.restored });
      mark.setAttribute("role", "status");
      one.prepend(mark);
      one.dispatchEvent(new Event("input", { bubbles: true }));
    }
    one.addEventListener("input", () => sessionStorage.setItem(key(one), JSON.stringify(now())));
    one.addEventListener("submit", async (event) => {
      if (event.defaultPrevented) return;
      if (sure.has(one)) {
        sessionStorage.removeItem(key(one));
        return;
      }
      event.preventDefault();
      const { submitter } = event;
      if (!(await again())) return;
      sure.add(one);
      one.requestSubmit(submitter);
      sure.delete(one);
    });
  }
})();
