/** DER and PEM of private keys with numbers of any length, which no tool generates. */

function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const length = Buffer.alloc(3);
  length.writeUIntBE(content.length, 0, 3);
  const head = content.length < 0x80 ? [content.length] : [0x83, ...length];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => tlv(0x30, ...parts);
const small = (value: number): Buffer => tlv(0x02, Buffer.from([value]));

/** A number of as many bits, with a zero byte in front that makes it positive. */
function large(bits: number): Buffer {
  return tlv(0x02, Buffer.from([0]), Buffer.alloc(bits / 8, 0xd3));
}

/** RSAPrivateKey (RFC 8017) whose numbers do not fit together, which OpenSSL does not check before it signs. */
export function rsaPrivateKey(bits: number): Buffer {
  const [whole, half] = [large(bits), large(bits / 2)];
  return sequence(small(0), whole, small(3), whole, half, half, half, half, half);
}

/** PrivateKeyInfo (RFC 5208). Those of DSA and Diffie-Hellman lack the public key. */
export function privateKeyInfo(type: "dsa" | "dh" | "rsa", bits: number): Buffer {
  const [id, parameters, key] = {
    dsa: ["2a8648ce380401", sequence(large(bits), large(bits), small(2)), large(bits)] as const,
    dh: ["2a864886f70d010301", sequence(large(bits), small(2)), large(bits)] as const,
    rsa: ["2a864886f70d010101", tlv(0x05), rsaPrivateKey(bits)] as const,
  }[type];
  const algorithm = sequence(tlv(0x06, Buffer.from(id, "hex")), parameters);
  return sequence(small(0), algorithm, tlv(0x04, key));
}

export function pemOf(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
