import { describe, expect, it } from "vitest";
import type { SinkType } from "../../capabilities/api/vocabulary";
import { DEFAULT_EXPORTER } from "../../capabilities/domain/exporter/settings";
import { documentedFailures, type DocumentedFailure } from "../../generate/failures";
import { edition } from "../../lab/servers/programs/edition";
import { verdictOf } from "../../lab/truth/verdict";
import { expectInOrder } from "../contract/phases";
import type { Contract } from "../contract/contract";
import { inNamespace, type Given } from "./input";
import { LEFT_OUT_ON_SECOND_EDITION } from "./second-edition";

const LONGEST = 300;

/** Runs the input of every failure that the type's page shows: the message must be the one that the page has. */
export function describeFailures(type: SinkType, { fixtures, failures }: Contract): void {
  const documented = documentedFailures(type);
  const [first] = Object.values(fixtures);
  if (!first) throw new Error(`the contract of ${type} has no fixture`);
  describe(`${type}: failures that the page shows`, () => {
    const rows = Object.entries(documented).map(([id, failure]) => ({ id, failure }));
    it.for(rows)("$id", async ({ id, failure }, { skip }) => {
      const reason = edition() === "second" ? LEFT_OUT_ON_SECOND_EDITION[type]?.[id] : undefined;
      if (reason !== undefined) return skip(reason);
      const input = failures[id];
      if (!input) throw new Error(`test/failures has no input ${id} for type ${type}`);
      const made = await input(first, fixtures);
      await expectDocumented("probeCase" in made ? made : { probeCase: made }, failure);
    });
  });
}

async function expectDocumented(given: Given, { cause, message }: DocumentedFailure): Promise<void> {
  const { probeCase, timeoutMs, stop } = given;
  try {
    const options = { exporter: DEFAULT_EXPORTER, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
    const verdict = await verdictOf(inNamespace(probeCase), options);
    expect(verdict).toMatchObject({ cause });
    expect(verdict.message).toMatch(patternOf(message));
    expect(verdict.message.length).toBeLessThan(LONGEST);
    expectInOrder(verdict.phases);
  } finally {
    await stop?.();
  }
}

/** Each `…` stands for one or more characters. */
function patternOf(message: string): RegExp {
  const parts = message.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".+?")}$`, "s");
}
