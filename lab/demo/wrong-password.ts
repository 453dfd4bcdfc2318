import { readFile } from "node:fs/promises";
import type { Act, Demo } from "./demo";
import { applySample } from "./database";
import { verdictOf, wideRow } from "./verdict";

const WRONG = "not-the-password";

/** What a person sees whose Secret is wrong. */
export const wrongPassword: Act = {
  title: "A wrong password",
  play: async (demo) => {
    const { sample } = demo;
    const { name, namespace } = sample.test;
    demo.say(
      "The Secret gets a wrong password, and the test is run again by the page's first way: delete and apply.",
    );
    await demo.run(applySample(demo.sample, demo.postgres, WRONG));
    await demo.run(`kubectl delete kconntest ${name} -n ${namespace}`);
    await demo.run(`kubectl apply -f ${sample.testFile}`);
    demo.say("The condition Finished is True after either outcome: one wait for CI.");
    await demo.run(`kubectl wait --for=condition=Finished kconntest/${name} -n ${namespace} --timeout=120s`);
    await demo.run(wideRow(demo));

    const verdict = verdictOf(await demo.readTest());
    demo.promise("the failure is final and has its reason", verdict.conditions, {
      ConnectionVerified: "False ConnectionTestFailed",
      Ready: "False ConnectionTestFailed",
      Finished: "True Completed",
      Stalled: "True ConnectionTestFailed",
      TLSInsecure: "True VerificationSkipped",
    });
    demo.promise("its cause is AuthenticationFailed", verdict.cause, "AuthenticationFailed");
    const missing = [sample.user, "dsn", sample.secret].filter((hint) => !verdict.message.includes(hint));
    demo.promise("its message names the user, the Secret and the key to look at", missing, []);
    demo.promise(
      "no password is in the objects, the Events or the operator's logs",
      await placesWith(demo, [WRONG, sample.password]),
      [],
    );
  },
};

/** Where one of the words can be read that only the Secret may hold. */
async function placesWith({ stage }: Demo, words: readonly string[]): Promise<string[]> {
  const kinds = "kollectconnectiontests,kollectdatabasesinks,events";
  const places = [
    { name: kinds, text: await stage.kubectl(["get", kinds, "-A", "-o", "yaml"]) },
    ...(await Promise.all(
      stage.operator.processes.map(async ({ role, logFile }) => ({
        name: `the log of the ${role}`,
        text: await readFile(logFile, "utf8"),
      })),
    )),
  ];
  return places.filter(({ text }) => words.some((word) => text.includes(word))).map(({ name }) => name);
}
