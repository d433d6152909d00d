// Credo's keys for Node.js, and besides what DIDComm v1 needs of libsodium: crypto_box and crypto_box_seal.
import { NodeInMemoryKeyManagementStorage, NodeKeyManagementService } from "@credo-ts/node";
import sodium from "libsodium-wrappers";

await sodium.ready;
const Box = "ECDH-HSALSA20";
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64url"));

const publicKey = ({ crv, x }) => (crv === "Ed25519" ? sodium.crypto_sign_ed25519_pk_to_curve25519(bytes(x)) : bytes(x));

export class BoxKeys extends NodeKeyManagementService {
  #kept;

  constructor() {
    const kept = new NodeInMemoryKeyManagementStorage();
    super(kept);
    this.#kept = kept;
  }

  isOperationSupported(context, operation) {
    const isBox = ["encrypt", "decrypt"].includes(operation.operation) && operation.keyAgreement?.algorithm === Box;
    return isBox || super.isOperationSupported(context, operation);
  }

  async #pair(context, keyId) {
    const { crv, d, x } = await this.#kept.get(context, keyId);
    if (crv === "X25519") {
      return { publicKey: bytes(x), privateKey: bytes(d) };
    }

    const signing = sodium.crypto_sign_seed_keypair(bytes(d));
    return { publicKey: sodium.crypto_sign_ed25519_pk_to_curve25519(signing.publicKey), privateKey: sodium.crypto_sign_ed25519_sk_to_curve25519(signing.privateKey) };
  }

  async encrypt(context, options) {
    const agreement = options.key.keyAgreement;
    if (agreement?.algorithm !== Box) {
      return super.encrypt(context, options);
    }

    const recipient = publicKey(agreement.externalPublicJwk);
    if (!agreement.keyId) {
      return { encrypted: sodium.crypto_box_seal(options.data, recipient) };
    }

    const { privateKey } = await this.#pair(context, agreement.keyId);
    const iv = sodium.randombytes_buf(sodium.crypto_box_NONCEBYTES);
    return { encrypted: sodium.crypto_box_easy(options.data, iv, recipient, privateKey), iv };
  }

  async decrypt(context, options) {
    const agreement = options.key.keyAgreement;
    if (agreement?.algorithm !== Box) {
      return super.decrypt(context, options);
    }

    const own = await this.#pair(context, agreement.keyId);
    return {
      data: agreement.externalPublicJwk
        ? sodium.crypto_box_open_easy(options.encrypted, options.decryption.iv, publicKey(agreement.externalPublicJwk), own.privateKey)
        : sodium.crypto_box_seal_open(options.encrypted, own.publicKey, own.privateKey),
    };
  }
}
