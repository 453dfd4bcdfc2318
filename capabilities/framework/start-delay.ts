/** Fraction of the framework's start-up delay, up to 3 s, that is kept. */
const SHARE = 0.1;

/**
 * Constructs the module with a shorter wait before it starts. The framework's constructor chooses a random delay
 * before it reads its store, and opens webhooks and watches only afterwards; no setting shortens that.
 * The delay keeps replicas that start together from creating the store at the same moment, for which a tenth of it
 * is enough.
 */
export function startSoon<T>(construct: () => T): T {
  const random = Math.random;
  Math.random = () => random() * SHARE;
  try {
    return construct();
  } finally {
    Math.random = random;
  }
}
