import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { spellings } from "../../contract/leaks";
import { dsnOf, postgresSink, secret } from "../../../lab/drafts";
import { eventsOf } from "../scene/records";
import type { Scene } from "../scene/scene";
import { waitUntil } from "../../../lab/control-plane/wait";
import { faultServer, type Fault } from "../../../lab/faults";

const PASSWORD = "cAnary7q/pa&ss=wörd";
const LATER = "cAnary7q-later+key";
const BANNER = "cAnary7q-b4nner\u001b[31m\u202e";
const CANARIES = [PASSWORD, LATER, BANNER];

interface Case {
  readonly what: string;
  readonly cause: string | undefined;
  readonly data: (scene: Scene, server: Fault) => Record<string, string>;
}

const CASES: readonly Case[] = [
  {
    what: "a wrong password",
    cause: "AuthenticationFailed",
    data: ({ postgres }) => ({
      dsn: dsnOf({ host: postgres.host, port: postgres.port, password: PASSWORD }),
    }),
  },
  {
    what: "a password that is not encoded",
    cause: "SecretValueInvalid",
    data: () => ({ dsn: `postgres://u:${PASSWORD}@127.0.0.1/x` }),
  },
  {
    what: "a value that is none",
    cause: "SecretValueInvalid",
    data: () => ({ dsn: `${PASSWORD} ${LATER}` }),
  },
  { what: "another key", cause: "SecretKeyMissing", data: () => ({ password: PASSWORD }) },
  {
    what: "a private key that cannot be read",
    cause: "SecretValueInvalid",
    data: ({ postgres }) => ({
      dsn: dsnOf({ host: postgres.host, port: postgres.port }),
      "tls.crt": PASSWORD,
      "tls.key": `-----BEGIN PRIVATE KEY-----\n${LATER}\n-----END PRIVATE KEY-----`,
    }),
  },
  {
    what: "a server that answers with the secret in its error",
    cause: "AuthenticationFailed",
    data: (_scene, { host, port }) => ({ dsn: dsnOf({ host, port, password: PASSWORD }) }),
  },
  {
    what: "a connection that works",
    cause: undefined,
    data: ({ postgres: { host, port, superuser } }) => ({
      dsn: dsnOf({ host, port, ...superuser }),
      unused: LATER,
    }),
  },
];

/** The operator runs at debug level here, where the framework logs whole objects too. */
export function debugLog(scene: () => Scene): void {
  describe("at log level debug", () => {
    const servers: Fault[] = [];
    afterAll(() => Promise.all(servers.map((server) => server.close())));

    it("no value of a Secret and no word of a server is in status, Events, metrics or the logs", async () => {
      const { objects, stage, postgres } = scene();
      const server = await echoing();
      servers.push(server);
      const namespace = await scene().namespace();
      const shown: string[] = [];
      for (const [index, { what, cause, data }] of CASES.entries()) {
        const name = `case-${index}`;
        await objects.create(secret(namespace, name, data(scene(), server)));
        await objects.create(postgresSink(namespace, name));
        const created = await scene().test(namespace, { name, sink: name });
        const { status, metadata } = await scene().verdict(created);
        expect(status?.probe?.cause, what).toBe(cause);
        const events = await waitUntil({ what: `the Event of ${what}`, timeoutMs: 10_000 }, async () => {
          const found = await eventsOf(stage.api, { namespace, uid: metadata.uid });
          return found.length > 0 ? found : undefined;
        });
        shown.push(JSON.stringify([status, metadata, events]));
      }
      for (const process of stage.operator.processes) {
        const log = readFileSync(process.logFile, "utf8");
        expect(log, `${process.role} logs at debug`).toContain(namespace);
        shown.push(await process.metrics(), log);
      }
      const text = shown.join("\n").toLowerCase();
      const secrets = [...CANARIES, postgres.superuser.password];
      const traces = secrets.flatMap(spellings).filter((trace) => text.includes(trace.toLowerCase()));
      expect(traces).toEqual([]);
      expect(text).not.toContain("canary7q");
    });
  });
}

/** Asks for the password in clear text, and then says it again in every field of a refusal. */
function echoing(): Promise<Fault> {
  const authentication = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 3]);
  return faultServer((socket) => {
    let asked = false;
    socket.on("data", (chunk) => {
      if (!asked) {
        asked = true;
        return void socket.write(authentication);
      }
      const said = chunk.subarray(5).toString("utf8").replace(/\0/g, "");
      const text = `${BANNER} ${said} ${encodeURIComponent(said)} ${Buffer.from(said).toString("base64")}`;
      const body = Buffer.from(`SFATAL\0C28P01\0M${text}\0D${text}\0H${text}\0R${text}\0\0`);
      const head = Buffer.alloc(5);
      head.write("E", "latin1");
      head.writeUInt32BE(body.length + 4, 1);
      socket.end(Buffer.concat([head, body]));
    });
  });
}
