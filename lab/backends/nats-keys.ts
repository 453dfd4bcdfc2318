import { createHash } from "node:crypto";
import { nkeys } from "@nats-io/transport-node";

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** A user's nkey as servers and clients hold it. */
export function nkeyPair(): { readonly publicKey: string; readonly seed: string } {
  const user = nkeys.createUser();
  return { publicKey: user.getPublicKey(), seed: text(user.getSeed()) };
}

export interface JwtWorld {
  /** Configuration of a server that trusts the NATS operator. */
  readonly config: Readonly<Record<string, unknown>>;
  /** A credentials file as nsc writes it. */
  creds(options?: { readonly expired?: boolean; readonly seed?: string }): string;
}

/** An operator with one account, and credentials of its users. */
export function jwtWorld(): JwtWorld {
  const [operator, account, system] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createAccount()];
  const operatorJwt = jwt(operator, operator.getPublicKey(), { type: "operator", version: 2 });
  const limits = {
    ...{ subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 },
  };
  const jetstream = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
  const accountJwt = (key: KeyPair, more: object = {}): string =>
    jwt(operator, key.getPublicKey(), { type: "account", version: 2, limits: { ...limits, ...more } });
  return {
    config: {
      operator: operatorJwt,
      resolver: "MEMORY",
      // JetStream needs a system account.
      system_account: system.getPublicKey(),
      resolver_preload: {
        [account.getPublicKey()]: accountJwt(account, jetstream),
        [system.getPublicKey()]: accountJwt(system),
      },
    },
    creds: ({ expired = false, seed } = {}) => {
      const user = nkeys.createUser();
      const claims = { type: "user", version: 2, subs: -1, data: -1, payload: -1 };
      const expires = expired ? { exp: Math.floor(Date.now() / 1000) - 60 } : {};
      return credsFile(jwt(account, user.getPublicKey(), claims, expires), seed ?? text(user.getSeed()));
    },
  };
}

function jwt(issuer: KeyPair, subject: string, nats: object, more: object = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iat: now, iss: issuer.getPublicKey(), name: "test", sub: subject, nats, ...more };
  const jti = createHash("sha256").update(JSON.stringify(claims)).digest("hex");
  const head = part({ typ: "JWT", alg: "ed25519-nkey" });
  const body = part({ jti, ...claims });
  const signature = Buffer.from(issuer.sign(Buffer.from(`${head}.${body}`)));
  return `${head}.${body}.${signature.toString("base64url")}`;
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function credsFile(userJwt: string, seed: string): string {
  return [
    "-----BEGIN NATS USER JWT-----",
    userJwt,
    "------END NATS USER JWT------",
    "",
    "************************* IMPORTANT *************************",
    "NKEY Seed printed below can be used to sign and prove identity.",
    "",
    "-----BEGIN USER NKEY SEED-----",
    seed,
    "------END USER NKEY SEED------",
    "",
  ].join("\n");
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}
