import { SINK_FAMILIES, TEST_KIND } from "../../capabilities/api/vocabulary";
import type { Sink } from "../../capabilities/api/types";
import { filledSecret, type ProbeCase } from "../backends/run-case";

/**
 * The sink, its Secret and a test of it as objects of a cluster, all three of this name.
 * Throws when the case has not exactly one Secret with values.
 */
export function objectsOf(probeCase: ProbeCase, name: string, namespace: string): object[] {
  const { sink } = probeCase;
  const [field, stringData] = filledSecret(probeCase);
  const metadata = { name, namespace };
  return [
    { apiVersion: "v1", kind: "Secret", metadata, stringData },
    { apiVersion: sink.apiVersion, kind: sink.kind, metadata, spec: renamed(sink, field, name) },
    {
      apiVersion: sink.apiVersion,
      kind: TEST_KIND,
      metadata,
      spec: { sinkRef: { [SINK_FAMILIES[sink.kind].refField]: name } },
    },
  ];
}

/** The sink's spec with another name of the Secret that the field, such as `spec.secretRef`, names. */
function renamed({ spec }: Sink, field: string, name: string): unknown {
  const copy: unknown = structuredClone(spec);
  let place = copy as Record<string, unknown>;
  for (const member of field.split(".").slice(1)) place = place[member] as Record<string, unknown>;
  place["name"] = name;
  return copy;
}
