import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { postgresSink, secret } from "../../../lab/drafts";
import { eventsOf } from "../scene/records";
import type { Scene } from "../scene/scene";
import { refusedPort } from "../../../lab/faults";

/** Letters that every encoding treats in its own way. */
const PASSWORD = "k?y/w+th %odd& =char:s@Ü";

/** The forms in which a value could come to light. */
function formsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const json = JSON.stringify(value).slice(1, -1);
  const forms = [
    value,
    json,
    encodeURIComponent(value),
    encodeURI(value),
    new URLSearchParams({ v: value }).toString().slice(2),
  ];
  // Within a longer text the bytes may begin at any place of a group of three.
  const base64 = [0, 1, 2].map((skipped) => {
    const padded = Buffer.concat([Buffer.alloc(skipped), bytes]).toString("base64");
    return padded.slice(skipped === 0 ? 0 : 4, -4);
  });
  return [...forms, ...base64, bytes.toString("hex"), bytes.toString("base64url").slice(0, -2)];
}

export function secrecy(scene: () => Scene): void {
  describe("a Secret's value", () => {
    it("shows nowhere, whatever becomes of the probe", async () => {
      const namespace = await scene().namespace();
      const { postgres, objects, stage } = scene();
      await postgres.sql(`CREATE ROLE keeper LOGIN SUPERUSER PASSWORD '${PASSWORD}'`);
      const { host, port } = postgres;
      const nowhere = await refusedPort();
      const keeper = { user: "keeper", password: PASSWORD };
      await scene().sink(namespace, "good", keeper);
      await scene().sink(namespace, "denied", { user: "postgres", password: PASSWORD });
      await scene().sink(namespace, "lost", { ...keeper, database: "no-such" });
      await scene().sink(namespace, "refused", { ...keeper, port: nowhere.port });
      const dsns: Record<string, string> = {
        malformed: `postgres://keeper:${PASSWORD}@${host}:${port}/postgres`,
        keywords: `host=${host} port=${port} user=keeper password='${PASSWORD}' dbname=postgres sslmode=disable`,
        unclosed: `host=${host} user=keeper password='${PASSWORD}`,
        unknown: `postgres://keeper:${encodeURIComponent(PASSWORD)}@${host}:${port}/postgres?pass=${encodeURIComponent(PASSWORD)}`,
        prose: PASSWORD,
      };
      for (const [name, dsn] of Object.entries(dsns)) {
        await objects.create(secret(namespace, name, { dsn }));
        await objects.create(postgresSink(namespace, name));
      }
      const names = ["good", "denied", "lost", "refused", ...Object.keys(dsns)];

      const tests = await Promise.all(
        names.map(async (name) => scene().verdict(await scene().test(namespace, { name, sink: name }))),
      );

      const verdicts = Object.fromEntries(
        tests.map(({ metadata, status }) => [metadata.name, status?.conditions?.[0]?.status]),
      );
      expect(verdicts).toMatchObject({
        good: "True",
        keywords: "True",
        denied: "False",
        lost: "False",
        refused: "False",
      });
      const told = [
        ...tests.map((test) => JSON.stringify(test)),
        ...(await Promise.all(tests.map(({ metadata }) => eventsOf(stage.api, metadata)))).map((events) =>
          JSON.stringify(events),
        ),
        await stage.operator.watcher.metrics(),
        ...readdirSync(stage.operator.directory)
          .filter((name) => name.endsWith(".log"))
          .map((name) => readFileSync(join(stage.operator.directory, name), "utf8")),
      ].join("\n");
      expect(told).toContain(tests[0]?.status?.probeId);
      expect(formsOf(PASSWORD).filter((form) => told.includes(form))).toEqual([]);
    });
  });
}
