import type { KollectConnectionTest } from "../api/types";
import { ownerReference, reconcileOwners, type OwnedBy } from "../domain/owners";
import type { Cluster, WriteResult } from "../domain/ports";
import type { SinkTarget } from "../domain/spec";
import type { Verdict } from "../domain/outcome";

type OwnersCluster = Pick<Cluster, "getTest" | "getSink" | "writeOwners">;

const ATTEMPTS = 3;

/**
 * After a verdict, aligns the owner reference with the spec where admission could not: the sink was created
 * later or recreated, or admission does not apply in the namespace.
 *
 * A reference to a uid that no longer exists makes the garbage collector delete the test at once, so the sink is read
 * again first. Rejects with `ClusterError`.
 */
export async function keepOwner(verdict: Verdict, cluster: OwnersCluster): Promise<void> {
  const { target } = verdict;
  if (!target || settled(verdict, target)) return;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    if ((await alignOwners(verdict, target, cluster)) !== "superseded") return;
  }
}

/** One attempt; `superseded` when the object changed in between. */
async function alignOwners(
  { test, ownerSink }: Verdict,
  target: SinkTarget,
  cluster: OwnersCluster,
): Promise<WriteResult | undefined> {
  const { namespace = "", name = "", uid = "" } = test.metadata;
  const current = await cluster.getTest(namespace, name);
  if (!current || !isStill(current, test)) return undefined;
  const sink = ownerSink ? await cluster.getSink(target.kind, namespace, target.name) : undefined;
  const owners = reconcileOwners(current.metadata.ownerReferences, {
    former: formerSinks(test, target),
    owner: sink && ownerReference(sink),
  });
  const ref = { namespace, name, uid, resourceVersion: current.metadata.resourceVersion ?? "" };
  return owners && cluster.writeOwners(ref, owners);
}

/** Whether the object and generation are those that were probed, and the object is not being deleted. */
function isStill(current: KollectConnectionTest, { metadata }: KollectConnectionTest): boolean {
  const { uid, generation, deletionTimestamp } = current.metadata;
  return uid === metadata.uid && generation === metadata.generation && !deletionTimestamp;
}

/** Whether the probed object already shows that there is nothing to do, which is the usual case. */
function settled({ test, ownerSink, outcome }: Verdict, target: SinkTarget): boolean {
  const owners = test.metadata.ownerReferences;
  if (ownerSink && !outcome.sink) return true;
  const owner = ownerSink ? owners?.find(({ uid }) => uid === outcome.sink?.uid) : undefined;
  if (ownerSink && !owner) return false;
  return reconcileOwners(owners, { former: formerSinks(test, target), owner }) === undefined;
}

/** Sinks that the operator's reference may still point at: an unwanted owner, and the sink that was probed last. */
function formerSinks(test: KollectConnectionTest, target: SinkTarget): OwnedBy[] {
  const last = test.status?.sink;
  const former: OwnedBy[] = [{ kind: target.kind, name: target.name }];
  if (last?.kind && last.name) former.push({ kind: last.kind, name: last.name, uid: last.uid });
  return former;
}
