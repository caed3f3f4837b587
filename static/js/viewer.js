// Opens a document beside the page: PDF drawn by pdf.js, photos as they are. Nothing is loaded before the first press.
// Without this script its buttons do not show; the link that downloads the file is always there.
(() => {
  "use strict";
  const dialog = document.getElementById("viewer");
  if (!dialog) return;
  const root = document.documentElement;
  root.classList.add("can-view");
  const say = dialog.dataset;
  const part = (name) => dialog.querySelector(`[data-${name}]`);
  const [box, canvas, image, pageInput, told] = ["box", "canvas", "image", "page", "told"].map(part);
  const MAX_PIXELS = 16e6; // a page larger than this is drawn coarser, so that a phone has the memory for it
  const STEPS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4]; // of the width of the box

  let shown = null; // { opener, pdf, task, page, pages, zoom, turn, drawing }
  const tell = (words) => { told.textContent = words; };

  /** "trang 3", "tr. 12-14", "Phụ lục II, trang 5", "7": the page that proves the item. */
  const firstPage = (text) => Number(/(?:trang|tr\.?|page|p\.)\s*(\d+)/i.exec(text)?.[1] ?? /^\s*(\d+)/.exec(text)?.[1] ?? 1);

  let library = null;
  const pdfjs = () => {
    library ??= import(say.pdfjs).then((loaded) => {
      loaded.GlobalWorkerOptions.workerSrc = say.worker;
      return loaded;
    });
    library.catch(() => { library = null; }); // a broken line: the next press tries again
    return library;
  };

  const close = () => {
    if (!shown) return;
    const { opener, task } = shown;
    shown = null;
    task?.destroy();
    canvas.width = canvas.height = 0;
    image.removeAttribute("src");
    part("text").textContent = "";
    if (dialog.open) dialog.close();
    root.classList.remove("viewing");
    if (opener.isConnected) {
      opener.scrollIntoView({ block: "center" });
      opener.focus();
    }
  };

  const open = async (opener) => {
    close();
    const { view, name, page } = opener.dataset;
    const mine = { opener, page: 1, pages: 1, zoom: 1, turn: 0 };
    shown = mine;
    // Inside a modal panel everything outside of it is asleep: the viewer goes in.
    (opener.closest("dialog") ?? document.body).append(dialog);
    part("name").textContent = part("name").title = name;
    part("download").href = opener.dataset.file;
    dialog.dataset.kind = view;
    canvas.hidden = image.hidden = true;
    tell(say.loading);
    if (matchMedia("(width < 64rem)").matches) dialog.showModal();
    else dialog.show();
    root.classList.add("viewing");
    opener.scrollIntoView({ block: "center" }); // the page beside has become narrower
    box.focus();
    try {
      if (view === "pdf") await openPdf(mine, opener.dataset.file, firstPage(page ?? ""));
      else await openImage(mine, opener.dataset.file, name);
    } catch {
      if (shown === mine) tell(say.failed);
    }
  };

  const openPdf = async (mine, url, page) => {
    const { getDocument } = await pdfjs();
    if (shown !== mine) return;
    mine.task = getDocument({ url, isEvalSupported: false, useWasm: false, enableXfa: false, wasmUrl: say.wasm, verbosity: 0 });
    mine.task.onProgress = ({ loaded, total }) => {
      if (shown === mine && total) tell(`${say.loading} ${Math.min(100, Math.round((loaded / total) * 100))} %`);
    };
    mine.task.onPassword = () => {
      if (shown === mine) tell(say.secret);
      mine.task.destroy();
    };
    mine.pdf = await mine.task.promise;
    mine.pages = mine.pdf.numPages;
    part("pages").textContent = mine.pages;
    pageInput.max = mine.pages;
    await go(Math.min(Math.max(page, 1), mine.pages));
  };

  const openImage = async (mine, url, name) => {
    image.alt = name;
    image.src = url;
    await image.decode();
    if (shown !== mine) return;
    image.hidden = false;
    size();
    tell("");
  };

  const width = () => Math.max(200, box.clientWidth - 24) * shown.zoom;
  const size = () => {
    part("scale").textContent = `${Math.round(shown.zoom * 100)} %`;
    if (!image.hidden) image.style.width = `${width()}px`;
  };

  const go = async (number) => {
    shown.page = number;
    pageInput.value = number;
    box.scrollTop = 0;
    await draw();
  };

  /** Draw the page; the last wish counts, whatever is still being drawn. */
  const draw = async () => {
    const mine = shown;
    size();
    if (!mine.pdf) return;
    const mark = (mine.mark = Symbol("drawing"));
    mine.drawing?.cancel();
    await mine.drawing?.promise.catch(() => {});
    const page = await mine.pdf.getPage(mine.page);
    if (shown !== mine || mine.mark !== mark) return;
    const rotation = (page.rotate + mine.turn) % 360;
    const plain = page.getViewport({ scale: 1, rotation });
    const css = width() / plain.width;
    const sharp = Math.min(devicePixelRatio || 1, 2, Math.sqrt(MAX_PIXELS / (plain.width * plain.height)) / css);
    const viewport = page.getViewport({ scale: css * sharp, rotation });
    canvas.width = Math.floor(viewport.width);
    canvas.height = Math.floor(viewport.height);
    canvas.style.width = `${width()}px`;
    canvas.hidden = false;
    const label = say.page.replace("{page}", mine.page).replace("{pages}", mine.pages);
    canvas.setAttribute("aria-label", label);
    mine.drawing = page.render({ canvas, viewport });
    try {
      await mine.drawing.promise;
    } catch (stopped) {
      if (stopped?.name === "RenderingCancelledException") return;
      throw stopped;
    }
    if (shown !== mine || mine.mark !== mark) return;
    tell(label);
    dialog.dataset.drawn = mine.page;
    const words = await page.getTextContent();
    if (shown === mine && mine.mark === mark) part("text").textContent = words.items.map((one) => one.str).join(" ");
  };
  const redo = () => draw().catch(() => tell(say.failed));

  const turnTo = (number) => {
    if (!shown?.pdf || !Number.isInteger(number)) return;
    const page = Math.min(Math.max(number, 1), shown.pages);
    if (page === shown.page) pageInput.value = page;
    else go(page).catch(() => tell(say.failed));
  };
  const zoom = (by) => {
    if (!shown) return;
    const next = by > 0 ? STEPS.find((one) => one > shown.zoom) : STEPS.findLast((one) => one < shown.zoom);
    if (next) shown.zoom = next;
    redo();
  };

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-view]");
    if (opener) open(opener);
  });
  dialog.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || !shown) return;
    if (button.dataset.act === "close") close();
    else if (button.dataset.act === "back") turnTo(shown.page - 1);
    else if (button.dataset.act === "on") turnTo(shown.page + 1);
    else if (button.dataset.act === "larger") zoom(1);
    else if (button.dataset.act === "smaller") zoom(-1);
    else if (button.dataset.act === "turn") {
      shown.turn = (shown.turn + 90) % 360;
      redo();
    }
  });
  pageInput.addEventListener("change", () => turnTo(Number(pageInput.value)));
  dialog.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape") {
      event.preventDefault(); // else the panel around it closes as well
      event.stopPropagation();
      close();
      return;
    }
    if (event.target === pageInput) return;
    const acts = {
      PageDown: () => turnTo(shown.page + 1), PageUp: () => turnTo(shown.page - 1),
      Home: () => turnTo(1), End: () => turnTo(shown.pages), "+": () => zoom(1), "=": () => zoom(1), "-": () => zoom(-1),
    };
    if (shown && Object.hasOwn(acts, event.key)) {
      event.preventDefault();
      acts[event.key]();
    }
  });
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(); });
  let waiting = 0;
  window.addEventListener("resize", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => shown && redo(), 200);
  });
})();
