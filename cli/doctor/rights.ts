import { GROUP, SINK_FAMILIES, SINK_KINDS, TEST_PLURAL } from "../../capabilities/api/vocabulary";
import { couldNot, type Finding, type Place } from "./check";

interface Right {
  readonly verb: string;
  readonly resource: string;
  /** The commands that need it. */
  readonly for: string;
}

const RIGHTS: readonly Right[] = [
  { verb: "create", resource: TEST_PLURAL, for: "test" },
  { verb: "list", resource: TEST_PLURAL, for: "test, get, rerun" },
  { verb: "watch", resource: TEST_PLURAL, for: "test, get -w, rerun" },
  { verb: "delete", resource: TEST_PLURAL, for: "test, to clean up: without it the TTL applies" },
  { verb: "patch", resource: TEST_PLURAL, for: "rerun" },
  ...SINK_KINDS.map((kind) => ({
    verb: "list",
    resource: SINK_FAMILIES[kind].plural,
    for: "test --all, grants",
  })),
  { verb: "get", resource: "secrets", for: "check --from-cluster" },
];

/** Checks the user's rights in the namespace. A missing right is a warning that names the commands which need it. */
export function rightsChecks({ session, signal }: Place): Promise<Finding[]> {
  const { namespace, transport } = session;
  return Promise.all(
    RIGHTS.map(async ({ verb, resource, for: purpose }): Promise<Finding> => {
      const check = `you may ${verb} ${resource}`;
      const group = resource === "secrets" ? "" : GROUP;
      const resourceAttributes = { verb, group, resource, namespace };
      const body = {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SelfSubjectAccessReview",
        spec: { resourceAttributes },
      };
      const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
      try {
        const answer = await transport.send({ call: "ask for rights", method: "POST", path, body }, signal);
        const { status } = answer.body as { readonly status: { readonly allowed: boolean } };
        return status.allowed
          ? { check, result: "ok", detail: `yes, in namespace ${namespace}` }
          : { check, result: "warn", detail: `no; needed by ${purpose}` };
      } catch (error) {
        return couldNot(check, error);
      }
    }),
  );
}
