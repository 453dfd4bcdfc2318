import {
  GROUP,
  SINK_FAMILIES,
  SINK_KINDS,
  TEST_KIND,
  TEST_PLURAL,
  VERSION,
} from "../../capabilities/api/vocabulary";
import { couldNot, read, type Finding, type Place } from "./check";

interface Crd {
  readonly metadata: { readonly managedFields?: readonly { readonly manager?: string }[] };
  readonly spec: { readonly versions: readonly { readonly name: string; readonly served: boolean }[] };
}

const KINDS = [
  { kind: TEST_KIND, plural: TEST_PLURAL },
  ...SINK_KINDS.map((kind) => ({ kind, plural: SINK_FAMILIES[kind].plural })),
];

/** The field manager with which the operator applies its own definitions. */
const OWN_MANAGER = "kollect-connection-test";

/** Checks that each kind is served, and reports the owner of its definition. */
export function crdChecks(place: Place): Promise<Finding[]> {
  return Promise.all(
    KINDS.map(async ({ kind, plural }) => {
      const check = `CRD ${kind}`;
      const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.${GROUP}`;
      try {
        return judge(check, await read<Crd>(place, `get the definition of ${kind}`, path));
      } catch (error) {
        return couldNot(check, error);
      }
    }),
  );
}

function judge(check: string, crd: Crd | undefined): Finding {
  if (!crd) return { check, result: "fail", detail: "missing: install the operator, or apply config/crd" };
  const isServed = crd.spec.versions.some(({ name, served }) => name === VERSION && served);
  if (!isServed) return { check, result: "fail", detail: `does not serve ${VERSION}` };
  const managers = [...new Set((crd.metadata.managedFields ?? []).flatMap(({ manager }) => manager ?? []))];
  const isOwn = managers.includes(OWN_MANAGER);
  return {
    check,
    result: "ok",
    detail: isOwn ? "the operator's own" : `applied by ${managers.join(", ") || "another installer"}`,
  };
}
