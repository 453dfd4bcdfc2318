import type { GiveBack } from "../../lib/turns";

/**
 * Number of rounds of SCRAM's key derivation up to which no turn is needed: about 10 ms of one thread, and more than
 * the defaults of PostgreSQL (4,096), Kafka (4,096) and MongoDB (15,000).
 */
export const CHEAP_ROUNDS = 20_000;

/** Waits for a turn to derive a key; rejects with the signal's reason. */
export type DerivationTurn = (signal: AbortSignal) => Promise<GiveBack>;

/**
 * Waits until a key may be derived in as many rounds as a server requests. Call the returned function when the key has
 * been derived, and not before: a derivation continues when its connection or its attempt has ended. Turns are needed
 * because the process has few threads for this and the server chooses the rounds.
 */
export type AwaitTurn = (rounds: number) => Promise<GiveBack>;

interface AttemptTurns {
  readonly await: AwaitTurn;
  /** Releases the turns that the attempt still holds, when every derivation that may still run has ended. */
  giveBack(): void;
}

/** How long the longest derivation takes on busy processors, in milliseconds. */
const LONGEST_MS = 10_000;

/**
 * The turns of one attempt.
 * @param pause stops the attempt's clock during the wait, and returns the function that starts it again
 */
export function attemptTurns(
  take: DerivationTurn | undefined,
  { signal, pause }: { readonly signal: AbortSignal; readonly pause: () => () => void },
): AttemptTurns {
  const held = new Set<GiveBack>();
  async function turn(rounds: number): Promise<GiveBack> {
    if (!take || !(rounds > CHEAP_ROUNDS)) return () => undefined;
    const resume = pause();
    try {
      const giveBack = await take(signal);
      held.add(giveBack);
      return () => {
        held.delete(giveBack);
        giveBack();
      };
    } finally {
      resume();
    }
  }
  const giveBack = (): void => {
    if (held.size === 0) return;
    const late = setTimeout(() => {
      for (const each of held) each();
      held.clear();
    }, LONGEST_MS);
    late.unref();
  };
  return { await: turn, giveBack };
}

/**
 * The rounds in a server's first message of SCRAM (RFC 5802, section 5.1); undefined for a message of another form.
 * Drivers differ in how they read repeated attributes, and numbers such as `2000000000e-5`, so that a looser reading
 * would find other rounds than those that a driver computes.
 */
export function scramRounds(message: string): number | undefined {
  const digits = /^r=[^,]+,s=[^,]+,i=(\d{1,10})$/.exec(message)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
