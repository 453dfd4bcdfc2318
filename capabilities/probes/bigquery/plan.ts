import type { Sink } from "../../api/types";
import { failed } from "../../domain/failure";
import { isGoogleHost } from "../google/api";
import { KEY_FILE, parseServiceAccount } from "../google/service-account";
import { ambientIdentity, type GoogleIdentity } from "../google/identity";
import { quoted } from "../messages";
import { isHost } from "../net/host-name";
import { hostHeader, type HttpOrigin } from "../net/http-client";
import type { PlanOptions, ProbePlan, ResolvedSecrets } from "../probe";
import type { SecretReference } from "../../domain/references";
import { requiredText } from "../secret-values";
import { credentialReferences, settingsOf, SHARED_FIELD } from "../sink-spec";
import { clientCertificate, tlsTrust } from "../tls-trust";

const OWN_FIELD = "spec.bigquery.secretRef";
const NEEDS = "project, dataset and table";
const HOST = "bigquery.googleapis.com";

export interface BigqueryPlan extends ProbePlan {
  readonly origin: HttpOrigin;
  /** Absent for the emulator, which asks for no credentials. */
  readonly identity?: GoogleIdentity;
  readonly target: BigqueryTarget;
  /** Where the credentials were found, for messages. */
  readonly source: string;
}

export interface BigqueryTarget {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
  /** As the sink writes it; absent means that BigQuery finds it by the dataset. */
  readonly location?: string;
  readonly provisioning: "ensure" | "existing";
}

/** The Secrets that a bigquery sink names; its own reference wins over the shared one. */
export function bigqueryReferences(sink: Sink): SecretReference[] {
  const { secretRef } = settingsOf(sink, "bigquery", NEEDS);
  return credentialReferences(sink, { field: OWN_FIELD, reference: secretRef });
}

/** @see Probe.plan */
export function bigqueryPlan(sink: Sink, secrets: ResolvedSecrets, options: PlanOptions): BigqueryPlan {
  const target = targetOf(sink);
  const secret = secrets.get(OWN_FIELD) ?? secrets.get(SHARED_FIELD);
  const certificate = secret && clientCertificate(secret);
  const emulator = options.cloud?.bigqueryEmulatorHost;
  if (emulator !== undefined) {
    const origin = emulatorOrigin(emulator);
    return { endpoint: hostHeader(origin), origin, target, source: "BIGQUERY_EMULATOR_HOST" };
  }
  const origin: HttpOrigin = {
    ...apiAddress(sink.spec.endpoint),
    trust: tlsTrust(sink, secrets),
    ...(certificate ? { clientCertificate: certificate } : {}),
  };
  const shared = { endpoint: hostHeader(origin), origin, target };
  if (!secret) {
    const isGoogle = isGoogleHost(origin.host);
    const identity = ambientIdentity(options, { field: OWN_FIELD, isGoogle, shownTo: "googleapis.com" });
    return { ...shared, identity, source: "the operator's own Google identity" };
  }
  const account = parseServiceAccount(requiredText(secret, [KEY_FILE]), secret);
  return { ...shared, identity: { kind: "account", account }, source: account.source };
}

function targetOf(sink: Sink): BigqueryTarget {
  const { project, dataset, table, location } = settingsOf(sink, "bigquery", NEEDS);
  return {
    project: name(project, "spec.bigquery.project", /^[a-z0-9][a-z0-9.:-]{1,127}$/),
    dataset: name(dataset, "spec.bigquery.dataset", /^[A-Za-z0-9_]{1,1024}$/),
    table: name(table, "spec.bigquery.table", /^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd} ]{1,1024}$/u),
    ...(location ? { location: name(location, "spec.bigquery.location", /^[A-Za-z0-9-]{1,64}$/) } : {}),
    provisioning: sink.spec.provisioning?.mode ?? "ensure",
  };
}

/** Names go into URLs; BigQuery's own rules leave nothing that would mean something there. */
function name(text: string, field: string, form: RegExp): string {
  if (form.test(text)) return text;
  throw failed(
    "InvalidConfiguration",
    `${field} is "${quoted(text)}", which is no name that BigQuery takes.`,
  );
}

/** `spec.endpoint` names a private address of the API (Private Service Connect), as `https://host`. */
function apiAddress(endpoint: string | undefined): { secure: boolean; host: string; port: number } {
  if (!endpoint) return { secure: true, host: HOST, port: 443 };
  // Backslashes, spaces and control characters are where readers of URLs differ.
  const isPlain = !/[\s\\\p{Cc}]/u.test(endpoint) && URL.canParse(endpoint);
  const url = isPlain ? new URL(endpoint) : undefined;
  const host = url?.hostname.replace(/^\[|\]$/g, "") ?? "";
  if (url && isOrigin(url) && isHost(host)) return { secure: true, host, port: Number(url.port || 443) };
  throw failed(
    "InvalidConfiguration",
    `spec.endpoint is not of the form https://host. Leave it out for ${HOST}, or name a private address of the API.`,
  );
}

function isOrigin({ protocol, username, password, pathname, search, hash }: URL): boolean {
  return protocol === "https:" && pathname === "/" && !username && !password && !search && !hash;
}

function emulatorOrigin(emulator: string): HttpOrigin {
  const url = `http://${emulator}`;
  if (!URL.canParse(url)) {
    throw failed(
      "InvalidConfiguration",
      "BIGQUERY_EMULATOR_HOST in the operator's environment is not host:port.",
    );
  }
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "");
  return { secure: false, host, port: Number(port || 80), trust: { insecureSkipVerify: false } };
}
