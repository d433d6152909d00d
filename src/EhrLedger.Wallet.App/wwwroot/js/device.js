// What only the browser can do: a store, a clock of idleness, a camera, passkeys, files for the patient. It sees ciphertext, what the patient saves or scans, and for a moment what a passkey gives.

const storeName = "bytes";
let opened;

function open() {
  return opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("wallet", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(storeName);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => { opened = undefined; reject(new Error("store")); };
  });
}

async function change(work) {
  const database = await open();
  await new Promise((resolve, reject) => {
    const transaction = database.transaction(storeName, "readwrite", { durability: "strict" });
    work(transaction.objectStore(storeName));
    transaction.oncomplete = () => resolve();
    transaction.onerror = transaction.onabort = () => reject(new Error("store"));
  });
}

export async function read(name) {
  const database = await open();
  return await new Promise((resolve, reject) => {
    const request = database.transaction(storeName).objectStore(storeName).get(name);
    request.onsuccess = () => resolve(request.result ?? null);
    request.onerror = () => reject(new Error("store"));
  });
}

export const write = (name, bytes) => change((store) => store.put(bytes, name));

// One transaction: whatever happens, what was there is there, or what takes its place.
export const replaceAll = (name, bytes) => change((store) => { store.clear(); store.put(bytes, name); });

export const removeAll = () => change((store) => store.clear());

// Asks the browser not to clear the store when the disk fills.
export async function persist() {
  try { return await navigator.storage.persist(); } catch { return false; }
}

export function preferences() {
  const root = document.documentElement;
  const kept = (name) => { try { return localStorage.getItem(name) ?? ""; } catch { return ""; } };
  return [root.lang.startsWith("zh") ? "zh" : "en", kept("theme") || "auto", root.dataset.text];
}

export function prefer(language, theme, text) {
  const root = document.documentElement;
  root.lang = language;
  root.dataset.theme = theme === "auto" ? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light") : theme;
  root.dataset.text = text;
  try {
    localStorage.setItem("language", language);
    localStorage.setItem("theme", theme);
    localStorage.setItem("text", text);
  } catch { /* a private window keeps nothing */ }
}

// What an invitation brought. It is taken out of the address, so that it stands in no history and no screenshot.
export function takeFragment() {
  const fragment = location.hash;
  if (fragment) {
    history.replaceState(history.state, "", location.pathname + location.search);
  }
  return fragment;
}

// Calls once when nobody has touched the page for so long; a sleeping phone counts.
export function watchIdle(listener, milliseconds) {
  let last = Date.now();
  const used = () => { last = Date.now(); };
  const look = () => {
    if (Date.now() - last >= milliseconds) {
      stop();
      listener.invokeMethodAsync("OnIdle").catch(() => {});
    }
  };
  const events = ["pointerdown", "keydown", "scroll", "touchstart"];
  const stop = () => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
    events.forEach((name) => removeEventListener(name, used, true));
  };
  const timer = setInterval(look, 5000);
  document.addEventListener("visibilitychange", look);
  events.forEach((name) => addEventListener(name, used, { capture: true, passive: true }));
}

export function title(text) {
  document.title = text;
}

export function started() {
  dispatchEvent(new Event("wallet-started"));
}

// A new screen is read from its heading on.
export function toHeading() {
  const heading = document.querySelector("main h1");
  scrollTo(0, 0);
  if (heading) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
}

// Everything that was in memory goes.
export function leave(address) {
  location.replace(address);
}

export const save = (name, type, bytes) => give(name, new Blob([bytes], { type }));

// A lock screen takes no SVG.
export async function savePicture(name, svg, width, height) {
  const picture = new Image();
  picture.src = "data:image/svg+xml," + encodeURIComponent(svg);
  await picture.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  canvas.getContext("2d").drawImage(picture, 0, 0, width, height);
  give(name, await new Promise((resolve) => canvas.toBlob(resolve, "image/png")));
}

