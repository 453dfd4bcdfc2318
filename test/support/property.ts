/** How many times as often as usual properties are tried; set by `npm run fuzz`. */
export const FUZZ_FACTOR = "FUZZ_FACTOR";

/** The seed of all properties; the committed one when it is not set. */
export const FUZZ_SEED = "FUZZ_SEED";

/** Any number would do. A fixed one makes a run say the same about the same code, here and in CI. */
const COMMITTED_SEED = 20_261_126;

/** How often a property is tried in this run, when it is tried so often in the ordinary one. */
export function runs(usual: number): number {
  return usual * numberFrom(FUZZ_FACTOR, 1);
}

export function propertySeed(): number {
  return numberFrom(FUZZ_SEED, COMMITTED_SEED);
}

function numberFrom(variable: string, otherwise: number): number {
  const text = process.env[variable];
  if (!text) return otherwise;
  if (/^-?\d{1,10}$/.test(text)) return Number(text);
  throw new Error(`${variable} is "${text}", which is no whole number`);
}
