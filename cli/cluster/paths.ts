import { GROUP, SINK_FAMILIES, TEST_PLURAL, VERSION, type SinkKind } from "../../capabilities/api/vocabulary";

const ROOT = `/apis/${GROUP}/${VERSION}`;

/** Path of a collection; of all namespaces when none is given. Names were checked when they were read. */
export function testsPath(namespace?: string): string {
  return collection(TEST_PLURAL, namespace);
}

export function sinksPath(kind: SinkKind, namespace?: string): string {
  return collection(SINK_FAMILIES[kind].plural, namespace);
}

function collection(plural: string, namespace: string | undefined): string {
  const scope = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${ROOT}${scope}/${plural}`;
}

/** The path with its query; parameters without a value are left out. */
export function withQuery(
  path: string,
  query: Readonly<Record<string, string | number | undefined>>,
): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
}
