import type { Issued } from "../../pki";
import { apiError, json, startGoogle, type GoogleStandIn, type TestAccount } from "./stand-in";
import { startWeb, type WebAnswer, type WebRequest, type WebServer } from "../web";

/** What one account may do, in BigQuery's own words: `bigquery.datasets.get` and so on. */
export type Grants = readonly string[];

export interface Dataset {
  readonly location: string;
  readonly tables: readonly string[];
}

export interface BigqueryOptions {
  readonly tls: Issued;
  readonly project: string;
  readonly datasets: Readonly<Record<string, Dataset>>;
  readonly grants: ReadonlyMap<TestAccount, Grants>;
}

/**
 * Stands in for BigQuery's REST API, because no emulator of it runs without native code: the methods that a
 * probe asks, with the token check of {@link startGoogle} before them, and rights from the grants. Errors
 * have the status and the words that the API's reference gives.
 */
export function startBigquery(options: BigqueryOptions): Promise<GoogleStandIn> {
  const granted = new Map([...options.grants].map(([{ email }, grants]) => [email, grants]));
  return startGoogle({
    tls: options.tls,
    accounts: [...options.grants.keys()],
    scope: "https://www.googleapis.com/auth/bigquery",
    api: (request, email) => answer(request, options, granted.get(email) ?? []),
  });
}

/** The same without TLS and credentials, as an emulator has it. */
export function startBigqueryEmulator(
  options: Pick<BigqueryOptions, "project" | "datasets">,
): Promise<WebServer> {
  return startWeb((request) => answer(request, options, ["bigquery.datasets.get", "bigquery.jobs.create"]));
}

type Context = Pick<BigqueryOptions, "project" | "datasets">;

function answer(request: WebRequest, context: Context, grants: Grants): WebAnswer {
  const [, project = "", path = ""] =
    /^\/bigquery\/v2\/projects\/([^/]+)\/([^?]+)/.exec(decodeURIComponent(request.path)) ?? [];
  if (path === "") return { status: 404, body: "not found" };
  if (project !== context.project) return apiError(404, "notFound", "NOT_FOUND");
  if (path === "queries") return query(request, context, grants);
  return aboutDataset(path, request, { datasets: context.datasets, grants });
}

function aboutDataset(
  path: string,
  request: WebRequest,
  { datasets, grants }: Pick<Context, "datasets"> & { readonly grants: Grants },
): WebAnswer {
  const [, dataset = "", , table, method] =
    /^datasets\/(\w+)(\/tables\/([^:]+)(?::(\w+))?)?$/.exec(path) ?? [];
  const found = datasets[dataset];
  if (table === undefined) return describeDataset(found, grants);
  const exists = found?.tables.includes(table) ?? false;
  return method ? permissions(request, exists, grants) : describeTable(exists, grants);
}

function describeDataset(dataset: Dataset | undefined, grants: Grants): WebAnswer {
  if (!grants.includes("bigquery.datasets.get")) return apiError(403, "accessDenied", "PERMISSION_DENIED");
  if (!dataset) return apiError(404, "notFound", "NOT_FOUND");
  return json(200, { kind: "bigquery#dataset", location: dataset.location });
}

function describeTable(exists: boolean, grants: Grants): WebAnswer {
  if (!grants.includes("bigquery.tables.get")) return apiError(403, "accessDenied", "PERMISSION_DENIED");
  return exists ? json(200, { id: "tests:dataset.table" }) : apiError(404, "notFound", "NOT_FOUND");
}

/** Google leaves an empty list out. */
function permissions({ method, body }: WebRequest, exists: boolean, grants: Grants): WebAnswer {
  if (method !== "POST") return apiError(405, "httpMethodNotAllowed", "INVALID_ARGUMENT");
  const asked = (JSON.parse(body) as { permissions: string[] }).permissions;
  const held = exists ? asked.filter((permission) => grants.includes(permission)) : [];
  return json(200, held.length > 0 ? { permissions: held } : {});
}

const LOCATIONS = ["EU", "US", "europe-west3"];

function query({ method, body }: WebRequest, { datasets }: Context, grants: Grants): WebAnswer {
  if (method !== "POST") return apiError(405, "httpMethodNotAllowed", "INVALID_ARGUMENT");
  if (!grants.includes("bigquery.jobs.create")) return apiError(403, "accessDenied", "PERMISSION_DENIED");
  const asked = JSON.parse(body) as { query?: string; dryRun?: boolean; location?: string };
  // A query that would run is a fault of the probe, so it gets the word that nothing maps to a success.
  if (asked.dryRun !== true || !asked.query) return apiError(400, "invalidQuery", "INVALID_ARGUMENT");
  const known = [...LOCATIONS, ...Object.values(datasets).map(({ location }) => location)];
  if (asked.location !== undefined && !known.includes(asked.location)) {
    return apiError(400, "invalid", "INVALID_ARGUMENT");
  }
  return json(200, { kind: "bigquery#queryResponse", jobComplete: true, totalBytesProcessed: "0" });
}
