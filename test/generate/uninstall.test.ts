import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { installedObjects, type ObjectName } from "../../generate/config/uninstall";
import { certificates } from "../../generate/gitops/cert-manager";
import { NAMES } from "../../generate/gitops/objects";
import { readObjects } from "../../lab/operator/objects";

const CONFIG = join(import.meta.dirname, "../../config");
const nameOf = ({ kind, metadata }: ObjectName): string =>
  `${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
const listed = installedObjects().map(nameOf);

describe("what is deleted to uninstall", () => {
  it("begins with the webhooks, so that no write waits for pods that are gone", () => {
    const webhooks = listed.filter((name) => /^\w+WebhookConfiguration /.test(name));

    expect(webhooks).toHaveLength(2);
    expect(listed.slice(0, 2)).toEqual(webhooks);
  });

  it.each(["rbac", "network-policy"])("covers every object of config/%s", (folder) => {
    const files = readdirSync(join(CONFIG, folder)).filter((name) => name !== "kustomization.yaml");
    const objects = files.flatMap((name) => readObjects(join(CONFIG, folder, name)));

    expect(objects.length).toBeGreaterThan(0);
    expect(objects.map(nameOf).filter((name) => !listed.includes(name))).toEqual([]);
  });

  it("covers the Secrets that cert-manager keeps when its Certificates are gone", () => {
    const secrets = certificates().flatMap(({ spec }) => (spec as { secretName?: string }).secretName ?? []);

    expect(secrets).toHaveLength(2);
    expect(listed).toEqual(
      expect.arrayContaining(secrets.map((name) => `Secret ${NAMES.namespace}/${name}`)),
    );
  });

  it("spares the CRDs, with which people's objects would go, and the namespace, which others may use", () => {
    expect(listed.filter((name) => /^(CustomResourceDefinition|Namespace) /.test(name))).toEqual([]);
  });

  it("names each object once", () => {
    expect(new Set(listed).size).toBe(listed.length);
  });
});
