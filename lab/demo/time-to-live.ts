import { readApiAudit } from "../api-audit";
import { readAuditRecords } from "../audit-records";
import type { Act, Demo } from "./demo";

const TTL_SECONDS = 5;
/** How late a deletion may be. */
const SLACK_SECONDS = 2;

/** What becomes of a test that is left alone, and what stays. */
export const timeToLive: Act = {
  title: "Deleted when its time is over, but on record",
  play: async (demo) => {
    const { name, namespace } = demo.sample.test;
    const test = `${name} -n ${namespace}`;
    const patch = JSON.stringify({ spec: { ttlSecondsAfterFinished: TTL_SECONDS } });
    await demo.run(`kubectl patch kconntest ${test} --type=merge -p '${patch}'`);
    await demo.run(`kubectl wait --for=delete kconntest/${test} --timeout=60s`);
    demo.say("Its Events and the lines in the operator's log outlive it.");
    const columns = "TYPE:.type,REASON:.reason,RUNS:.series.count,NOTE:.message";
    const selector = `involvedObject.name=${name}`;
    await demo.run(
      `kubectl get events -n ${namespace} --field-selector ${selector} -o custom-columns=${columns}`,
    );
    const records = await readAuditRecords(demo.stage.operator.watcher.logFile);
    for (const { requestedBy, verdict, cause, latencyMs, completedAt } of records) {
      demo.say(`  audit: ${JSON.stringify({ requestedBy, verdict, cause, latencyMs, completedAt })}`);
    }

    // Status keeps whole seconds, and the TTL counts from there.
    const completedAt = Math.floor(Date.parse(records.at(-1)?.completedAt ?? "") / 1000) * 1000;
    const age = ((await deletedAt(demo)) - completedAt) / 1000;
    demo.promise(
      `the operator deleted it ${age.toFixed(1)} s after its completedAt, with a TTL of ${TTL_SECONDS} s`,
      age >= TTL_SECONDS && age <= TTL_SECONDS + SLACK_SECONDS,
      true,
    );
    demo.promise(
      "there is one audit record for every run, with its verdict and cause",
      records.map(({ verdict, cause }) => cause ?? verdict),
      ["True", "AuthenticationFailed", "True", "True"],
    );
  },
};

/** When the API server took the operator's last deletion, in milliseconds since the epoch. */
async function deletedAt({ stage, sample }: Demo): Promise<number> {
  let last = Number.NaN;
  for await (const { verb, objectRef, user, responseStatus, requestReceivedTimestamp } of readApiAudit(
    stage.cluster.auditLog,
  )) {
    const ours = user.username.startsWith("system:serviceaccount:pepr-system:");
    const same = objectRef?.resource === "kollectconnectiontests" && objectRef.name === sample.test.name;
    if (verb === "delete" && ours && same && responseStatus?.code === 200)
      last = Date.parse(requestReceivedTimestamp);
  }
  return last;
}
