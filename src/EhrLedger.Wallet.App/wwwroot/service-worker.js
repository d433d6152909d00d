// While the app is being developed, nothing is kept: service-worker.published.js takes this file's place.
self.addEventListener("fetch", () => {});
