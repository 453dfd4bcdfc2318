import { X509Certificate } from "node:crypto";
import type { KollectSnapshotSink } from "../../../capabilities/api/types";
import type { TruthCase } from "../../truth/row";
import { StepFailed } from "./step";

/** What the exporter makes of a sink and its Secrets before it dials. */
export interface Construction {
  /** The endpoint without userinfo and `#branch=`. */
  readonly url: URL;
  readonly branch: string;
  readonly auth: GitAuth;
  readonly ca?: string;
  readonly insecure: boolean;
}

/** Values of the Secret, every byte as it is; an empty one counts as absent. */
export interface GitAuth {
  readonly username: string;
  readonly password: string;
  readonly token: string;
  readonly privateKey: Buffer | undefined;
  readonly knownHosts: Buffer | undefined;
}

type Values = Readonly<Record<string, string | Buffer>>;

/** Facts, 2.0 and 2.6; `own` is the reference that the type prefers to `spec.secretRef`. */
export function construct(truthCase: TruthCase, own?: { readonly name: string }): Construction {
  const { spec } = truthCase.sink as KollectSnapshotSink;
  const [ownSecret, common, authority] = [own, spec.secretRef, spec.tls?.caSecretRef].map((reference) =>
    secretOf(truthCase, reference),
  );
  const ca = authorities(spec.tls?.caBundle, authority);
  const { url, branch } = parseRemote(spec.endpoint ?? "");
  return {
    url,
    branch,
    auth: authOf(ownSecret ?? common ?? {}),
    ...(ca ? { ca } : {}),
    insecure: spec.tls?.insecureSkipVerify === true,
  };
}

/** `^[A-Za-z0-9][A-Za-z0-9._/-]*$`, no `refs/`, no `..` (facts, 2.6). */
export function validRef(name: string): string {
  const isValid =
    /^[A-Za-z0-9][A-Za-z0-9._/-]*$/.test(name) && !name.startsWith("refs/") && !/\.\.|\.$|\.lock$/.test(name);
  if (isValid) return name;
  throw fault(`git ref "${name}" is not valid`);
}

function secretOf(
  { secrets }: TruthCase,
  reference: { readonly name: string } | undefined,
): Values | undefined {
  if (!reference) return undefined;
  const values = secrets[reference.name];
  if (!values) throw fault(`secret "${reference.name}" not found`);
  return values;
}

function authorities(bundle: string | undefined, secret: Values | undefined): string | undefined {
  if (bundle && secret) throw fault("tls: set either caBundle or caSecretRef, not both");
  const keys = ["tls.crt", "ca.crt", "ca.pem"];
  const fromSecret = keys.map((key) => String(secret?.[key] ?? "")).find((value) => value !== "");
  const pem = bundle ? Buffer.from(bundle, "base64").toString() : fromSecret;
  if (!pem) return undefined;
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.some(isCertificate)) return pem;
  throw fault("tls: failed to parse CA bundle PEM");
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

/** Go's url.Parse refuses the scp form; a fragment other than `#branch=` stays in the URL, which then leads nowhere. */
function parseRemote(endpoint: string): Pick<Construction, "url" | "branch"> {
  const text = endpoint.trim();
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || !URL.canParse(text)) throw fault(`parse "${text}"`);
  checkEscapes(text);
  const url = new URL(text);
  if (!["http:", "https:", "ssh:"].includes(url.protocol)) throw fault(`unsupported scheme ${url.protocol}`);
  url.username = "";
  url.password = "";
  const [, branch] = /^#branch=(.+)$/.exec(decodeURIComponent(url.hash)) ?? [];
  if (branch !== undefined || url.hash === "") url.hash = "";
  if (url.hash !== "" || url.search !== "") throw new StepFailed("clone", "does not end with /info/refs");
  return { url, branch: branch ?? "main" };
}

/** Go knows none in a host, and refuses those of a user that are none. */
function checkEscapes(text: string): void {
  const authority = /^[^:]+:\/\/([^/?#]*)/.exec(text)?.[1] ?? "";
  if (/%[^@]*$/.test(authority) || /%(?![0-9a-f]{2})/i.test(authority)) throw fault("invalid URL escape");
}

function authOf(values: Values): GitAuth {
  const text = (key: string): string => String(values[key] ?? "");
  const bytes = (...keys: string[]): Buffer | undefined => {
    const found = keys.map((key) => Buffer.from(values[key] ?? "")).find(({ length }) => length > 0);
    return found;
  };
  return {
    username: text("username"),
    password: text("password"),
    token: text("token"),
    privateKey: bytes("ssh-privatekey", "identity", "id_rsa"),
    knownHosts: bytes("known_hosts"),
  };
}

function fault(message: string): StepFailed {
  return new StepFailed("construction", message);
}
