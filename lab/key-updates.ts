import { createCipheriv, createHmac } from "node:crypto";

const CONTENT_HANDSHAKE = 22;
const CONTENT_DATA = 23;
const KEY_UPDATE = 24;

/**
 * Records of TLS 1.3 that each replace the server's key (RFC 8446, section 4.6.3), for TLS_AES_128_GCM_SHA256.
 * @param secret SERVER_TRAFFIC_SECRET_0
 * @param sequence number of records that the server has sent with it
 */
export function keyUpdates(secret: Buffer, sequence: number, count: number): Buffer {
  const records: Buffer[] = [];
  let current = secret;
  for (let index = 0; index < count; index += 1) {
    records.push(keyUpdate(current, index === 0 ? sequence : 0));
    current = expanded(current, "traffic upd", 32);
  }
  return Buffer.concat(records);
}

function keyUpdate(secret: Buffer, sequence: number): Buffer {
  const iv = expanded(secret, "iv", 12);
  iv.writeUInt32BE((iv.readUInt32BE(8) ^ sequence) >>> 0, 8);
  const content = Buffer.from([KEY_UPDATE, 0, 0, 1, 1, CONTENT_HANDSHAKE]);
  const header = Buffer.from([CONTENT_DATA, 3, 3, 0, content.length + 16]);
  const cipher = createCipheriv("aes-128-gcm", expanded(secret, "key", 16), iv);
  cipher.setAAD(header);
  return Buffer.concat([header, cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

/** HKDF-Expand-Label for at most one block. */
function expanded(secret: Buffer, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0, 1])]);
  return createHmac("sha256", secret).update(info).digest().subarray(0, length);
}
