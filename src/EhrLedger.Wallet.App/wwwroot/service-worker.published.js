// Keeps the app's own files, and nothing else: no call of a node is ever answered from here. The list and its version are written when the app is published.
self.importScripts("./service-worker-assets.js");

const prefix = "wallet-";
const name = prefix + self.assetsManifest.version;
const scope = new URL(self.registration.scope);
const kept = self.assetsManifest.assets.filter((asset) => !/\.map$|^service-worker|^_content\/MudBlazor\//.test(asset.url));
const known = new Set(kept.map((asset) => new URL(asset.url, scope).href));
const first = new URL("index.html", scope).href;

self.addEventListener("install", (event) => event.waitUntil((async () => {
  const cache = await caches.open(name);
  // Files whose name changes with their content come from the browser's own cache: the page has just loaded them.
  await Promise.all(kept.map((asset) => cache.add(new Request(new URL(asset.url, scope), { integrity: asset.hash, cache: /\.[0-9a-z]{10}\.\w+$/.test(asset.url) ? "default" : "no-cache" }))));
  await self.skipWaiting();
})()));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  const names = await caches.keys();
  await Promise.all(names.filter((other) => other.startsWith(prefix) && other !== name).map((other) => caches.delete(other)));
  await self.clients.claim();
})()));

self.addEventListener("fetch", (event) => {
  const request = event.request;
  if (request.method !== "GET") {
    return;
  }

  const address = new URL(request.url);
  address.hash = "";
  address.search = "";
  const wanted = request.mode === "navigate" && address.href.startsWith(scope.href) ? first : address.href;
  if (known.has(wanted)) {
    event.respondWith((async () => (await (await caches.open(name)).match(wanted)) ?? fetch(request))());
  }
});
