import type { AuthenticationProviderArgs, Authenticator } from "kafkajs";
import type { MechanismProvider } from "kafkajs/src/broker/saslAuthenticator/scram256.js";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { describe, expect, expectTypeOf, it } from "vitest";
import { ROOT } from "./markdown";

const require = createRequire(import.meta.url);

/** Paths inside of a driver, which no release promises to keep, and what the probes use of each. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  "mongodb/lib/cmap/auth/auth_provider.js": ["AuthProvider.prototype.prepare/2"],
  "mongodb/lib/cmap/auth/plain.js": ["Plain.prototype.auth/1"],
  "mongodb/lib/cmap/auth/scram.js": ["ScramSHA1.prototype.auth/1", "ScramSHA256.prototype.auth/1"],
  "mongodb/lib/cmap/auth/x509.js": ["X509.prototype.auth/1", "X509.prototype.prepare/2"],
  "kafkajs/src/protocol/encoder.js": [
    "prototype.writeInt8/1",
    "prototype.writeInt16/1",
    "prototype.writeInt32/1",
    "prototype.writeBoolean/1",
    "prototype.writeString/1",
    "prototype.writeBytes/1",
    "prototype.writeBuffer/1",
    "prototype.size/0",
  ],
  "kafkajs/src/protocol/request.js": ["/1"],
  "kafkajs/src/broker/saslAuthenticator/plain.js": ["/1"],
  "kafkajs/src/broker/saslAuthenticator/oauthBearer.js": ["/1"],
  "kafkajs/src/broker/saslAuthenticator/scram256.js": ["/1"],
  "kafkajs/src/broker/saslAuthenticator/scram512.js": ["/1"],
  "ssh2/lib/client.js": ["prototype.connect/1", "prototype.exec/3", "prototype.end/0", "prototype.destroy/0"],
  "ssh2/lib/protocol/keyParser.js": ["parseKey/2"],
};

/** The one file for each package that names its parts and says why they are used. */
const DECLARED_IN: Readonly<Record<string, string>> = {
  mongodb: "capabilities/probes/mongodb/mongodb-parts.d.ts",
  kafkajs: "capabilities/probes/kafka/kafkajs-parts.d.ts",
  ssh2: "capabilities/probes/git/ssh/ssh2-parts.d.ts",
};

const DEEP = /from "((?:mongodb|kafkajs|ssh2|pg|isomorphic-git|bson)\/[^"]+)"/g;

function pathsIn(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, path = ""]) => path);
}

function used(): string[] {
  const files = readdirSync(join(ROOT, "capabilities"), { recursive: true, encoding: "utf8" });
  const sources = files.filter((name) => name.endsWith(".ts"));
  return sources.flatMap((name) => pathsIn(readFileSync(join(ROOT, "capabilities", name), "utf8"), DEEP));
}

describe("parts of drivers that are imported by their path", () => {
  it("are all known here", () => {
    expect([...new Set(used())].sort()).toEqual(Object.keys(PARTS).sort());
  });

  it.each(Object.entries(DECLARED_IN))("of %s are named in one file", (name, file) => {
    const declared = pathsIn(readFileSync(join(ROOT, file), "utf8"), /declare module "([^"]+)"/g);
    const known = Object.keys(PARTS).filter((path) => path.startsWith(`${name}/`));
    expect(declared.sort()).toEqual(known.sort());
  });

  it.each(Object.entries(PARTS))("%s has what the probes call", (path, wanted) => {
    const loaded: unknown = require(path);
    for (const each of wanted) {
      const [name = "", parameters] = each.split("/");
      const found = name === "" ? loaded : name.split(".").reduce(member, loaded);
      expect(found, each).toBeInstanceOf(Function);
      expect((found as (...args: never) => unknown).length, each).toBe(Number(parameters));
    }
  });

  it("have the types that the package declares, where it does", () => {
    expectTypeOf<ReturnType<ReturnType<MechanismProvider>>>().toExtend<Authenticator>();
    type Context = Parameters<ReturnType<MechanismProvider>>[0];
    expectTypeOf<Pick<AuthenticationProviderArgs, "host" | "port">>().toExtend<
      Pick<Context, "host" | "port">
    >();
  });
});

function member(value: unknown, name: string): unknown {
  return (value as Record<string, unknown> | undefined)?.[name];
}
