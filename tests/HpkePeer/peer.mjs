// HPKE, base mode, with X-Wing, HKDF-SHA256 and AES-256-GCM, by @hpke/core: one request as JSON on standard input, one answer on standard output. Bytes are hex.
import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { webcrypto } from "node:crypto";

const suite = new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const bytes = (hex) => new Uint8Array(Buffer.from(hex, "hex")).buffer;
const hex = (buffer) => Buffer.from(buffer).toString("hex");

/** What does not open is null, as it is on the other side. */
const opened = (plaintext) => plaintext.then(hex, () => null);

// { recipient: public key, info, messages: [{ aad, text }], exports: [context] } → { encapsulation, messages: [sealed], exports }
async function seal({ recipient, info, messages, exports }) {
  const recipientPublicKey = await suite.kem.deserializePublicKey(bytes(recipient));
  const sender = await suite.createSenderContext({ recipientPublicKey, info: bytes(info) });
  const sealed = [];
  for (const { aad, text } of messages) {
    sealed.push(hex(await sender.seal(bytes(text), bytes(aad))));
  }

  return { encapsulation: hex(sender.enc), messages: sealed, exports: await exported(sender, exports) };
}

// { recipient: 32-byte seed, encapsulation, info, messages: [{ aad, text: sealed }], exports: [context], small: { context, text: sealed } } → { messages: [text or null], exports, small }
async function open({ recipient, encapsulation, info, messages, exports, small }) {
  const recipientKey = await suite.kem.deserializePrivateKey(bytes(recipient));
  const receiver = await suite.createRecipientContext({ recipientKey, enc: bytes(encapsulation), info: bytes(info) });
  const texts = [];
  for (const { aad, text } of messages) {
    texts.push(await opened(receiver.open(bytes(text), bytes(aad))));
  }

  return { messages: texts, exports: await exported(receiver, exports), small: small ? await openSmall(receiver, small) : null };
}

// docs/formats.md, small seals: AES-256-GCM under a key that is exported for this seal alone, nonce zero.
async function openSmall(receiver, { context, text }) {
  const key = await webcrypto.subtle.importKey("raw", await receiver.export(bytes(context), 32), "AES-GCM", false, ["decrypt"]);
  return opened(webcrypto.subtle.decrypt({ name: "AES-GCM", iv: new Uint8Array(12) }, key, bytes(text)));
}

const exported = (context, contexts) => Promise.all(contexts.map(async (one) => hex(await context.export(bytes(one), 32))));

let input = "";
for await (const chunk of process.stdin) {
  input += chunk;
}

const request = JSON.parse(input);
process.stdout.write(JSON.stringify(await (request.seal ? seal(request.seal) : open(request.open))));
