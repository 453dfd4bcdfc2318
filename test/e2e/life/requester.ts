import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KollectConnectionTest } from "../../../capabilities/api/types";
import { grant } from "../scene/grant";
import { connectionTest, type Draft } from "../../../lab/drafts";
import { collectionPath, objectsOf, type Objects } from "../scene/objects";
import type { Scene } from "../scene/scene";
import { openUsers, type Users } from "../scene/users";
import type { KubeApi } from "../../../lab/operator/kube-api";

const REQUESTED_BY = "kollect.dev/requested-by";
const FORGED = { [REQUESTED_BY]: "the-boss" };
const ANNOTATION_POINTER = `/metadata/annotations/${REQUESTED_BY.replace("/", "~1")}`;
const VERBS = ["create", "get", "list", "watch", "update", "patch", "delete"] as const;
const RESOURCES = ["kollectconnectiontests", "kollectconnectiontests/status"] as const;

type Forgery = (user: Objects, test: KollectConnectionTest) => Promise<unknown>;

function forged(test: KollectConnectionTest): KollectConnectionTest {
  const annotations = { ...test.metadata.annotations, ...FORGED };
  return { ...test, metadata: { ...test.metadata, annotations } };
}

/** As a manifest has it, without what the API server has filled in. */
function manifest({ metadata, spec }: KollectConnectionTest): Draft<KollectConnectionTest> {
  const { name, namespace } = metadata;
  const test = connectionTest(namespace, name, "orders");
  return { ...test, spec, metadata: { ...test.metadata, annotations: FORGED } };
}

/** Writes that do not ask for a run, by which another user might put his name, or a third one's, in place. */
const FORGERIES: readonly (readonly [string, Forgery])[] = [
  ["annotating", (user, test) => user.patch(test, { metadata: { annotations: FORGED } })],
  [
    "removing the annotation",
    (user, test) => user.patch(test, { metadata: { annotations: { [REQUESTED_BY]: null } } }),
  ],
  ["applying", (user, test) => user.apply(manifest(test))],
  ["replacing", (user, test) => user.replace(forged(test))],
  [
    "a JSON patch of the annotation",
    (user, test) => user.jsonPatch(test, [{ op: "replace", path: ANNOTATION_POINTER, value: "the-boss" }]),
  ],
  [
    "a JSON patch that removes all annotations",
    (user, test) => user.jsonPatch(test, [{ op: "remove", path: "/metadata/annotations" }]),
  ],
  [
    "a change of labels and finalizers",
    (user, test) =>
      user.patch(test, { metadata: { annotations: FORGED, labels: { app: "orders" }, finalizers: [] } }),
  ],
  ["patching /status", (user, test) => user.patch(test, { metadata: { annotations: FORGED } }, "status")],
  ["replacing /status", (user, test) => user.replace(forged(test), "status")],
];

/** Ways to create a test, each with a forged annotation, and who that is for the API server. */
const CREATIONS: readonly (readonly [string, string, Creation])[] = [
  [
    "a name that the API server makes",
    "ci",
    ({ ci }, draft) => {
      const { name, ...metadata } = draft.metadata;
      const body = { ...draft, metadata: { ...metadata, generateName: `${name}-` } };
      return ci.request({ method: "POST", path: collectionPath(draft), body });
    },
  ],
  ["server-side apply", "ci", ({ ci }, draft) => objectsOf(ci).apply(draft)],
  [
    "a dry run",
    "ci",
    ({ ci }, draft) =>
      ci.request({ method: "POST", path: `${collectionPath(draft)}?dryRun=All`, body: draft }),
  ],
  [
    "an administrator's impersonation",
    "developer",
    ({ admin }, draft) =>
      admin.request({ method: "POST", path: collectionPath(draft), body: draft, as: "developer" }),
  ],
];

type Creation = (
  as: { readonly ci: KubeApi; readonly admin: KubeApi },
  draft: Draft<KollectConnectionTest>,
) => Promise<unknown>;

export function requester(scene: () => Scene): void {
  describe.concurrent("requestedBy", () => {
    let users: Users | undefined;
    let ci: Objects;
    let developer: Objects;

    beforeAll(async () => {
      users = await openUsers(scene());
      ({ ci, developer } = users);
    });
    afterAll(() => users?.close());

    const prepared = async (): Promise<string> => {
      const namespace = await scene().namespace();
      await scene().sink(namespace, "orders");
      for (const user of ["ci", "developer"]) await grant(scene(), namespace, user, VERBS, RESOURCES);
      return namespace;
    };
    const createForged = async (namespace: string): Promise<KollectConnectionTest> => {
      const test = connectionTest(namespace, "probe", "orders");
      const metadata = { ...test.metadata, annotations: FORGED };
      return (await ci.create({ ...test, metadata })) as KollectConnectionTest;
    };

    it("is who created the test, whatever the annotation said", async () => {
      const created = await createForged(await prepared());

      expect(created.metadata.annotations?.[REQUESTED_BY]).toBe("ci");
      expect((await scene().verdict(created)).status?.requestedBy).toBe("ci");
    });

    it.for(CREATIONS)("is who created the test by %s", async ([, requestedBy, create]) => {
      const namespace = await prepared();
      const draft = connectionTest(namespace, "probe", "orders");
      const api = { ci: users!.ciApi, admin: scene().stage.api };

      const created = await create(api, { ...draft, metadata: { ...draft.metadata, annotations: FORGED } });

      const { metadata } = created as KollectConnectionTest;
      expect(metadata.annotations?.[REQUESTED_BY]).toBe(requestedBy);
    });

    it("is who changed the spec last", async () => {
      const namespace = await prepared();
      const first = await scene().verdict(await createForged(namespace));

      const changed = await developer.patch(first, {
        metadata: { annotations: FORGED },
        spec: { retryLimit: 1 },
      });

      expect(changed.metadata.annotations?.[REQUESTED_BY]).toBe("developer");
      expect((await scene().verdict(changed)).status?.requestedBy).toBe("developer");
    });

    it("is who asked for a run by the annotation requested-at", async () => {
      const namespace = await prepared();
      const first = await scene().verdict(await createForged(namespace));

      const annotations = { ...FORGED, "kollect.dev/requested-at": "now" };
      const again = await scene().verdict(await developer.patch(first, { metadata: { annotations } }));

      expect(again.status).toMatchObject({ observedGeneration: 2, requestedBy: "developer" });
    });

    it.for(FORGERIES)("is not changed by %s", async ([, forge]) => {
      const namespace = await prepared();
      const test = await scene().verdict(await createForged(namespace));

      await forge(developer, test);

      const after = (await scene().objects.read(test)) as KollectConnectionTest;
      expect(after.metadata.annotations?.[REQUESTED_BY]).toBe("ci");
      expect(after.metadata.generation).toBe(1);
    });

    it("is empty in a namespace that admission skips, where the test is probed all the same", async () => {
      await scene().sink("kube-system", "orders");

      const created = await scene().test("kube-system", { annotations: FORGED });
      const { status } = await scene().verdict(created);

      expect(created.metadata.annotations?.[REQUESTED_BY]).toBe("the-boss");
      expect(status?.conditions?.[0]?.status).toBe("True");
      expect(status?.requestedBy ?? "").toBe("");
    });
  });
}