function give(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// Allowed after a tap only, and on a page that came over TLS.
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

export const canScan = () => !!navigator.mediaDevices?.getUserMedia;

let camera;

export async function scan(video, reader) {
  stopScan();
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } } });
  camera = stream;
  video.srcObject = stream;
  await video.play();
  const find = await detector() ?? ((picture) => look(picture, reader));
  while (camera === stream) {
    const found = await find(video).catch(() => null);
    if (found && camera === stream) {
      stopScan();
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  return null;
}

// The browser's own eye, where it has one that knows these codes.
async function detector() {
  const formats = await globalThis.BarcodeDetector?.getSupportedFormats().catch(() => []);
  if (!formats?.includes("qr_code")) {
    return null;
  }
  const own = new BarcodeDetector({ formats: ["qr_code"] });
  return async (picture) => (await own.detect(picture))[0]?.rawValue;
}

// The middle of the picture, in 720 pixels at most and in shades of grey: what the densest code needs that somebody holds before the camera, the answer of a front desk that guards.
async function look(video, reader) {
  const side = Math.min(video.videoWidth, video.videoHeight);
  const size = Math.min(side, 720);
  if (size === 0) {
    return null;
  }
  const canvas = new OffscreenCanvas(size, size);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(video, (video.videoWidth - side) / 2, (video.videoHeight - side) / 2, side, side, 0, 0, size, size);
  const { data } = context.getImageData(0, 0, size, size);
  const brightness = new Uint8Array(size * size);
  for (let i = 0; i < brightness.length; i++) {
    brightness[i] = (data[4 * i] * 77 + data[4 * i + 1] * 150 + data[4 * i + 2] * 29) >> 8;
  }
  return await reader.invokeMethodAsync("Read", brightness, size, size);
}

export function stopScan() {
  camera?.getTracks().forEach((track) => track.stop());
  camera = undefined;
}

// Finger, face or screen lock. A passkey belongs to a name: where the page's host is an address, there can be none.
export async function canMakePasskey() {
  const passkeys = globalThis.PublicKeyCredential;
  if (!passkeys || /^[\d.]+$|^\[/.test(location.hostname)) {
    return false;
  }
  try {
    // A browser that does not know what its authenticators can says nothing of it.
    return await passkeys.isUserVerifyingPlatformAuthenticatorAvailable() && (await passkeys.getClientCapabilities?.())?.["extension:prf"] !== false;
  } catch {
    return false;
  }
}

// Nobody checks a signature: what counts is the output, which opens the wallet or does not. So challenges need only be there, and attestation says nothing.
const random = () => crypto.getRandomValues(new Uint8Array(32));

export const makePasskey = (name, salt, listener) => hear(listener, async () => {
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: random(),
      rp: { name },
      user: { id: random(), name, displayName: name },
      pubKeyCredParams: [-7, -257].map((alg) => ({ type: "public-key", alg })),
      attestation: "none",
      authenticatorSelection: { authenticatorAttachment: "platform", residentKey: "required", requireResidentKey: true, userVerification: "required" },
      extensions: { prf: { eval: { first: salt } } },
    },
  });
  const id = new Uint8Array(made.rawId);
  let output;
  try {
    const { enabled, results } = made.getClientExtensionResults().prf ?? {};
    output = results?.first ?? (enabled ? await evaluate(id, salt) : undefined);
  } finally {
    if (!output) {
      await forgetPasskey(id);
    }
  }
  return [id, output];
});

export const askPasskey = (id, salt, listener) => hear(listener, async () => [id, await evaluate(id, salt)]);

async function evaluate(id, salt) {
  const asked = await navigator.credentials.get({
    publicKey: {
      challenge: random(),
      allowCredentials: [{ type: "public-key", id, transports: ["internal"] }],
      userVerification: "required",
      extensions: { prf: { eval: { first: salt } } },
    },
  });
  return asked.getClientExtensionResults().prf?.results?.first;
}

// Tells what came of it, and keeps nothing of that.
async function hear(listener, ask) {
  try {
    const [id, output] = await ask();
    if (output) {
      const bytes = new Uint8Array(output);
      try {
        await listener.invokeMethodAsync("OnGiven", id, bytes);
      } finally {
        bytes.fill(0);
      }
    }
  } catch (problem) {
    if (problem.name === "NotAllowedError" || problem.name === "AbortError") {
      await listener.invokeMethodAsync("OnRefused");
    }
  }
}

// Where the browser can, the device's own list loses it.
export async function forgetPasskey(id) {
  try {
    const credentialId = btoa(String.fromCharCode(...id)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    await globalThis.PublicKeyCredential?.signalUnknownCredential?.({ rpId: location.hostname, credentialId });
  } catch { /* it stays in the list, and opens nothing */ }
}
