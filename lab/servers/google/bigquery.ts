import type { Issued } from "../../pki";
import { startWeb, type WebAnswer, type WebRequest, type WebServer } from "../web";
import { runQuery } from "./bigquery-jobs";
import { allAllowed, allowedBy, type Allowed, type Dataset, type Datasets } from "./bigquery-state";
import { apiError, json, startGoogle, type GoogleStandIn, type TestAccount } from "./stand-in";

export type { Dataset };

/**
 * What one account may do, in BigQuery's own words: `bigquery.datasets.get` for the whole project, or
 * `bigquery.tables.get@inventory` for a dataset or `bigquery.tables.get@inventory.items` for a table.
 */
export type Grants = readonly string[];

export interface BigqueryOptions {
  readonly tls: Issued;
  readonly project: string;
  /** A test may change it while the server runs. */
  readonly datasets: Datasets;
  readonly grants: ReadonlyMap<TestAccount, Grants>;
}

/**
 * Stands in for BigQuery's REST API, because no emulator of it runs without native code: the methods that a
 * probe and the exporter call, with the token check of {@link startGoogle} before them, and rights from the grants. Errors
 * have the status and the words that the API's reference gives. A right is judged before existence, so that an account
 * without it learns nothing.
 */
export function startBigquery(options: BigqueryOptions): Promise<GoogleStandIn> {
  const grantsOf = (email: string): Grants =>
    [...options.grants].find(([account]) => account.email === email)?.[1] ?? [];
  const jobs = new Map<string, WebAnswer>();
  return startGoogle({
    tls: options.tls,
    accounts: [...options.grants.keys()],
    scope: "https://www.googleapis.com/auth/bigquery",
    api: (request, email) => answer(request, { ...options, jobs, may: allowedBy(grantsOf(email)) }),
  });
}

/** The same without TLS and credentials, as an emulator has it. */
export function startBigqueryEmulator(
  options: Pick<BigqueryOptions, "project" | "datasets">,
): Promise<WebServer> {
  const jobs = new Map<string, WebAnswer>();
  return startWeb((request) => answer(request, { ...options, jobs, may: allAllowed }));
}

interface Context extends Pick<BigqueryOptions, "project" | "datasets"> {
  readonly may: Allowed;
  /** What `getQueryResults` answers, by the job's id. */
  readonly jobs: Map<string, WebAnswer>;
}

function answer(request: WebRequest, context: Context): WebAnswer {
  const [, project = "", path = ""] =
    /^\/bigquery\/v2\/projects\/([^/]+)\/([^?]+)/.exec(decodeURIComponent(request.path)) ?? [];
  if (path === "") return { status: 404, body: "not found" };
  if (project !== context.project) return apiError(404, "notFound", "NOT_FOUND");
  return (
    METHODS.get(path)?.(request, context) ?? aboutJob(path, context) ?? aboutDataset(path, request, context)
  );
}

/** The method `jobs.getQueryResults`. */
function aboutJob(path: string, { jobs }: Context): WebAnswer | undefined {
  const [, job] = /^queries\/([\w-]+)$/.exec(path) ?? [];
  return job === undefined ? undefined : (jobs.get(job) ?? NOT_THERE);
}

function aboutDataset(path: string, request: WebRequest, context: Context): WebAnswer {
  const [, dataset = "", rest = "", table = "", method] =
    /^datasets\/(\w+)(?:(\/tables)(?:\/([^:]+)(?::(\w+))?)?)?$/.exec(path) ?? [];
  if (rest === "") return describeDataset(dataset, context);
  if (table === "") return insertTable(dataset, request, context);
  return method ? permissions(request, [dataset, table], context) : describeTable(dataset, table, context);
}

const NO_RIGHT = apiError(403, "accessDenied", "PERMISSION_DENIED");
const NOT_THERE = apiError(404, "notFound", "NOT_FOUND");

function describeDataset(dataset: string, { datasets, may }: Context): WebAnswer {
  if (!may("bigquery.datasets.get", dataset)) return NO_RIGHT;
  const found = datasets[dataset];
  return found ? json(200, { location: found.location }) : NOT_THERE;
}

