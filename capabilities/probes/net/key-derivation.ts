import type { GiveBack } from "../../lib/turns";

/**
 * Rounds of SCRAM's key derivation that need no turn: some 10 ms of one thread, and more than the defaults of
 * PostgreSQL (4,096), Kafka (4,096) and MongoDB (15,000).
 */
export const CHEAP_ROUNDS = 20_000;

/** Waits for a turn to derive a key; rejects with the signal's reason. */
export type DerivationTurn = (signal: AbortSignal) => Promise<GiveBack>;

/**
 * Waits until a key may be derived in as many rounds as a server asks for. What it gives is to be called when the key was
 * derived. The threads for that are the process's, and the rounds are the server's choice.
 */
export type AwaitTurn = (rounds: number) => Promise<GiveBack>;

interface AttemptTurns {
  readonly await: AwaitTurn;
  /** Gives back what the attempt still holds. */
  giveBack(): void;
}

/**
 * The turns of one attempt.
 * @param pause stops the attempt's clock while it waits, and gives what starts it again
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
    for (const each of held) each();
    held.clear();
  };
  return { await: turn, giveBack };
}

/** The rounds in a server's first message of SCRAM (RFC 5802, section 5.1); 0 where there is none. */
export function scramRounds(message: string): number {
  return Number(/(?:^|,)i=(\d{1,10})(?:,|$)/.exec(message)?.[1] ?? 0);
}
