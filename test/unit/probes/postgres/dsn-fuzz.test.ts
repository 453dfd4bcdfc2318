import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDsn, type Dsn } from "../../../../capabilities/probes/postgres/dsn/dsn";
import { INVISIBLE } from "../../../../capabilities/probes/postgres/dsn/suspects";
import { ConnectionStringError } from "../../../../capabilities/probes/secrets/connection-string";
import { runs } from "../../../fixtures/property";

function tryParse(text: string): Dsn | ConnectionStringError {
  try {
    return parseDsn(text);
  } catch (error) {
    if (error instanceof ConnectionStringError) return error;
    throw error;
  }
}

const text = fc
  .string({ unit: "binary", maxLength: 40 })
  .filter((value) => !value.includes("\0") && !INVISIBLE.test(value) && value !== "");
const quote = (value: string): string => `'${value.replace(/[\\']/g, "\\$&")}'`;
/** `encodeURIComponent` knows no lone surrogates. */
const wellFormed = text.map((value) => Buffer.from(value).toString());

describe("round trips", () => {
  it("reads every user, password and database from a percent-encoded URL", () => {
    fc.assert(
      fc.property(wellFormed, wellFormed, wellFormed, (user, password, database) => {
        const [u, p, d] = [user, password, database].map(encodeURIComponent);
        const dsn = parseDsn(`postgresql://${u}:${p}@db.shop:6000/${d}?application_name=${u}`);
        // Slashes in front of the database's name are dropped, encoded or not.
        const name = database.replace(/^\/+/, "") || user;
        expect(dsn).toMatchObject({ user, password, database: name });
        expect(dsn.runtime).toMatchObject([{ name: "application_name", value: user }]);
      }),
      { numRuns: runs(1500) },
    );
  });
  it("reads every user, password and database from quoted keywords", () => {
    fc.assert(
      fc.property(text, text, text, (user, password, database) => {
        const dsn = parseDsn(
          `host=db user=${quote(user)} password = ${quote(password)} dbname=${quote(database)}`,
        );
        expect(dsn).toMatchObject({ user, password, database });
      }),
      { numRuns: runs(1500) },
    );
  });
});

describe("whatever is written", () => {
  const pieces = fc.constantFrom(
    ...[
      "postgresql://",
      "postgres:",
      "host=",
      "user=",
      "password=",
      "'",
      "\\",
      "=",
      " ",
      "@",
      ":",
      "/",
      "?",
      "&",
      "%",
    ],
    ...[
      "%2",
      "%41",
      "[",
      "]",
      ",",
      "::1",
      "db",
      "5432",
      "sslmode",
      "require",
      "\n",
      "\u202e",
      "é",
      "\ud800",
      "canaryCanary",
    ],
  );
  it("is a connection string or an error that says why, and never takes long", () => {
    let slowest = 0;
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(pieces, { maxLength: 40 }).map((all) => all.join("")),
          text,
        ),
        (input) => {
          const startedAt = performance.now();
          const result = tryParse(input);
          slowest = Math.max(slowest, performance.now() - startedAt);
          if (!(result instanceof ConnectionStringError)) return;
          expect(result.message).not.toContain("canaryCanary");
          expect(result.message.length).toBeLessThan(400);
        },
      ),
      { numRuns: runs(10_000) },
    );
    expect(slowest).toBeLessThan(1000);
  });
  it("is never shown, wherever a piece of the password ends up", () => {
    const breaking = fc.constantFrom("@", "/", ":", "?", "&", "=", "%", " ", "'", "#", ",", "[", "\\", "");
    const canary = fc.constantFrom("hunter22canary", "canary_word", "sslcanary");
    fc.assert(
      fc.property(
        fc.array(fc.tuple(breaking, canary), { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        (parts, isUrl) => {
          const password = parts.map(([character, word]) => character + word).join("");
          const input = isUrl ? `postgresql://u:${password}@db/x` : `host=db user=u password=${password}`;
          const result = tryParse(input);
          if (result instanceof ConnectionStringError) expect(result.message).not.toMatch(/canary/);
        },
      ),
      { numRuns: runs(3000) },
    );
  });
  it.each([
    ["quotes", `host=db user=u password='${"\\'".repeat(8000)}`],
    ["blanks", `host=db user=u${" ".repeat(16_000)}x`],
    ["separators", `postgresql://${"@:/?&=%".repeat(2000)}`],
    ["hosts", `postgresql://u@${"a,".repeat(8000)}`],
    ["brackets", `postgresql://u@${"[".repeat(16_000)}`],
    ["ampersands", `postgresql://u@h?${"&".repeat(16_000)}`],
    ["percents", `postgresql://u:${"%41".repeat(5000)}@h`],
    ["more than is read", "x".repeat(50_000_000)],
  ])("is read quickly with many %s", (_what, input) => {
    const startedAt = performance.now();
    tryParse(input);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });
});
