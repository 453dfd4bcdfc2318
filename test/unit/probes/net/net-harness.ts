import { createAddressPolicy, type AddressRules } from "../../../../capabilities/probes/net/address-policy";
import { createDialler, type AttemptDialler } from "../../../../capabilities/probes/net/guarded-dialler";
import type { ResolveHost } from "../../../../capabilities/probes/net/names/resolve";
import { systemResolver } from "../../../../capabilities/probes/net/names/system-resolver";
import { createRecorder, type AttemptRecorder } from "../../../../capabilities/probes/recorder";

export interface Harness {
  readonly dialler: AttemptDialler;
  readonly recorder: AttemptRecorder;
  readonly attempt: AbortController;
}

/** A dialler for one attempt, as the runner makes it, with loopback allowed. */
export function harness(
  options: { readonly addresses?: AddressRules; readonly resolveHost?: ResolveHost } = {},
): Harness {
  const recorder = createRecorder(() => performance.now());
  const attempt = new AbortController();
  const dialler = createDialler({
    policy: createAddressPolicy(options.addresses ?? { allow: ["127.0.0.0/8", "::1"] }),
    recorder,
    resolveHost: options.resolveHost ?? systemResolver(),
    signal: attempt.signal,
  });
  return { dialler, recorder, attempt };
}

/** A resolver that gives these addresses, and counts how often it is asked. */
export function fixedResolver(...addresses: string[]): ResolveHost & { asked(): number } {
  let asked = 0;
  const resolve: ResolveHost = () => {
    asked += 1;
    return Promise.resolve(
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }) as const),
    );
  };
  return Object.assign(resolve, { asked: () => asked });
}

export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error("was fulfilled");
    },
    (reason: unknown) => reason,
  );
}
