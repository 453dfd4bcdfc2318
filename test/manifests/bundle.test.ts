import { builtinModules } from "node:module";
import { beforeAll, describe, expect, it } from "vitest";
import { measureBundle, type BundleSizes } from "../../lab/bundle/sizes";
import { bundleModule, FRAMEWORK_LIMIT_BYTES, packagesOf, type ModuleBundle } from "../../lab/bundle/module";
import { drivers } from "../../generate/drivers";
import { page, ROOT, rows } from "../project/markdown";

const ALLOWED_SHARE = 0.7;
/** What no sink can reach: credentials and proxies of the machine, encryption at the client, codecs, whole clients. */
const FORBIDDEN =
  /node_modules\/(@aws-sdk\/(credential-provider|nested-clients|token-providers)|@aws-crypto\/|@smithy\/(credential-provider-imds|fetch-http-handler)|bowser|@nats-io\/|@google-cloud\/|google-auth|gaxios|gcp-metadata|mongodb-client-encryption|socks|kerberos|aws4|snappy|@mongodb-js\/zstd|simple-get|node-forge|cpu-features|pg-native)/;
/** Parts of allowed packages that would dial past the guarded dialler, or that no probe uses. */
const FORBIDDEN_PARTS =
  /node_modules\/(mongodb\/lib\/(mongo_client|deps|encrypter|client-side-encryption\/.*|cmap\/(connect|connection|connection_pool)|cmap\/auth\/(gssapi|mongodb_aws|mongodb_oidc))\.js|kafkajs\/src\/(network|cluster|consumer|producer|admin|index)|ssh2\/lib\/server\.js|isomorphic-git\/(http\/|index\.cjs))/;
/** Native code that the drivers ask for inside a try and do without. */
const OPTIONAL_NATIVE = ["./crypto/build/Release/sshcrypto.node", "cpu-features", "pg-native"];
const FRAMEWORK = ["@kubernetes/client-node", "kubernetes-fluent-client", "pepr", "prom-client"];

let whole: ModuleBundle;

beforeAll(async () => {
  whole = await bundleModule();
});

describe("the module's bundle", () => {
  it("takes at most 70 % of what the framework deploys", () => {
    expect(whole.secretBytes).toBeLessThanOrEqual(ALLOWED_SHARE * FRAMEWORK_LIMIT_BYTES);
    expect(whole.secretBytes).toBeGreaterThan(100_000); // the drivers are inside
  });

  it("holds no native code", () => {
    expect(whole.inputs.filter((path) => path.endsWith(".node"))).toEqual([]);
  });

  it("holds nothing that no sink can reach", () => {
    expect(whole.inputs.filter((path) => FORBIDDEN.test(path) || FORBIDDEN_PARTS.test(path))).toEqual([]);
  });

  it("holds every driver", async () => {
    const names = (await drivers(ROOT)).map(({ name }) => name);
    expect(names).toContain("pg");
    expect(packagesOf(whole.inputs)).toEqual(expect.arrayContaining(names));
  });

  it("asks for nothing that the framework's image does not have, but for what drivers do without", () => {
    const foreign = whole.imports.filter(
      (name) =>
        !builtinModules.includes(name.replace(/^node:/, "")) &&
        !FRAMEWORK.some((known) => name === known || name.startsWith(`${known}/`)),
    );
    expect(foreign.sort()).toEqual([...OPTIONAL_NATIVE].sort());
  });
});

describe("docs/bundle.md", () => {
  let sizes: BundleSizes;
  const told = rows(page("docs/bundle.md"));

  beforeAll(async () => {
    sizes = await measureBundle(whole);
  });

  it("has a row for every probe and no other", () => {
    const start = told.findIndex(([first]) => first === "Probe");
    const end = told.findIndex(([first]) => first === "everything else");
    const parts = told.slice(start + 1, end).map(([first]) => first);
    expect(parts.sort()).toEqual(sizes.parts.map(({ part }) => part).sort());
  });

  it("tells every size to a tenth, and every package", () => {
    const measured = [
      ...sizes.parts,
      { ...sizes.rest, part: "everything else" },
      { ...sizes.total, packages: [], part: "**all**" },
    ];
    const wrong = measured.filter(({ part, packages, bytes, secretBytes }) => {
      const [, names = "", minified, inSecret] = told.find(([first]) => first === part) ?? [];
      const named = [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
      return (
        !isNear(Number(minified), bytes) ||
        !isNear(Number(inSecret), secretBytes) ||
        String(named) !== String(packages)
      );
    });
    expect(wrong, "run: node --import tsx scripts/bundle-sizes.ts").toEqual([]);
  });
});

/** A tenth off at most; below 5 kB half a kB, which a few lines of code make. */
function isNear(toldKB: number, bytes: number): boolean {
  return Math.abs(toldKB * 1000 - bytes) <= Math.max(0.1 * bytes, 500);
}
