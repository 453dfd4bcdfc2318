import { ANNOTATIONS, API_VERSION, TEST_KIND } from "../../capabilities/api/vocabulary";
import { testsPath } from "../cluster/paths";
import { couldNot, type Finding, type Place } from "./check";

const CHECK = "webhooks";

/** Checks that admission responds: a test created with a dry run comes back with the values that the webhook sets. */
export async function admissionCheck({ session, signal }: Place): Promise<Finding[]> {
  const { namespace, transport } = session;
  const metadata = { namespace, generateName: "doctor-" };
  const body = {
    apiVersion: API_VERSION,
    kind: TEST_KIND,
    metadata,
    spec: { sinkRef: { databaseSinkRef: "doctor" } },
  };
  const call = `create a connection test on trial in namespace ${namespace}`;
  const path = `${testsPath(namespace)}?dryRun=All`;
  try {
    const answer = (await transport.send({ call, method: "POST", path, body }, signal)).body as {
      readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
    };
    const isSeen = answer.metadata.annotations?.[ANNOTATIONS.requestedBy] !== undefined;
    return [
      isSeen
        ? { check: CHECK, result: "ok", detail: "answer" }
        : {
            check: CHECK,
            result: "fail",
            detail: `do not apply in namespace ${namespace}: tests do not record who requested them`,
          },
    ];
  } catch (error) {
    return [couldNot(CHECK, error)];
  }
}
