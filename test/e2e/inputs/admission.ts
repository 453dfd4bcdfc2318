import { afterAll, describe, expect, it } from "vitest";
import { OPERATOR_SERVICE_ACCOUNT } from "../../../generate/config/roles";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { OPERATOR_USER, operatorRequests } from "../scene/api-audit";
import { untilInEffect } from "../scene/grant";
import type { Named } from "../scene/objects";
import type { Scene } from "../scene/scene";
import { waitUntil } from "../../../lab/control-plane/wait";
import { expectVerdictsGoOn } from "./healthy";

const REQUESTED_BY = "kollect.dev/requested-by";

export function withoutAdmission(scene: () => Scene): void {
  describe("without admission", () => {
    afterAll(() => expectVerdictsGoOn(scene()));

    const owned = (test: KollectConnectionTest): Promise<KollectConnectionTest> =>
      scene().state(test, "the owner reference", ({ metadata }) => metadata.ownerReferences?.length === 1);

    /** Creates until the API server no longer knows the webhooks. */
    const createForged = (namespace: string): Promise<KollectConnectionTest> =>
      waitUntil({ what: "a creation without webhooks", timeoutMs: 10_000 }, async () => {
        const created = await scene().test(namespace, { annotations: { [REQUESTED_BY]: "the-boss" } });
        if (created.metadata.annotations?.[REQUESTED_BY] === "the-boss") return created;
        await scene().objects.remove(created);
        return undefined;
      });

    it("no test is created while the admission process is away", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const { admission } = scene().stage.operator;
      admission.kill("SIGKILL");
      await admission.exited;

      await expect(scene().test(namespace)).rejects.toThrow(/failed calling webhook/);
      await admission.restart();

      expect((await scene().verdict(await scene().test(namespace))).status?.requestedBy).toBe("admin");
    });

    it("an object that was created while no webhooks were there is probed, and owned after its verdict", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const restore = await removeWebhooks(scene());
      try {
        const test = await waitUntil({ what: "a creation without webhooks", timeoutMs: 10_000 }, async () => {
          const created = await scene().test(namespace);
          if (created.metadata.ownerReferences === undefined) return created;
          await scene().objects.remove(created);
          return undefined;
        });

        const verdict = await scene().verdict(test);

        expect(verdict.status?.conditions?.[0]?.status).toBe("True");
        expect(verdict.status?.requestedBy ?? "").toBe("");
        expect((await owned(test)).status).toEqual(verdict.status);
      } finally {
        await restore();
      }
    });

    it("and has whatever name its author wrote, until its spec is changed past the webhooks", async () => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      const restore = await removeWebhooks(scene());
      let forged: KollectConnectionTest;
      try {
        forged = await createForged(namespace);
      } finally {
        await restore();
      }

      expect((await scene().verdict(forged)).status?.requestedBy).toBe("the-boss");

      const changed = await waitUntil({ what: "a change past the webhooks", timeoutMs: 10_000 }, async () => {
        const spec = { requestedAt: String(performance.now()) };
        const test = await scene().objects.patch(forged, { spec });
        return test.metadata.annotations?.[REQUESTED_BY] === "the-boss" ? undefined : test;
      });
      expect((await scene().verdict(changed)).status?.requestedBy).toBe("admin");
    });

    it("and without the right to patch the test, it has its verdict although its owner cannot be set", async () => {
      const namespace = await scene().namespace();
      const restore = await forbidPatch(scene());
      try {
        const test = await scene().test(namespace);
        await scene().state(test, "the wait for the sink", ({ status }) => status?.completed === false);
        await scene().sink(namespace, "orders");

        const verdict = await scene().verdict(test);

        expect(verdict.status?.conditions?.[0]?.status).toBe("True");
        const refused = await waitUntil({ what: "the refused patch", timeoutMs: 30_000 }, () =>
          Promise.resolve(
            operatorRequests(scene().stage.cluster).find(
              ({ verb, resource, ...request }) =>
                request.namespace === namespace && verb === "patch" && resource === "kollectconnectiontests",
            ),
          ),
        );
        expect(refused.code).toBe(403);
        expect(((await scene().objects.read(test)) as KollectConnectionTest).status).toEqual(verdict.status);
      } finally {
        await restore();
      }
    });
  });
}

/** Removes both webhook configurations and returns what puts them back. */
async function removeWebhooks({ objects }: Scene): Promise<() => Promise<void>> {
  const kinds = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];
  const found = await Promise.all(
    kinds.map((kind) => {
      const apiVersion = "admissionregistration.k8s.io/v1";
      return objects.read<Named>({ apiVersion, kind, metadata: { name: OPERATOR_SERVICE_ACCOUNT } });
    }),
  );
  const configurations = found.filter((configuration) => configuration !== undefined);
  for (const configuration of configurations) await objects.remove(configuration);
  return async () => {
    for (const { metadata, ...rest } of configurations) {
      await objects.create({ ...rest, metadata: { name: metadata.name, labels: metadata.labels } } as Named);
    }
  };
}

interface ClusterRole extends Named {
  readonly rules: { readonly resources: string[]; readonly verbs: string[] }[];
}

/** Takes the right to patch tests from the operator and returns what gives it back. */
async function forbidPatch({ objects, stage }: Scene): Promise<() => Promise<void>> {
  const ref = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: OPERATOR_SERVICE_ACCOUNT },
  };
  const { rules } = (await objects.read(ref)) as unknown as ClusterRole;
  const less = rules.map((rule) =>
    rule.resources.includes("kollectconnectiontests")
      ? { ...rule, verbs: rule.verbs.filter((verb) => verb !== "patch") }
      : rule,
  );
  const write = async (changed: ClusterRole["rules"], allowed: boolean): Promise<void> => {
    await objects.patch(ref, { rules: changed });
    const right = { namespace: "default", verb: "patch", resource: "kollectconnectiontests" };
    await untilInEffect(stage.api, { user: OPERATOR_USER, ...right }, allowed);
  };
  await write(less, false);
  return () => write(rules, true);
}
