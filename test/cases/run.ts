import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SinkType } from "../../capabilities/api/vocabulary";
import { DEFAULT_EXPORTER } from "../../capabilities/domain/exporter/settings";
import { systemResolver } from "../../capabilities/probes/net/names/system-resolver";
import { verdictOf, type TruthVerdict } from "../../lab/truth/verdict";
import type { MissingProgram } from "../../lab/servers/programs/debian";
import { spellings } from "../contract/leaks";
import { caseNames, readCase, type Placeholders, type ReportedCase } from "./read";

/** A server of the laboratory that cases name. */
export interface CaseServer {
  readonly values: Placeholders;
  stop(): Promise<void>;
}

/** How the servers start, by the name that cases give them. */
export type CaseServers = Readonly<Record<string, () => Promise<CaseServer | MissingProgram>>>;

/** Longest message that a status shows well. */
const LONGEST = 300;
/** Keys of Secrets whose values messages may show. */
const SHOWN = ["username", "mechanism", "known_hosts"];

/** One test for each case of a type: its verdict, its cause and the words of its message. */
export function reportedCases(type: SinkType, servers: CaseServers = {}): void {
  describe(`reports about ${type} sinks`, () => {
    const names = caseNames(type);
    const started = new Map<string, CaseServer | MissingProgram>();
    beforeAll(async () => {
      const wanted = new Set(names.map((name) => readCase(type, name).server));
      for (const name of wanted) if (name !== "none") started.set(name, await startNamed(servers, name));
    });
    afterAll(async () => {
      for (const server of started.values()) if ("stop" in server) await server.stop();
    });

    for (const name of names) {
      it(name, async ({ skip }) => {
        const server = started.get(readCase(type, name).server);
        if (server && "missing" in server) skip(server.missing);
        const reported = readCase(type, name, server && "values" in server ? server.values : undefined);
        expect(reported.source).toMatch(/^[\w.-]+\/[\w.-]+#\d+ /);
        expectWanted(await verdictOn(reported), reported);
      });
    }
  });
}

async function startNamed(servers: CaseServers, name: string): Promise<CaseServer | MissingProgram> {
  const start = servers[name];
  if (!start) throw new Error(`no server is named ${name}`);
  return start();
}

function verdictOn({ server, sink, secrets }: ReportedCase): Promise<TruthVerdict> {
  const resolveHost = systemResolver();
  return verdictOf(
    { sink, secrets },
    {
      exporter: DEFAULT_EXPORTER,
      resolveHost: (...question) => {
        if (server === "none") throw new Error("a case without a server must not dial");
        return resolveHost(...question);
      },
    },
  );
}

function expectWanted(verdict: TruthVerdict, { wanted, secrets, secret, server }: ReportedCase): void {
  expect({ cause: verdict.cause ?? "ok", message: verdict.message }).toMatchObject({ cause: wanted.cause });
  for (const words of wanted.words) expect(verdict.message).toContain(words);
  expect(verdict.message.length).toBeLessThan(LONGEST);
  if (server === "none") expect(verdict.phases).toEqual([]);
  const values = Object.values(secrets).flatMap((data) =>
    Object.entries(data).filter(([key, value]) => !SHOWN.includes(key) && value.length >= 6),
  );
  const hidden = [...values.map(([, value]) => value.toString("utf8")), ...(secret ? [secret] : [])];
  for (const text of hidden.flatMap(spellings)) expect(JSON.stringify(verdict)).not.toContain(text);
}
