import { hasKey, withSpec, type SinkInput } from "./sink-input";

/** Whether `spec.endpoint` is an https URL. */
export function isHttps({ sink }: SinkInput): boolean {
  return /^https:\/\//i.test(endpointOf(sink));
}

/** Whether `spec.endpoint` is a `gs://` URL. */
export function isGsUrl({ sink }: SinkInput): boolean {
  return /^gs:\/\//i.test(endpointOf(sink));
}

/** Whether `spec.endpoint` is written as `bucket/prefix`, without a host. */
export function isBucketPath({ sink }: SinkInput): boolean {
  const endpoint = endpointOf(sink);
  return endpoint !== "" && !endpoint.includes("://");
}

/** Whether `spec.endpoint` names Google's storage host. */
export function reachesGoogleStorage({ sink }: SinkInput): boolean {
  return /^https?:\/\/([^/@]*@)?storage\.googleapis\.com(:\d+)?(\/|$)/i.test(endpointOf(sink));
}

/** Whether the probe of a gcs sink logs in with a service account. */
export function readsCredentialsJson(input: SinkInput): boolean {
  return hasKey(input, "credentials.json") && !hasKey(input, "accessKeyID", "AWS_ACCESS_KEY_ID");
}

/** Whether the exporter writes a git sink with the git program instead of go-git. */
export function usesCliEngine({ sink }: SinkInput): boolean {
  return "git" in sink.spec && sink.spec.git?.engine === "cli";
}

/** The input without `spec.options.region`. */
export function withoutRegion(input: SinkInput): SinkInput {
  if (input.sink.spec.options?.["region"] === undefined) return input;
  const { region: _, ...options } = input.sink.spec.options;
  return withSpec(input, { options });
}

/** The input without credentials in the URLs of a nats sink; the same object when they hold none. */
export function withoutUrlUserinfo(input: SinkInput): SinkInput {
  const { spec } = input.sink;
  const url = "nats" in spec ? spec.nats?.url : undefined;
  const text = url || spec.endpoint || "";
  return /(^|,|:\/\/)[^/,]*@/.test(text) ? withSpec(input, {}) : input;
}

function endpointOf({ spec }: SinkInput["sink"]): string {
  return spec.endpoint?.trim() ?? "";
}

/** The SASL mechanism that a Secret of a kafka sink declares. */
export function mechanism({ secrets }: SinkInput): string | undefined {
  const values = [...secrets.values()].map(({ data }) => data.get("mechanism")?.toString("utf8").trim());
  return values.find((value) => value !== undefined && value !== "");
}

/** `spec.git`, whatever the sink's type. */
export function gitBlock(spec: object): object | undefined {
  return "git" in spec && typeof spec.git === "object" && spec.git !== null ? spec.git : undefined;
}
