import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SINK_DEFINITIONS, type KindDefinition } from "../../capabilities/api/schema";
import { SINK_TYPES } from "../../capabilities/api/vocabulary";
import { startControlPlane } from "../../lab/control-plane/control-plane";
import type { ControlPlane } from "../../lab/control-plane/types";
import { KubeApiError, openKubeApi, type KubeApi } from "../../lab/operator/kube-api";
import { established, kubectl } from "../../lab/control-plane/kubectl";
import { exampleOf, spoil, spoilingsOf } from "./sink-examples";

const config = join(import.meta.dirname, "../../config");
let cluster: ControlPlane;
let api: KubeApi;

/** Asks the API server whether it would create the sink under strict validation. */
async function verdict(definition: KindDefinition, spec: unknown): Promise<string> {
  try {
    await api.request({
      method: "POST",
      path: `/apis/kollect.dev/v1alpha1/namespaces/default/${definition.plural}?dryRun=All&fieldValidation=Strict`,
      body: { apiVersion: "kollect.dev/v1alpha1", kind: definition.kind, metadata: { name: "tried" }, spec },
    });
    return "accepted";
  } catch (error: unknown) {
    if (error instanceof KubeApiError) return error.message;
    throw error;
  }
}

beforeAll(async () => {
  cluster = await startControlPlane({ audit: false, assets: process.env["KUBEBUILDER_ASSETS"] });
  await kubectl(cluster, ["apply", "-k", config]);
  await established(cluster, ["crd", "--all"]);
  api = await openKubeApi(cluster.kubeconfig, cluster.context);
});

afterAll(async () => {
  api?.close();
  await cluster?.stop();
});

describe.each(SINK_DEFINITIONS.map((definition) => [definition.kind, definition] as const))(
  "%s",
  (_, definition) => {
    const example = exampleOf(definition.spec);
    const spoilings = spoilingsOf(definition.spec, []).map(
      (each) => [`spec.${each.path.join(".")}`, each.why, each] as const,
    );

    it("accepts every field of the contract under strict validation", async () => {
      expect(await verdict(definition, example)).toBe("accepted");
    });

    it.each(spoilings)("refuses it when %s %s", async (path, _why, { path: at, value }) => {
      const message = await verdict(definition, spoil(example, at, value));
      expect(message).toContain(path.replace(/\.$/, ""));
    });

    it.each(definition.spec.properties?.["type"]?.enum ?? [])(
      "needs nothing but the type %s",
      async (type) => {
        expect(await verdict(definition, { type })).toBe("accepted");
      },
    );

    it("keeps status.preview and conditions as they are written", async () => {
      const status = {
        preview: { items: [{ any: { depth: 3 } }], note: "kept" },
        conditions: [
          {
            type: "ConnectionVerified",
            status: "True",
            reason: "ConnectionOK",
            message: "Fine.",
            lastTransitionTime: "2026-01-02T03:04:05Z",
          },
        ],
      };
      const name = `${definition.shortName}-status`;
      const type = definition.spec.properties?.["type"]?.enum?.[0];
      const { kind, shortName } = definition;
      const sink = { apiVersion: "kollect.dev/v1alpha1", kind, metadata: { name }, spec: { type } };
      await kubectl(cluster, ["create", "-f", "-"], { input: JSON.stringify(sink) });
      const patch = ["patch", shortName, name, "--subresource=status", "--type=merge"];
      await kubectl(cluster, [...patch, "-p", JSON.stringify({ status })]);
      const written = await kubectl(cluster, ["get", shortName, name, "-o", "jsonpath={.status}"]);
      expect(JSON.parse(written)).toEqual(status);
      expect(await kubectl(cluster, ["get", shortName, name, "--no-headers"])).toMatch(
        new RegExp(`^${name} +${type} +True +\\d+s`),
      );
    });
  },
);

describe("config/samples", () => {
  it("apply under strict validation, tests with the sinks that they name", async () => {
    const samples = join(config, "samples");
    await kubectl(cluster, ["apply", "--validate=strict", "-f", samples]);
    const tests = await kubectl(cluster, [
      "get",
      "kconntest",
      "--no-headers",
      "-o",
      "custom-columns=:.spec.sinkRef.*",
    ]);
    const sinks = await kubectl(cluster, ["get", "ksnap,kdb,kevt", "-o", "name"]);
    const named = tests.trim().split("\n");
    expect(named).toHaveLength(SINK_TYPES.length);
    for (const sink of named) expect(sinks).toContain(`/${sink}\n`);
  });
});
