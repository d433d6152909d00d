// Before the first paint: how the page looks, from what was chosen on this device. Nothing secret is kept in localStorage.
(() => {
  const root = document.documentElement;
  const read = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    const theme = read("theme");
    root.dataset.theme = theme === "light" || theme === "dark" ? theme : dark.matches ? "dark" : "light";
  };
  paint();
  dark.addEventListener("change", paint);
  root.dataset.text = read("text") === "large" ? "large" : "usual";
  root.lang = read("language") ?? (navigator.language.startsWith("zh") ? "zh" : "en");
  if ("serviceWorker" in navigator) {
    // After the page has what it needs: both would load the same files side by side.
    addEventListener("wallet-started", () => navigator.serviceWorker.register("service-worker.js", { updateViaCache: "none" }).catch(() => {}), { once: true });
  }
})();
