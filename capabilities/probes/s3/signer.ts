import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import { hostHeader, type HttpRequest } from "../net/http-client";

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** What a signature is made for besides the request. */
export interface SigningScope {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly region: string;
  /** Milliseconds since the epoch; servers refuse signatures that are 15 minutes off. */
  readonly now: number;
}

export interface S3Request {
  readonly method: "GET" | "HEAD" | "PUT" | "DELETE";
  /** Percent-encoded, without the query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** In lower case; all of them are signed. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The request with AWS Signature Version 4 in its headers, made by the signer of AWS's own SDK. */
export async function signed(request: S3Request, key: AccessKey, scope: SigningScope): Promise<HttpRequest> {
  const { method, path, query = {}, body } = request;
  const signer = new SignatureV4({
    service: "s3",
    region: scope.region,
    credentials: key,
    sha256: Sha256,
    // S3 signs the path as it is sent.
    uriEscapePath: false,
  });
  const { headers } = await signer.sign(
    {
      method,
      protocol: scope.secure ? "https:" : "http:",
      hostname: scope.host,
      path,
      query: { ...query },
      headers: { host: hostHeader(scope), ...request.headers },
      ...(body === undefined ? {} : { body }),
    },
    { signingDate: new Date(scope.now) },
  );
  return { method, path: path + queryText(query), headers, ...(body === undefined ? {} : { body }) };
}

/** A key of an object as a path, percent-encoded. */
export function keyPath(key: string): string {
  return key.split("/").map(encode).join("/");
}

/** RFC 3986: unlike `encodeURIComponent`, which leaves some reserved characters as they are. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function queryText(query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return pairs.length > 0 ? `?${pairs.join("&")}` : "";
}

type Data = string | ArrayBuffer | ArrayBufferView;

/** Node's own SHA-256 and HMAC in the shape that the signer asks for. */
class Sha256 {
  private readonly hash: Hash | Hmac;

  constructor(secret?: Data) {
    this.hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }

  update(data: Data): void {
    this.hash.update(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.hash.digest());
  }

  reset(): void {
    throw new Error("a hash is used once");
  }
}

function bytesOf(data: Data): Uint8Array {
  if (typeof data === "string") return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
