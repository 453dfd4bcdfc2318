import { googleApi } from "../google/api";
import { accessToken } from "../google/token";
import { openHttp } from "../net/http-client";
import { phaseIfPermitted } from "../not-permitted";
import type { Probe, ProbeContext } from "../probe";
import { authorize } from "./authorize";
import { bigqueryPlan, bigqueryReferences, type BigqueryPlan } from "./plan";
import { verify } from "./verify";

const SCOPE = "https://www.googleapis.com/auth/bigquery";

/**
 * BigQuery by its REST API.
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
  const client = await openHttp(plan.origin, context);
  try {
    const api = googleApi(client, await authenticate(plan, context, now));
    await phaseIfPermitted(recorder, "Verify", () => verify(api, plan));
    if (plan.identity) await phaseIfPermitted(recorder, "Authorize", () => authorize(api, plan));
    else recorder.skipped("Authorize", "the emulator has no permissions to ask for");
  } finally {
    client.close();
  }
}

async function authenticate(
  { identity, origin }: BigqueryPlan,
  context: ProbeContext,
  now: () => number,
): Promise<string | undefined> {
  const { recorder } = context;
  if (!identity) {
    recorder.skipped("Authenticate", "the emulator asks for no credentials");
    return undefined;
  }
  const { trust, host: apiHost } = origin;
  return recorder.phase("Authenticate", () =>
    accessToken(identity, { scope: SCOPE, trust, apiHost, now }, context),
  );
}
