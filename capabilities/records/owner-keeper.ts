import type { KollectConnectionTest } from "../api/types";
import type { Outcome } from "../domain/outcome";
import { ownerReference, reconcileOwners, type OwnedBy } from "../domain/owners";
import type { Cluster, WriteResult } from "../domain/ports";
import { effectiveSpec, isFailure, sinkTarget, type SinkTarget } from "../domain/spec";

type OwnersCluster = Pick<Cluster, "getTest" | "getSink" | "writeOwners">;

const ATTEMPTS = 3;

/**
 * After a verdict, brings the owner reference in line with the spec where admission could not: the sink came
 * later, was recreated, or admission does not apply in the namespace.
 *
 * A reference to a uid that is gone makes the garbage collector delete the test at once, so the sink is read
 * again first. Rejects with `ClusterError`.
 */
export async function keepOwner(
  test: KollectConnectionTest,
  outcome: Outcome,
  cluster: OwnersCluster,
): Promise<void> {
  const target = sinkTarget(test);
  if (isFailure(target) || settled(test, target, outcome)) return;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    if ((await alignOwners(test, target, cluster)) !== "superseded") return;
  }
}

/** One try; `superseded` when somebody else has written in between. */
async function alignOwners(
  test: KollectConnectionTest,
  target: SinkTarget,
  cluster: OwnersCluster,
): Promise<WriteResult | undefined> {
  const { namespace = "", name = "", uid = "" } = test.metadata;
  const current = await cluster.getTest(namespace, name);
  if (!current || !isStill(current, test)) return undefined;
  const sink = ownsSink(test) ? await cluster.getSink(target.kind, namespace, target.name) : undefined;
  const owners = reconcileOwners(current.metadata.ownerReferences, {
    former: formerSinks(test, target),
    owner: sink && ownerReference(sink),
  });
  const ref = { namespace, name, uid, resourceVersion: current.metadata.resourceVersion ?? "" };
  return owners && cluster.writeOwners(ref, owners);
}

/** Whether it is the object that was probed, of the generation that was probed, and here to stay. */
function isStill(current: KollectConnectionTest, { metadata }: KollectConnectionTest): boolean {
  const { uid, generation, deletionTimestamp } = current.metadata;
  return uid === metadata.uid && generation === metadata.generation && !deletionTimestamp;
}

/** Whether the object that was probed already shows that nothing is to be done: the usual case. */
function settled(test: KollectConnectionTest, target: SinkTarget, outcome: Outcome): boolean {
  const owners = test.metadata.ownerReferences;
  if (ownsSink(test) && !outcome.sink) return true;
  const owner = ownsSink(test) ? owners?.find(({ uid }) => uid === outcome.sink?.uid) : undefined;
  if (ownsSink(test) && !owner) return false;
  return reconcileOwners(owners, { former: formerSinks(test, target), owner }) === undefined;
}

function ownsSink(test: KollectConnectionTest): boolean {
  return effectiveSpec(test, Infinity).ownerSink;
}

/** Sinks that a reference of ours may still point at: this one when it is not wanted, and the last probed. */
function formerSinks(test: KollectConnectionTest, target: SinkTarget): OwnedBy[] {
  const last = test.status?.sink;
  const former: OwnedBy[] = [{ kind: target.kind, name: target.name }];
  if (last?.kind && last.name) former.push({ kind: last.kind, name: last.name, uid: last.uid });
  return former;
}
