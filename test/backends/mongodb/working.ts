import { describe, expect, it } from "vitest";
import { mongodbCase, mongodbUri } from "../../../lab/backends/mongodb";
import { ALL_PASSED, expectPassed, results } from "../expect-report";
import { APP, ASCII, run, type Stage } from "./stage";

export function working(stage: Stage): void {
  describe("a MongoDB sink that works", () => {
    it("passes every phase that a server without roles can answer, and says what it could not tell", async () => {
      const report = await expectPassed(run(stage.secured(stage.server.tlsPort)));
      expect(results(report)).toEqual(ALL_PASSED);
      const [first] = report.unproven ?? [];
      expect(first).toMatchObject({
        need: "mongodb:Privileges",
        kind: "NotAnswered",
        why: "the server does not report the user's privileges",
      });
      expect(report.tls?.version).toMatch(/^TLSv1\.[23]$/);
      expect(report.insecure).toBeUndefined();
      expect(report.endpoint).toBe(`localhost:${stage.server.tlsPort}`);
    });

    it.each(["uri", "url", "connectionString", "MONGODB_URI"])(
      "reads the connection string from the key %s",
      async (key) => {
        const { sink, secrets } = stage.plain();
        const uri = secrets["spec.mongodb.databaseRef"]?.uri ?? "";
        await expectPassed(run({ sink, secrets: { "spec.mongodb.databaseRef": { [key]: `${uri}\n` } } }));
      },
    );

    it.each(["SCRAM-SHA-256", "SCRAM-SHA-1"])(
      "logs in with %s when the string asks for it",
      async (mechanism) => {
        const uri = mongodbUri({
          hosts: [stage.server],
          ...ASCII,
          query: `${APP}&authMechanism=${mechanism}`,
        });
        await expectPassed(run(mongodbCase(uri)));
      },
    );

    it("takes the database of the path for the one that knows the user", async () => {
      const uri = mongodbUri({ hosts: [stage.server] }).replace(/\/$/, "/app");
      await expectPassed(run(mongodbCase(uri)));
    });

    it("shows that a connection without TLS is plain text", async () => {
      const report = await run(stage.plain());
      expect(report.insecure).toBe("PlainText");
      expect(results(report).TLS).toBe("Skipped: the connection string does not turn TLS on");
    });

    it("creates nothing", async () => {
      const before = await stage.server.command("admin", { listDatabases: 1, nameOnly: true });
      await run(stage.plain(APP, { database: "never_made", collection: "never_made" }));
      expect(await stage.server.command("admin", { listDatabases: 1, nameOnly: true })).toEqual(before);
    });

    it("finds a collection that must exist", async () => {
      await expectPassed(run(stage.plain(APP, { provisioning: "existing" })));
    });
  });
}
