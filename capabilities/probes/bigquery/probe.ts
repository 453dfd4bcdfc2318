import { googleApi } from "../google/api";
import { accessToken } from "../google/token";
import { phaseIfPermitted } from "../not-permitted";
import { notingTrust, openStore } from "../open-store";
import type { Probe, ProbeContext } from "../probe";
import { authorize } from "./authorize";
import { bigqueryPlan, bigqueryReferences, type BigqueryPlan } from "./plan";
import { NOTHING_FOUND, verify } from "./verify";

const SCOPE = "https://www.googleapis.com/auth/bigquery";

/**
 * The probe of BigQuery, through its REST API.
 * @param now the operator's clock, in milliseconds since the epoch
 */
export function createBigqueryProbe(now: () => number = Date.now): Probe<BigqueryPlan> {
  return {
    type: "bigquery",
    references: bigqueryReferences,
    plan: bigqueryPlan,
    run: (plan, context) => run(plan, context, now),
  };
}

export const bigqueryProbe: Probe<BigqueryPlan> = createBigqueryProbe();

async function run(plan: BigqueryPlan, context: ProbeContext, now: () => number): Promise<void> {
  const { recorder } = context;
  const client = await openStore(plan.origin, plan.exporter, context);
  try {
    const api = googleApi(client, await authenticate(plan, context, now));
    const found = await phaseIfPermitted(recorder, "Verify", () => verify(api, plan));
    if (!plan.identity) recorder.skipped("Authorize", "the emulator has no permissions to check");
    else await recorder.phase("Authorize", () => authorize(api, plan, found ?? NOTHING_FOUND, recorder));
  } finally {
    client.close();
  }
}

async function authenticate(
  { identity, origin, exporter }: BigqueryPlan,
  context: ProbeContext,
  now: () => number,
): Promise<string | undefined> {
  const { recorder } = context;
  if (!identity) {
    recorder.skipped("Authenticate", "the emulator requires no credentials");
    return undefined;
  }
  const request = { scope: SCOPE, trust: origin.trust, apiHost: origin.host, now };
  return recorder.phase("Authenticate", () =>
    notingTrust(exporter, context, (noting) => accessToken(identity, request, noting)),
  );
}
