// The first screen on a new device, before .NET has come: what StartScreen draws, from the page's templates (EntranceTests compares them). What is touched here is touched again in the app's own screen.
(() => {
  const root = document.documentElement;
  const app = document.getElementById("app");
  let entrance;
  let touched;
  let said;

  const template = () => document.querySelector(`template[lang="${root.lang}"]`) ?? document.querySelector("template[lang]");

  // Who has a wallet here comes to its lock instead.
  async function isNew() {
    try {
      return !(await indexedDB.databases()).some((database) => database.name === "wallet");
    } catch {
      return false;
    }
  }

  // What the organisation calls itself that the link came from. The app reads the rest of it, and says so again where it is none.
  function inviter() {
    try {
      const [, text] = /^#oob=([\w-]+)$/.exec(location.hash);
      const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
      return JSON.parse(new TextDecoder().decode(bytes)).label;
    } catch {
      return undefined;
    }
  }

  function draw() {
    const face = document.createElement("div");
    face.id = "entrance";
    face.append(template().content.cloneNode(true));
    const invited = face.querySelector("[data-testid=invited]");
    const label = inviter();
    if (typeof label === "string") {
      invited.textContent = invited.textContent.replace("{0}", () => label);
    } else {
      invited.remove();
    }

    if (entrance) {
      entrance.replaceWith(face);
    } else {
      app.before(face);
    }

    entrance = face;
    if (said) {
      say(said);
    }
  }

  function say(name) {
    said = name;
    entrance?.classList.add("waiting");
    (entrance?.querySelector("[role=status]") ?? app.querySelector(".starting"))?.replaceChildren(template().dataset[name]);
  }

  function touch(event) {
    const button = event.target.closest("button");
    if (button) {
      touched = button.dataset.testid;
      say(said ?? "working");
    }
  }

  function choose(event) {
    root.lang = event.target.closest("label").lang;
    try { localStorage.setItem("language", root.lang); } catch { /* a private window keeps nothing */ }
    draw();
    entrance.querySelector("input:checked").focus();
    if (touched) {
      say("working");
    }
  }

  // In the same moment in which the app's own screen is there, so that nobody sees, or touches, both or neither.
  new MutationObserver((_, observer) => {
    if (app.querySelector("main")) {
      observer.disconnect();
      const focused = touched ?? entrance?.querySelector(":focus")?.dataset.testid;
      entrance?.remove();
      entrance = undefined;
      const same = focused && app.querySelector(`[data-testid="${focused}"]`);
      same?.focus();
      if (touched) {
        same?.click();
      }
    }
  }).observe(app, { childList: true, subtree: true });

  isNew().then((yes) => {
    if (yes && !app.querySelector("main")) {
      draw();
      document.body.addEventListener("click", (event) => entrance?.contains(event.target) && touch(event));
      document.body.addEventListener("change", (event) => entrance?.contains(event.target) && choose(event));
    }
  });

  // A file of the framework did not come. Should it come after all, the app's own screen takes the place of what this says.
  const fail = () => app.querySelector("main") || say("failed");
  addEventListener("unhandledrejection", fail);
  addEventListener("error", fail, true);
})();
