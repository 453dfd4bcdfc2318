import { describe, expect, it } from "vitest";
import type { ProbeReport } from "../../../capabilities/domain/outcome";
import { mongodbProbe } from "../../../capabilities/probes/mongodb/probe";
import { mongodbCase, mongodbUri, PASSWORD } from "../../../lab/backends/mongodb";
import { startRoleServer, type RoleServer } from "../../../lab/servers/mongodb/role-server";
import type { Role, RoleName } from "../../../lab/servers/mongodb/roles";
import { duringTest } from "../../fixtures/during-test";
import { expectPassed, runsOf } from "../expect-report";

const attempt = runsOf(mongodbProbe, [PASSWORD]);

interface Names {
  readonly user?: string;
  readonly database?: string;
  readonly collection?: string;
  readonly provisioning?: "ensure" | "existing";
}

function probe(server: RoleServer, { user = "kollect", ...overrides }: Names): Promise<ProbeReport> {
  const uri = mongodbUri({ hosts: [server], user, query: "authMechanism=PLAIN" });
  return attempt(mongodbCase(uri, overrides));
}

/** Keys of an object in the shell need no quotes. */
function shellValue<T>(text: string): T {
  return JSON.parse(text.replace(/([{,])(\w+):/g, '$1"$2":')) as T;
}

const COMMANDS =
  /Run in database (\S+): db\.createRole\((\{.*?\]\})\);(?: in \S+:)? db\.grantRolesToUser\((".*?"),(\[.*?\])\)$/;

/** Runs the commands of a message as an administrator would; false when it has none. */
function paste(server: RoleServer, message: string): boolean {
  const [, database = "", role = "", user = "", granted = ""] = COMMANDS.exec(message) ?? [];
  if (role === "") return false;
  server.roles.create(database, shellValue<Role>(role));
  const added = shellValue<Array<string | RoleName>>(granted).map((each) =>
    typeof each === "string" ? { role: each, db: database } : each,
  );
  const name = JSON.parse(user) as string;
  server.users.set(name, [...(server.users.get(name) ?? []), ...added]);
  return true;
}

describe("the commands in messages about missing rights", () => {
  it.each<[string, Names]>([
    ["in mode ensure", {}],
    ["in mode existing", { provisioning: "existing" }],
    ["for names that need quotes", { user: 'o"hara', collection: "my \\items" }],
    ["for names beyond ASCII", { user: "käthe", collection: "st\u202eücke" }],
  ])("are enough and safe to paste %s", async (_, names) => {
    const { user = "kollect", database = "inventory", collection = "items" } = names;
    const server = await duringTest(startRoleServer());
    server.users.set(user, []);
    if (names.provisioning === "existing") server.collections.set(`${database}.${collection}`, {});
    const messages: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const { failure } = await probe(server, names);
      if (!failure) break;
      expect(failure.cause).toBe("PermissionDenied");
      expect(failure.message.length).toBeLessThanOrEqual(480);
      messages.push(failure.message);
      expect(paste(server, failure.message), failure.message).toBe(true);
    }
    expect(messages.length).toBeGreaterThan(0);
    await expectPassed(probe(server, names));
  });

  it("grant no action that the exporter does not need", async () => {
    const server = await duringTest(startRoleServer());
    server.users.set("kollect", [{ role: "read", db: "inventory" }]);
    const { failure } = await probe(server, {});
    expect(failure?.message).toContain('actions:["insert","update","remove"]}]');
    expect(failure?.message).not.toMatch(/readWrite|find|drop/);
  });

  it("are left to the page where the names are too long for a message", async () => {
    const server = await duringTest(startRoleServer());
    server.users.set("kollect", []);
    const { failure } = await probe(server, { collection: "c".repeat(200) });
    expect(failure?.message).toMatch(/docs\/sinks\/mongodb\.md/);
  });
});
