import fc from "fast-check";
import { expect } from "vitest";
import { FailureError, type Failure } from "../../capabilities/domain/failure";
import { spellings } from "../contract/leaks";
import { CANARY } from "../fixtures/hostile-words";

export { CANARY } from "../fixtures/hostile-words";

/** Every spelling of the canary and of its halves, in base64 also with one or two bytes in front of it. */
const TRACES = [
  ...[CANARY, CANARY.slice(0, 7), CANARY.slice(-6)].flatMap(spellings),
  ...["x", "xy"].map((before) =>
    Buffer.from(before + CANARY)
      .toString("base64")
      .slice(4, -4),
  ),
].map((trace) => trace.toLowerCase());

/** Checks text for the canary in any spelling and case. */
export function expectNoTrace(text: string): void {
  const lower = text.toLowerCase();
  expect(
    TRACES.filter((trace) => lower.includes(trace)),
    text.slice(0, 300),
  ).toEqual([]);
}

/** Checks what a message must be to go into status and Events. */
export function expectShowable({ message }: Pick<Failure, "message">): void {
  expect(Buffer.byteLength(message), message.slice(0, 200)).toBeLessThanOrEqual(1024);
  expect(message).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(message).not.toBe("");
}

/** What a parser made of its input: a result, or the failure it is allowed to throw. Anything else goes on. */
export function outcomeOf<T>(parse: () => T): { readonly value?: T; readonly failure?: Failure } {
  try {
    return { value: parse() };
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    return { failure: error.failure };
  }
}

/**
 * Runs the parser and checks that it took less than a second: a long text must not hold up other tests.
 * Counted in the processor's time, which is the same on a busy machine.
 */
export function quickly<T>(run: () => T): T {
  const before = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1000).toBeLessThan(1000);
  return result;
}

const PIECES = [
  ...[
    "://",
    "postgresql://",
    "https://",
    "s3://",
    "gs://",
    "ssh://git@",
    "mongodb+srv://",
    "nats://",
    "{",
    "}",
  ],
  ...["host=", "password=", "user=", "@", ":", "/", "?", "&", "=", "%", "%2", "%41", "%00", "#branch=", ","],
  ...["[", "]", "::1", "127.0.0.1", "db.shop", "5432", "99999", "-1", "'", '"', "\\", " ", "\t", "..", "../"],
  ...[
    "\n",
    "\r\n",
    "\0",
    "\u001b[31m",
    "\u202e",
    "\u2028",
    "\u00e9",
    "\ud800",
    "\u{1f600}",
    "\u00ad",
    "|1|",
    "*",
  ],
  ...[
    "-----BEGIN CERTIFICATE-----",
    "-----END CERTIFICATE-----",
    "-----BEGIN PRIVATE KEY-----",
    "ssh-ed25519 ",
  ],
  ...[
    "AAAAC3NzaC1lZDI1NTE5",
    "__proto__",
    "constructor",
    '{"type":"service_account","private_key":"',
    "SCRAM",
  ],
];

/** Text made of what parsers trip over, with the canary in it wherever `canary` says. */
export function hostileText(canary = true): fc.Arbitrary<string> {
  const piece = fc.constantFrom(...PIECES, ...(canary ? [CANARY, CANARY, CANARY] : []));
  const joined = fc.array(piece, { minLength: 1, maxLength: 16 }).map((all) => all.join(""));
  return fc.oneof(joined, fc.string({ unit: "binary", maxLength: 40 }));
}

/** One million characters that tempt a parser to go back and forth. */
export const LONG_TEXTS: ReadonlyArray<readonly [what: string, text: string]> = [
  "a",
  " ",
  "\n",
  "@",
  ":",
  "/",
  "%41",
  "a,",
  "a.",
  "-a",
  "=&",
  "'\\",
  "[",
  "*?",
  "# \n",
  "-----BEGIN CERTIFICATE-----\n",
  "-----BEGIN PRIVATE KEY-----\n",
  "ssh-ed25519 A ",
  '{"a":',
  "\u00ad",
].map((piece) => [JSON.stringify(piece), piece.repeat(Math.ceil(1_000_000 / piece.length))] as const);
