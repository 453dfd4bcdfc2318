import type { Act } from "./demo";
import { applySample } from "./database";
import { verdictOf, wideRow } from "./verdict";

/** The page's second way to run a test again. */
export const fixAndRerun: Act = {
  title: "The fix, and another run of the same test",
  play: async (demo) => {
    const { name, namespace } = demo.sample.test;
    const before = await demo.readTest();
    demo.say("The sample's Secret is applied again, and a changed spec asks for one more run.");
    await demo.run(applySample(demo.sample, demo.postgres));
    await demo.run(
      `kubectl patch kconntest ${name} -n ${namespace} --type=merge -p '{"spec":{"ttlSecondsAfterFinished":600}}'`,
    );
    demo.say("kubectl wait does not take the old verdict for the new generation's.");
    await demo.run(
      `kubectl wait --for=condition=ConnectionVerified kconntest/${name} -n ${namespace} --timeout=120s`,
    );
    await demo.run(wideRow(demo));

    const after = await demo.readTest();
    const [old, now] = [verdictOf(before), verdictOf(after)];
    demo.promise("it is the same object", after.metadata.uid, before.metadata.uid);
    demo.promise("its verdict is the new generation's", now.observedGeneration, 2);
    demo.promise("it is another probe", now.probeId === old.probeId, false);
    demo.promise(
      "nothing of the failure is left",
      [now.cause, now.conditions],
      [
        undefined,
        {
          ConnectionVerified: "True ConnectionOK",
          Ready: "True ProbeSucceeded",
          Finished: "True Completed",
          TLSInsecure: "True VerificationSkipped",
        },
      ],
    );
  },
};