function describeTable(dataset: string, table: string, { datasets, may }: Context): WebAnswer {
  const found = datasets[dataset]?.tables[table];
  if (!may("bigquery.tables.get", dataset, found && table)) return NO_RIGHT;
  if (!found) return NOT_THERE;
  const fields = found.columns.map((name) => ({ name }));
  return json(200, {
    type: found.type ?? "TABLE",
    location: datasets[dataset]?.location,
    ...(fields.length > 0 ? { schema: { fields } } : {}),
  });
}

/** Whether the right or the duplicate is judged first is not documented; the right, as everywhere else. */
function insertTable(dataset: string, { method, body }: WebRequest, { datasets, may }: Context): WebAnswer {
  if (method !== "POST") return apiError(405, "httpMethodNotAllowed", "INVALID_ARGUMENT");
  if (!may("bigquery.tables.create", dataset)) return NO_RIGHT;
  const found = datasets[dataset];
  if (!found) return NOT_THERE;
  const { tableReference, schema } = JSON.parse(body) as {
    tableReference: { tableId: string };
    schema: { fields: { name: string }[] };
  };
  if (found.tables[tableReference.tableId]) return apiError(409, "duplicate", "ALREADY_EXISTS");
  found.tables[tableReference.tableId] = { columns: schema.fields.map(({ name }) => name) };
  return json(200, {});
}

/** Google leaves an empty list out. */
function permissions(
  { method, body }: WebRequest,
  [dataset, table]: readonly [string, string],
  { datasets, may }: Context,
): WebAnswer {
  if (method !== "POST") return apiError(405, "httpMethodNotAllowed", "INVALID_ARGUMENT");
  const asked = (JSON.parse(body) as { permissions: string[] }).permissions;
  const exists = datasets[dataset]?.tables[table] !== undefined;
  const held = exists ? asked.filter((permission) => may(permission, dataset, table)) : [];
  return json(200, held.length > 0 ? { permissions: held } : {});
}

/** Methods of a project, by their path. */
const METHODS: ReadonlyMap<string, (request: WebRequest, context: Context) => WebAnswer> = new Map([
  ["queries", dryRun],
  ["jobs", insertJob],
]);

const LOCATIONS = ["EU", "US", "europe-west3"];

/** The method `jobs.query`, for queries that are planned and not run. */
function dryRun({ method, body }: WebRequest, { datasets, may }: Context): WebAnswer {
  if (method !== "POST") return apiError(405, "httpMethodNotAllowed", "INVALID_ARGUMENT");
  if (!may("bigquery.jobs.create")) return NO_RIGHT;
  const asked = JSON.parse(body) as { query?: string; dryRun?: boolean; location?: string };
  // A query that would run is a fault of the probe, so it gets the word that nothing maps to a success.
  if (asked.dryRun !== true || !asked.query) return apiError(400, "invalidQuery", "INVALID_ARGUMENT");
  const known = [...LOCATIONS, ...Object.values(datasets).map(({ location }) => location)];
  if (asked.location !== undefined && !known.includes(asked.location)) {
    return apiError(400, "invalid", "INVALID_ARGUMENT");
  }
  return json(200, { kind: "bigquery#queryResponse", jobComplete: true, totalBytesProcessed: "0" });
}

/** The method `jobs.insert` for a query, which runs at once; how it ended is asked for by its id. */
function insertJob({ method, body }: WebRequest, { datasets, may, jobs }: Context): WebAnswer {
  if (method !== "POST") return apiError(405, "httpMethodNotAllowed", "INVALID_ARGUMENT");
  if (!may("bigquery.jobs.create")) return NO_RIGHT;
  const { configuration, jobReference } = JSON.parse(body) as {
    configuration: { query: { query: string } };
    jobReference: { jobId: string; location?: string };
  };
  const { location } = jobReference;
  jobs.set(jobReference.jobId, runQuery(configuration.query.query, location, { datasets, may }));
  return json(200, { jobReference, status: { state: "RUNNING" } });
}
