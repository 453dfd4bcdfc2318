import type { KollectConnectionTest, Sink } from "../../capabilities/api/types";
import { TEST_KIND, type SinkKind } from "../../capabilities/api/vocabulary";
import { ClusterError } from "../../capabilities/domain/cluster-error";
import { broken } from "../command-failure";
import { isObject } from "../input/documents";
import { sinksPath, testsPath, withQuery } from "./paths";
import type { Session } from "./session";

interface List<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[];
}

/** Number of objects per page of a list, and its maximum size in bytes. */
const PAGE = 250;
/** Maximum number of pages, because a server may always name another one. */
const MAX_PAGES = 400;
const MAX_LIST_BYTES = 64 * 1024 * 1024;

/** All tests that the selector matches, and the version of the list, to watch from. */
export async function listTests(
  session: Session,
  options: { readonly namespace?: string | undefined; readonly selector?: string | undefined },
  signal: AbortSignal,
): Promise<{ readonly tests: readonly KollectConnectionTest[]; readonly version: string }> {
  const { items, version } = await list<KollectConnectionTest>(session, {
    call: "list connection tests",
    path: testsPath(options.namespace),
    selector: options.selector,
    signal,
  });
  return { tests: items, version };
}

/** The sinks of one kind that the selector matches; lists leave `kind` out of their items. */
export async function listSinks(
  session: Session,
  kind: SinkKind,
  options: { readonly namespace?: string | undefined; readonly selector?: string | undefined },
  signal: AbortSignal,
): Promise<readonly Sink[]> {
  const path = sinksPath(kind, options.namespace);
  const { items } = await list<Sink>(session, {
    call: `list ${kind}s`,
    path,
    selector: options.selector,
    signal,
  });
  return items.map((item) => ({ ...item, kind }) as Sink);
}

async function list<T>(
  { transport }: Session,
  options: {
    readonly call: string;
    readonly path: string;
    readonly selector: string | undefined;
    readonly signal: AbortSignal;
  },
): Promise<{ items: T[]; version: string }> {
  const items: T[] = [];
  let next: string | undefined;
  for (let count = 0; count < MAX_PAGES; count += 1) {
    const query = { labelSelector: options.selector, limit: PAGE, continue: next };
    const request = {
      call: options.call,
      method: "GET",
      path: withQuery(options.path, query),
      maxBytes: MAX_LIST_BYTES,
    } as const;
    const { body } = await transport.send(request, options.signal).catch(explain);
    const page = listOf<T>(body, options.call);
    items.push(...page.items);
    next = page.metadata.continue || undefined;
    if (next === undefined) return { items, version: page.metadata.resourceVersion };
  }
  throw broken(`${options.call}: more than ${MAX_PAGES * PAGE} objects; choose a namespace or a selector`);
}

/** Something other than an API server, such as the login page of a proxy, may also answer with 200. */
function listOf<T>(body: unknown, call: string): List<T> {
  if (
    isObject(body) &&
    Array.isArray(body["items"]) &&
    body["items"].every(isNamed) &&
    isObject(body["metadata"])
  )
    return body as unknown as List<T>;
  throw notKubernetes(call);
}

function isNamed(item: unknown): boolean {
  return isObject(item) && isObject(item["metadata"]) && typeof item["metadata"]["name"] === "string";
}

function testOf(body: unknown, call: string): KollectConnectionTest {
  if (isNamed(body)) return body as KollectConnectionTest;
  throw notKubernetes(call);
}

/** The failure for a successful answer that Kubernetes would not give. */
export function notKubernetes(call: string): Error {
  return broken(`${call}: the answer is not of Kubernetes; check the server of the kubeconfig's cluster`);
}

/** Creates a test. The API server makes its name from `generateName`. */
export async function createTest(
  { transport }: Session,
  test: { readonly metadata: { readonly namespace: string }; readonly spec: object },
  signal: AbortSignal,
): Promise<KollectConnectionTest> {
  const { namespace } = test.metadata;
  const call = `create a connection test in namespace ${namespace}`;
  const request = { call, method: "POST", path: testsPath(namespace), body: test } as const;
  const { body } = await transport.send(request, signal);
  return testOf(body, call);
}

/** Requests another run of a test. Returns the test with its new generation. */
export async function askAgain(
  { transport }: Session,
  { metadata }: KollectConnectionTest,
  requestedAt: string,
  signal: AbortSignal,
): Promise<KollectConnectionTest> {
  const { namespace = "", name = "" } = metadata;
  const request = {
    call: `patch ${TEST_KIND} ${namespace}/${name}`,
    method: "PATCH",
    path: `${testsPath(namespace)}/${encodeURIComponent(name)}`,
    contentType: "application/merge-patch+json",
    body: { spec: { requestedAt } },
  } as const;
  return testOf((await transport.send(request, signal)).body, request.call);
}

/** Deletes exactly the test that was created. One that no longer exists counts as deleted. */
export async function deleteTest({ transport }: Session, { metadata }: KollectConnectionTest): Promise<void> {
  const { namespace = "", name = "", uid } = metadata;
  await transport.send({
    call: `delete ${TEST_KIND} ${namespace}/${name}`,
    method: "DELETE",
    path: `${testsPath(namespace)}/${encodeURIComponent(name)}`,
    body: { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid } },
    judged: [404, 409],
  });
}

/** Throws one line about a failed request that every command needs. */
export function explain(error: unknown): never {
  if (!(error instanceof ClusterError)) throw error;
  if (error.status === 404 && error.reason.startsWith("HTTP")) {
    throw broken(
      "the cluster does not serve kollect.dev/v1alpha1: install the operator, then try kubectl kollect doctor",
    );
  }
  const advice = adviceFor(error);
  throw broken(advice === undefined ? error.message : `${error.message}; ${advice}`);
}

const CERTIFICATE = /CERT|ISSUER|SIGNATURE|CRL/;

/** What to do about a request that was not answered, or not as the API server answers a user with credentials. */
function adviceFor({ status, reason }: ClusterError): string | undefined {
  if (status === 401) return "log in again, or check the user of the kubeconfig";
  if (status === 429 || status >= 500) return "try again later";
  if (status !== 0) return status < 400 ? "check the server of the kubeconfig's cluster" : undefined;
  if (reason === "TooLarge") return "choose a namespace or a selector";
  return CERTIFICATE.test(reason)
    ? "check the certificate authority of the kubeconfig's cluster"
    : "check the server of the kubeconfig's cluster, and that this machine reaches it";
}
