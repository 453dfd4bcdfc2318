import type { Sink } from "../../api/types";
import { DEFAULT_EXPORTER, type ExporterSettings } from "../../domain/exporter/settings";
import { failed } from "../../domain/failure";
import type { SecretReference } from "../../domain/references";
import { isBigqueryHost } from "../google/api";
import { ambientIdentity, type GoogleIdentity } from "../google/identity";
import { plainUrl } from "../google/plain-url";
import { KEY_FILE, parseServiceAccount } from "../google/service-account";
import { isHost } from "../net/names/host-name";
import { hostHeader, type HttpOrigin } from "../net/http-client";
import type { PlanOptions, ProbePlan, ResolvedSecrets } from "../probe";
import { requiredText } from "../secrets/secret-values";
import { secretReference, settingsOf, SHARED_FIELD, tlsReferences } from "../sink-spec";
import { SYSTEM_TRUST, tlsTrust } from "../secrets/tls-trust";
import { checkedNames, type BigqueryNames } from "./names";

const OWN_FIELD = "spec.bigquery.secretRef";
const NEEDS = "project, dataset and table";
const HOST = "bigquery.googleapis.com";

export interface BigqueryPlan extends ProbePlan {
  readonly origin: HttpOrigin;
  /** Absent for the emulator, which requires no credentials. */
  readonly identity?: GoogleIdentity;
  readonly target: BigqueryTarget;
  /** Where the credentials were found, for messages. */
  readonly source: string;
  /** The exporter that the verdict predicts. */
  readonly exporter: ExporterSettings;
}

export interface BigqueryTarget extends BigqueryNames {
  readonly provisioning: "ensure" | "existing";
}

/** The Secrets that a bigquery sink uses: `spec.secretRef` is not one of them. */
export function bigqueryReferences(sink: Sink): SecretReference[] {
  const { secretRef } = settingsOf(sink, "bigquery", NEEDS);
  return [...(secretRef ? [secretReference(OWN_FIELD, secretRef)] : []), ...tlsReferences(sink)];
}

/** @see Probe.plan */
export function bigqueryPlan(sink: Sink, secrets: ResolvedSecrets, options: PlanOptions): BigqueryPlan {
  const target = bigqueryTarget(sink);
  const { exporter = DEFAULT_EXPORTER, cloud } = options;
  const emulator = cloud?.bigqueryEmulatorHost;
  if (emulator !== undefined) {
    const origin = emulatorOrigin(emulator);
    return { endpoint: hostHeader(origin), origin, target, source: "BIGQUERY_EMULATOR_HOST", exporter };
  }
  const address = apiAddress(sink.spec.endpoint);
  const shared = { endpoint: hostHeader(address), target, exporter };
  const secret = secrets.get(OWN_FIELD);
  if (!secret) {
    const identity = podIdentity(sink, address.host, options);
    const origin = { ...address, trust: SYSTEM_TRUST };
    return { ...shared, origin, identity, source: "the operator's own Google identity" };
  }
  const origin = { ...address, trust: tlsTrust(sink, secrets) };
  const account = parseServiceAccount(requiredText(secret, [KEY_FILE]), secret);
  return { ...shared, origin, identity: { kind: "account", account }, source: account.source };
}

function podIdentity({ spec }: Sink, host: string, options: PlanOptions): GoogleIdentity {
  return ambientIdentity(options, {
    field: OWN_FIELD,
    isGoogle: isBigqueryHost(host),
    shownTo: "googleapis.com",
    ...(spec.secretRef ? { unread: SHARED_FIELD } : {}),
  });
}

/** The target of a sink's rows. Throws `FailureError` `InvalidConfiguration`. */
export function bigqueryTarget(sink: Sink): BigqueryTarget {
  const names = checkedNames(settingsOf(sink, "bigquery", NEEDS));
  return { ...names, provisioning: sink.spec.provisioning?.mode ?? "ensure" };
}

type Address = Omit<HttpOrigin, "trust">;

/** `spec.endpoint` names a private address of the API (Private Service Connect), as `https://host`. */
function apiAddress(endpoint: string | undefined): Address {
  if (!endpoint) return { secure: true, host: HOST, port: 443 };
  const url = plainUrl(endpoint);
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
  return { secure: false, host, port: Number(port || 80), trust: SYSTEM_TRUST };
}
