import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { SINK_TYPES, type SinkType } from "../../capabilities/api/vocabulary";
import { PROBES } from "../../capabilities/probes/registry";
import { runCase, type ProbeCase } from "../../lab/backends/run-case";
import { blackHole, faultServer, type Fault } from "../../lab/faults";
import { TEST_BACKENDS } from "../fixtures/backends";
import type { BareSink } from "../fixtures/backends/backend";
import { CANARY, expectNoTrace, outcomeOf } from "./hostile";
import { plainSink, planned, secretsOf, sinkAt } from "./sinks";

const ALL = Object.values(TEST_BACKENDS);

/** What people and platforms leave in a pod's home and mounts for drivers and tools to find. */
const FILES: Readonly<Record<string, string>> = Object.assign(
  { token: CANARY },
  ...ALL.map(({ ambient }) => ambient.files),
);

function environment(home: string, proxy: string): Record<string, string> {
  return {
    HOME: home,
    ...{ HTTP_PROXY: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy, http_proxy: proxy, https_proxy: proxy },
    ...(Object.assign({}, ...ALL.map(({ ambient }) => ambient.environment({ home, proxy }))) as object),
  };
}

type Dialled = Extract<BareSink, { readonly is: "dialled" }>;

/** The types whose sink without credentials is dialled, or refused. */
function bareSinks<Is extends BareSink["is"]>(
  is: Is,
): (readonly [SinkType, Extract<BareSink, { readonly is: Is }>])[] {
  return SINK_TYPES.flatMap((type) => {
    const { bare } = TEST_BACKENDS[type].ambient;
    return bare.is === is ? [[type, bare as Extract<BareSink, { readonly is: Is }>] as const] : [];
  });
}

/** A server that asks for a login in the client's own protocol, and keeps what it hears. */
async function listener({ greeting, answer }: Dialled): Promise<Fault & { heard(): string }> {
  const heard: Buffer[] = [];
  const server = await faultServer((socket) => {
    if (greeting) socket.write(greeting);
    socket.on("data", (bytes: Buffer) => {
      heard.push(bytes);
      const { say, hangUp } = answer(bytes);
      if (say) socket.write(say);
      if (hangUp) socket.end();
    });
  });
  return { ...server, heard: () => Buffer.concat(heard).toString("latin1") };
}

/** A sink of the type at the server, with credentials that leave out what they can. */
function bareCase(type: SinkType, { values }: Dialled, at: string): ProbeCase {
  const filled = values(at);
  const reference = Object.keys(filled).length > 0 ? { name: "keys" } : undefined;
  const sink = plainSink(type, TEST_BACKENDS[type].server.address(at), reference);
  return { sink, secrets: secretsOf(type, sink, filled) };
}

let home: string;
let proxy: Fault;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "kollect-home-"));
  for (const [name, text] of Object.entries(FILES)) {
    mkdirSync(join(home, name, ".."), { recursive: true });
    writeFileSync(join(home, name), text, { mode: 0o600 });
  }
  proxy = await blackHole();
});
afterAll(async () => {
  await proxy.close();
  rmSync(home, { recursive: true });
});
beforeEach(() => {
  for (const [name, value] of Object.entries(environment(home, `http://127.0.0.1:${proxy.port}`))) {
    vi.stubEnv(name, value);
  }
});
afterEach(() => void vi.unstubAllEnvs());

describe("what lies around in the operator's own pod", () => {
  it.each(bareSinks("dialled"))(
    "is not what a %s sink logs in with",
    async (type, bare) => {
      const server = await listener(bare);
      try {
        const probeCase = bareCase(type, bare, `127.0.0.1:${server.port}`);
        const report = await runCase(PROBES[type], probeCase, { timeoutMs: 5000 });

        expect(server.heard().length).toBeGreaterThan(0);
        expectNoTrace(server.heard());
        expectNoTrace(JSON.stringify(report));
        expect(report.failure?.cause).not.toBe("Internal");
        expect(proxy.seen()).toBe(0);
      } finally {
        await server.close();
      }
    },
    30_000,
  );

  it.each(bareSinks("refused"))("is no reason to take a %s sink without a Secret", (type, { address }) => {
    const { failure } = outcomeOf(() => planned(PROBES[type], plainSink(type, address), new Map()));

    expect(failure?.cause).toBe("NoCredentials");
  });
});

describe("a Secret that names the operator's files", () => {
  const places = SINK_TYPES.flatMap((type) =>
    TEST_BACKENDS[type].files.map(({ key, text, says }) => [type, key, text, says] as const),
  );

  it.each(places)("is refused: %s, %s %s", (type, key, text, words) => {
    const sink = sinkAt(type, TEST_BACKENDS[type].sink.addresses[0]);

    const { failure } = outcomeOf(() => planned(PROBES[type], sink, new Map([[key, Buffer.from(text)]])));

    expect(failure?.cause).toBe("SecretValueInvalid");
    expect(failure?.message).toMatch(words);
  });

  it.each([
    "sslrootcert=FILE",
    "sslcert=FILE&sslkey=FILE",
    "passfile=FILE",
    "servicefile=FILE",
    "sslcrl=FILE",
  ])("is read for the sink's exporter alone: postgres, %s", (query) => {
    const folder = mkdtempSync(join(tmpdir(), "kollect-ambient-"));
    const file = join(folder, "file");
    writeFileSync(file, "CANARY-OF-A-FILE");
    try {
      const dsn = `postgres://u:p@db.shop/x?${query.replaceAll("FILE", encodeURIComponent(file))}`;
      const plan = planned(PROBES.postgres, sinkAt("postgres", ""), new Map([["dsn", Buffer.from(dsn)]]));
      expect(JSON.stringify(plan)).not.toContain("CANARY");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
