import type { KollectConnectionTest } from "../../capabilities/api/types";
import { addressOf, applySample } from "./database";
import type { Act, Demo } from "./demo";
import { conditionList, verdictOf, wideRow } from "./verdict";

/** The page's sample usage, word for word but for PostgreSQL's address. */
export const firstVerdict: Act = {
  title: "The page's own example",
  play: async (demo) => {
    const { sample, postgres } = demo;
    const { name, namespace } = sample.test;
    demo.say(
      `Only the address in the sample's DSN is replaced: ${sample.address} by ${addressOf(postgres)}.`,
    );
    await demo.run(applySample(sample, postgres));
    await demo.run(`kubectl apply -f ${sample.testFile}`);
    await demo.run(
      `kubectl wait --for=condition=ConnectionVerified kollectconnectiontest/${name} -n ${namespace} --timeout=120s`,
    );
    await demo.run(wideRow(demo));
    await demo.run(conditionList(demo));

    check(demo, await demo.readTest());
  },
};

function check(demo: Demo, test: KollectConnectionTest): void {
  const { postgres, sample } = demo;
  const verdict = verdictOf(test);
  demo.promise("kubectl wait ended with a verdict, and every condition says so", verdict.conditions, {
    ConnectionVerified: "True ConnectionOK",
    Ready: "True ProbeSucceeded",
    Finished: "True Completed",
    TLSInsecure: "True VerificationSkipped", // sslmode=require encrypts, but verifies no certificate
  });
  demo.promise("it holds for this generation", verdict.observedGeneration, test.metadata.generation);
  demo.promise(
    `PostgreSQL ${postgres.version} itself was asked`,
    [verdict.endpoint, verdict.serverVersion],
    [addressOf(postgres), postgres.version],
  );
  demo.promise("it is on record who asked for it", verdict.requestedBy, "admin");
  const owners = test.metadata.ownerReferences?.map(({ kind, name }) => `${kind} ${name}`);
  demo.promise("the sink owns the test", owners, [`KollectDatabaseSink ${sample.sink}`]);
}
