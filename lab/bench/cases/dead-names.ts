import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { postgresProbe } from "../../../capabilities/probes/postgres/probe";
import type { ResolveHost } from "../../../capabilities/probes/net/names/resolve";
import { systemResolver } from "../../../capabilities/probes/net/names/system-resolver";
import { dsnUrl, postgresCase } from "../../backends/postgres";
import { inventoryTable } from "../../backends/postgres-table";
import { runCase } from "../../backends/run-case";
import { startDns } from "../../servers/dns";
import { startPostgres, type PostgresServer } from "../../servers/postgres/server";
import type { StandaloneCase } from "../bench";
import { inParallel } from "../in-parallel";
import type { Measure } from "../report";
import { quantile } from "../statistics";

const DEAD = 64;
const PROBES = 300;
const HOST = "db.bench.test";

/** Probes that need a lookup, beside others whose names DNS does not answer; without a cluster. */
export const deadNames: StandaloneCase = {
  name: `${PROBES} probes of PostgreSQL by name, with ${DEAD} probes among them whose names get no DNS answer`,
  standalone: true,
  run: async () => {
    const postgres = await startPostgres();
    const dns = await startDns({ addresses: { [HOST]: [postgres.host] }, silent: [".dead.test"] });
    const folder = mkdtempSync(join(tmpdir(), "bench-dns-"));
    const files = { hosts: join(folder, "hosts"), resolvConf: join(folder, "resolv.conf") };
    for (const path of Object.values(files)) writeFileSync(path, "");
    try {
      await postgres.sql(inventoryTable("inventory"));
      return await compare(postgres, systemResolver({ ...files, servers: [dns.address] }));
    } finally {
      await dns.close();
      await postgres.stop();
      rmSync(folder, { recursive: true });
    }
  },
};

async function compare(postgres: PostgresServer, resolveHost: ResolveHost): Promise<Measure[]> {
  const dsn = (host: string): string =>
    dsnUrl({
      host,
      port: postgres.port,
      user: "postgres",
      password: postgres.superuser.password,
      database: "postgres",
    });
  let falseNegatives = 0;
  const p99 = async (): Promise<number> => {
    const took: number[] = [];
    await inParallel(Array.from({ length: PROBES }), async () => {
      const start = performance.now();
      const { failure } = await runCase(postgresProbe, postgresCase(dsn(HOST)), { resolveHost });
      took.push(performance.now() - start);
      if (failure) falseNegatives += 1;
    });
    return quantile(took, 0.99);
  };
  await p99(); // the first meets code that V8 has not compiled yet
  const before = await p99();
  const aborts = Array.from({ length: DEAD }, () => new AbortController());
  const dead = aborts.map(async ({ signal }, index) => {
    const options = { resolveHost, signal, timeoutMs: 300_000 };
    while (!signal.aborted) {
      const probeCase = postgresCase(dsn(`db-${index}.dead.test`));
      await runCase(postgresProbe, probeCase, options).catch(() => undefined);
    }
  });
  const among = await p99();
  for (const abort of aborts) abort.abort();
  await Promise.all(dead);
  // What else runs on the machine changes within minutes.
  const without = (before + (await p99())) / 2;
  return [
    { what: "p99 without them", value: without, unit: "ms" },
    { what: "p99 of the healthy ones with them", value: among, unit: "ms" },
    { what: "ratio", value: among / without, target: { atMost: 1.3 } },
    { what: "healthy probes that failed", value: falseNegatives, target: { atMost: 0 } },
  ];
}
