// Files of a leaf: chosen or dragged, several at once, sent one after another; each says in words how far it is.
// Without this script the same form sends one file. Sending a file twice is safe: the server finds it and adds nothing.
(() => {
  "use strict";
  const SLOW = 128000 / 8; // bytes a second of the slow rural line
  const SOON = 60; // seconds that nobody has to be warned of
  const sending = new Set(); // forms with a file on its way
  const wordsOf = (form) => form.closest("#proof").dataset;

  const fill = (words, parts) => words.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
  const decimal = (value) => value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
  const size = (bytes) => (bytes < 2 ** 20 ? `${Math.max(1, Math.round(bytes / 1024))} kB` : `${decimal(bytes / 2 ** 20)} MB`);
  const title = (name) => name.normalize("NFC").replace(/\.[^.]*$/, "").replace(/[_\s]+/g, " ").trim().slice(0, 500);

  /** What is known of a chosen file before it is sent: a sentence that refuses it, or one that warns. */
  const look = (file, say) => {
    const kinds = say.accept.split(",");
    if (!file.size) return { refused: say.empty };
    if (!kinds.some((kind) => file.name.toLowerCase().endsWith(kind))) return { refused: fill(say.wrong, { kinds: kinds.join(" ") }) };
    if (file.size > Number(say.most)) return { refused: fill(say.large, { size: size(file.size), most: size(Number(say.most)) }) + " " + say.advice };
    if (file.size > Number(say.left)) return { refused: fill(say.full, { size: size(file.size), left: size(Number(say.left)) }) };
    const seconds = file.size / SLOW;
    if (seconds <= SOON) return {};
    const warned = fill(say.slow, { minutes: Math.round(seconds / 60) });
    return { warned: seconds > 300 ? `${warned} ${say.advice}` : warned };
  };

  /** A smaller copy of a photo, 2,000 pixels at its longer side; what the camera wrote into it (place, device) is left out. */
  const shrink = async (file) => {
    const picture = await createImageBitmap(file);
    const by = Math.min(1, 2000 / Math.max(picture.width, picture.height));
    const canvas = Object.assign(document.createElement("canvas"), {
      width: Math.round(picture.width * by), height: Math.round(picture.height * by),
    });
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.82));
    return new File([blob], file.name.replace(/\.[^.]*$/, "") + ".jpg", { type: "image/jpeg" });
  };

  const tell = (card, state, words) => {
    card.dataset.state = state;
    card.querySelector("[data-words]").textContent = words;
    for (const button of card.querySelectorAll("[data-act]")) {
      button.hidden = !{ remove: ["waiting", "refused", "broken"], cancel: ["sending"], again: ["broken"], shrink: ["waiting", "refused"] }[
        button.dataset.act].includes(state) || (button.dataset.act === "shrink" && !card.shrinkable);
    }
    card.querySelector("progress").hidden = state !== "sending";
    for (const field of card.querySelectorAll("input")) field.readOnly = state === "sending" || state === "checking" || state === "kept";
  };
  const judge = (card, say) => {
    const { refused, warned } = look(card.file, say);
    card.querySelector("[data-size]").textContent = size(card.file.size);
    card.querySelector("[data-warned]").textContent = warned ?? "";
    card.shrinkable = card.file.type.startsWith("image/") && card.file.size > 5e5 && !card.shrunk;
    tell(card, refused ? "refused" : "waiting", refused ?? say.waiting);
  };
  const settle = (form) => {
    const ready = [...form.querySelectorAll("[data-card]")].filter((card) => ["waiting", "broken"].includes(card.dataset.state));
    const send = form.querySelector("[data-send]");
    send.hidden = !ready.length;
    send.textContent = fill(wordsOf(form).send, { n: ready.length });
    form.querySelector("[data-queue]").hidden = !form.querySelector("[data-card]");
  };

  let count = 0;
  const take = (form, files) => {
    const say = wordsOf(form);
    const queue = form.querySelector("[data-queue]");
    let first = null;
    for (const file of files) {
      const card = document.getElementById("file-card").content.firstElementChild.cloneNode(true);
      count += 1;
      for (const part of card.querySelectorAll("[data-field]")) {
        const id = `f${count}-${part.dataset.field}`;
        part.querySelector("label").htmlFor = id;
        part.querySelector("input").id = id;
      }
      card.file = file;
      card.querySelector("[data-name]").textContent = file.name;
      if ("plain" in form.dataset) card.querySelector("[data-fields]").remove(); // a new version: the document is known
      else card.querySelector("[name=title]").value = title(file.name);
      queue.append(card);
      first ??= card;
      judge(card, say);
    }
    settle(form);
    (first?.querySelector("input") ?? form.querySelector("[data-send]"))?.focus();
  };

  const faults = (card, given) => {
    card.querySelectorAll(".error").forEach((old) => old.remove());
    card.querySelectorAll("[aria-invalid]").forEach((old) => old.removeAttribute("aria-invalid"));
    for (const [name, words] of Object.entries(given)) {
      const field = card.querySelector(`[name="${CSS.escape(name)}"]`);
      if (!field) continue;
      const error = Object.assign(document.createElement("span"), { className: "error", id: `${field.id}-error`, textContent: words });
      field.before(error);
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", error.id);
    }
  };

  /** Send one file; resolves to false where the line broke or the session ended: the next one would fare no better. */
  const send = (form, card) => new Promise((done) => {
    const say = wordsOf(form);
    const body = new FormData();
    body.append("csrf_token", form.elements.csrf_token.value);
    for (const field of card.querySelectorAll("input[name]")) body.append(field.name, field.value);
    body.append("file", card.file, card.file.name);
    const request = new XMLHttpRequest();
    const bar = card.querySelector("progress");
    card.request = request;
    bar.value = 0;
    tell(card, "sending", fill(say.sending, { percent: 0 }));
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.value = loaded / total;
      tell(card, "sending", fill(say.sending, { percent: Math.floor((loaded / total) * 100) }));
    });
    request.upload.addEventListener("load", () => tell(card, "checking", say.checking));
    request.addEventListener("load", () => done(answered(form, card, request)));
    for (const lost of ["error", "timeout"]) request.addEventListener(lost, () => { tell(card, "broken", say.broken); done(false); });
    request.addEventListener("abort", () => { tell(card, "broken", say.stopped); done(true); });
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.send(body);
  });
  const answered = (form, card, request) => {
    const say = wordsOf(form);
    let said = null;
    try {
      said = JSON.parse(request.responseText);
    } catch {
      said = null;
    }
    const signedOut = request.status === 401 || new URL(request.responseURL || form.action, location).pathname === new URL(say.login, location).pathname;
    faults(card, {});
    if (request.status === 201 && said) {
      const words = [say[`scan${said.scan[0].toUpperCase()}${said.scan.slice(1)}`] ?? say.scanClean];
      if (said.repeated) words.push(say.repeated);
      if (said.has_location) words.push(say.location);
      tell(card, "kept", words.join(" "));
      if ("plain" in form.dataset) form.closest("#proof").querySelector("[data-said]").textContent = `${card.file.name}: ${words.join(" ")}`;
    } else if (signedOut || request.status === 400) {
      tell(card, "broken", say.expired);
      window.parindex.again(); // a new session, and its token, for the next try
    } else if (said?.faults) {
      faults(card, said.faults);
      tell(card, said.faults.file ? "refused" : "waiting", said.faults.file ?? say.mend);
    } else if (request.status === 413) {
      tell(card, "refused", fill(say.large, { size: size(card.file.size), most: size(Number(say.most)) }));
    } else if (said?.why) {
      tell(card, "refused", [said.why, said.next_step].filter(Boolean).join(" "));
    } else {
      tell(card, "broken", say.broken);
    }
    return card.dataset.state !== "broken";
  };

  /** Send what waits, or one file again, one after another; stop where the line or the session is gone. */
  const sendAll = async (form, only) => {
    if (sending.has(form)) return;
    sending.add(form);
    const kept = () => form.querySelectorAll('[data-card][data-state="kept"]').length;
    const before = kept();
    const tried = new Set();
    const cards = () => (only ? [only] : [...form.querySelectorAll("[data-card]")]);
    const next = () => cards().find((card) => ["waiting", "broken"].includes(card.dataset.state) && !tried.has(card));
    try {
      for (let card = next(), whole = true; card && whole; card = next()) {
        tried.add(card);
        whole = await send(form, card);
        settle(form);
      }
    } finally {
      sending.delete(form);
    }
    settle(form);
    if (kept() > before) await refresh(form);
  };

  /** The documents and what is left, as the server has them; the cards that were refused stay as they are. */
  const refresh = async (form) => {
    const here = form.closest("#proof");
    const response = here && (await fetch(here.dataset.page).catch(() => null));
    if (!response?.ok) return;
    const whole = new DOMParser().parseFromString(await response.text(), "text/html");
    const page = window.parindex.mine(whole) && whole.getElementById("proof");
    if (!page) return;
    for (const name of ["documents", "room"]) {
      const [old, now] = [here, page].map((one) => one.querySelector(`[data-${name}]`));
      if (old && now) old.replaceWith(now);
    }
    for (const name of ["left", "count", "counts"]) here.dataset[name] = page.dataset[name] ?? "";
    for (const card of form.querySelectorAll('[data-card][data-state="kept"]')) card.querySelector("[data-fields]")?.remove();
    here.dispatchEvent(new CustomEvent("evidence-changed", { bubbles: true }));
  };

  const formOf = (target) => target.closest?.("form[data-upload]");
  document.addEventListener("change", (event) => {
    const form = formOf(event.target);
    if (!form || event.target.type !== "file") return;
    take(form, [...event.target.files]);
    event.target.value = "";
  });
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-card] [data-act]");
    const form = button && formOf(button);
    if (!form) return;
    const card = button.closest("[data-card]");
    const act = button.dataset.act;
    if (act === "cancel") card.request.abort();
    else if (act === "again") await sendAll(form, card);
    else if (act === "remove") {
      card.remove();
      settle(form);
      form.querySelector("input[type=file]").focus();
    } else if (act === "shrink") {
      const small = await shrink(card.file).catch(() => null);
      card.shrunk = true;
      if (small && small.size < card.file.size) {
        card.file = small;
        card.querySelector("[data-name]").textContent = small.name;
      }
      judge(card, wordsOf(form));
      settle(form);
    }
  });
  document.addEventListener("submit", (event) => {
    const form = formOf(event.target);
    if (!form) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    sendAll(form);
  }, true);

  // Dragged onto the documents of the leaf.
  const zone = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files") && event.target.closest?.("#proof")?.querySelector("form[data-upload]");
  document.addEventListener("dragover", (event) => {
    const form = zone(event);
    if (!form) return;
    event.preventDefault();
    form.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget?.closest?.("#proof")) document.querySelector(".dropping")?.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    const form = zone(event);
    if (!form) return;
    event.preventDefault();
    form.classList.remove("dropping");
    take(form, [...event.dataTransfer.files]);
  });

  // Leaving while something is on its way asks first: the page by the browser, the panel by us.
  window.addEventListener("beforeunload", (event) => {
    if (sending.size) event.preventDefault();
  });
  const held = (dialog) => [...sending].find((form) => dialog.contains(form));
  const ask = (event, dialog) => {
    const form = held(dialog);
    if (!form) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    window.parindex.ask(wordsOf(form).leave, wordsOf(form).stop, () => {
      for (const card of form.querySelectorAll('[data-card][data-state="sending"]')) card.request.abort();
      sending.delete(form);
      dialog.close();
    });
  };
  document.addEventListener("cancel", (event) => event.target instanceof HTMLDialogElement && ask(event, event.target), true);
  document.addEventListener("submit", (event) => {
    if (event.target.method === "dialog") ask(event, event.target.closest("dialog"));
  }, true);

  // With script one form takes many files; the fields of each stand on its card.
  const arm = (root) => {
    for (const form of root.querySelectorAll("form[data-upload]:not(.armed)")) {
      form.classList.add("armed");
      const input = form.querySelector("input[type=file]");
      input.multiple = !("one" in input.dataset);
      form.querySelector("[data-single]").remove();
    }
  };
  arm(document);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) if (node.querySelectorAll) arm(node.parentElement ?? document);
  }).observe(document.body, { childList: true, subtree: true });
})();
