import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startControlPlane } from "../../lab/control-plane/control-plane";
import type { ControlPlane } from "../../lab/control-plane/types";
import { FAILED, manifest, PENDING } from "./connection-test";
import { established, kubectl, tryKubectl } from "../../lab/control-plane/kubectl";
import { recipes } from "./recipes";

const config = join(import.meta.dirname, "../../config");
const sinkRef = { databaseSinkRef: "orders" };
let cluster: ControlPlane;

async function status(name: string): Promise<unknown> {
  return JSON.parse(await kubectl(cluster, ["get", "kconntest", name, "-o", "jsonpath={.status}"]));
}

async function refusal(spec: Record<string, unknown>): Promise<string> {
  const result = await tryKubectl(cluster, ["apply", "--validate=strict", "--dry-run=server", "-f", "-"], {
    input: manifest("refused", spec),
  });
  return result.code === 0 ? "accepted" : result.stderr;
}

beforeAll(async () => {
  cluster = await startControlPlane({ audit: false, assets: process.env["KUBEBUILDER_ASSETS"] });
  await kubectl(cluster, ["apply", "-k", join(config, "crd")]);
  await established(cluster, ["crd", "--all"]);
});

afterAll(async () => {
  await cluster?.stop();
});

describe("spec.sinkRef", () => {
  const only = "exactly one of snapshotSinkRef, databaseSinkRef, eventSinkRef must be set";

  it.each<[string, object, string]>([
    ["none", {}, `${only}, but none is`],
    [
      "two",
      { snapshotSinkRef: "a", eventSinkRef: "b" },
      `${only}, but these are: snapshotSinkRef, eventSinkRef`,
    ],
    [
      "all three",
      { snapshotSinkRef: "a", databaseSinkRef: "b", eventSinkRef: "c" },
      `${only}, but these are: snapshotSinkRef, databaseSinkRef, eventSinkRef`,
    ],
  ])("names what was set when it is %s", async (_, ref, message) => {
    expect(await refusal({ sinkRef: ref })).toContain(message);
  });

  it.each(["snapshotSinkRef", "databaseSinkRef", "eventSinkRef"])("may be %s alone", async (field) => {
    expect(await refusal({ sinkRef: { [field]: "orders.eu-1" } })).toBe("accepted");
  });

  it.each([
    ["", "should be at least 1 chars long"],
    ["a".repeat(254), "may not be more than 253"],
    ["../../other/secrets/foreign", "should match"],
    ["Orders", "should match"],
    ["orders\n", "should match"],
    ["-orders", "should match"],
  ])("may not be %j", async (name, message) => {
    expect(await refusal({ sinkRef: { eventSinkRef: name } })).toContain(message);
  });

  it("is required", async () => {
    expect(await refusal({})).toContain("spec.sinkRef: Required value");
  });
});

describe("bounds of the spec", () => {
  it.each<[string, unknown]>([
    ["ttlSecondsAfterFinished", 0],
    ["ttlSecondsAfterFinished", 2147483647],
    ["timeoutSeconds", 1],
    ["timeoutSeconds", 300],
    ["retryLimit", 0],
    ["retryLimit", 3],
    ["profileRef", "later"],
    ["requestedAt", "2026-01-02T03:04:05Z"],
  ])("accept %s %j", async (field, value) => {
    expect(await refusal({ sinkRef, [field]: value })).toBe("accepted");
  });

  it.each<[string, unknown]>([
    ["ttlSecondsAfterFinished", -1],
    ["ttlSecondsAfterFinished", 2147483648],
    ["ttlSecondsAfterFinished", 1.5],
    ["timeoutSeconds", 0],
    ["timeoutSeconds", 301],
    ["timeoutSeconds", "15s"],
    ["retryLimit", -1],
    ["retryLimit", 4],
    ["ownerSink", "true"],
  ])("refuse %s %j", async (field, value) => {
    expect(await refusal({ sinkRef, [field]: value })).toContain(`spec.${field}`);
  });

  it("refuse a misspelt field under strict validation", async () => {
    expect(await refusal({ sinkRef, timeoutSecond: 5 })).toContain('unknown field "spec.timeoutSecond"');
  });
});

describe("defaults", () => {
  it("fill in the spec at creation", async () => {
    await kubectl(cluster, ["apply", "-f", "-"], { input: manifest("defaulted", { sinkRef }) });
    const spec: unknown = JSON.parse(
      await kubectl(cluster, ["get", "kconntest", "defaulted", "-o", "jsonpath={.spec}"]),
    );
    expect(spec).toEqual({
      sinkRef,
      ownerSink: true,
      ttlSecondsAfterFinished: 300,
      timeoutSeconds: 15,
      retryLimit: 0,
    });
  });

  const commands: Array<[string, string[]]> = [
    ["create", ["create", "-f", "-"]],
    ["apply", ["apply", "-f", "-"]],
    ["server-side apply", ["apply", "--server-side", "-f", "-"]],
  ];

  it.each(commands)("say Unknown and Pending after %s, and after it is applied again", async (way, args) => {
    const name = `pending-${way.replaceAll(" ", "-")}`;
    await kubectl(cluster, args, { input: manifest(name, { sinkRef }) });
    expect(await status(name)).toEqual(PENDING);
    await kubectl(cluster, ["apply", "-f", "-"], { input: manifest(name, { sinkRef, timeoutSeconds: 20 }) });
    await kubectl(cluster, ["apply", "--server-side", "--force-conflicts", "-f", "-"], {
      input: manifest(name, { sinkRef, retryLimit: 1 }),
    });
    expect(await status(name)).toEqual(PENDING);
  });

  it("let no wait for a condition end before the first verdict", async () => {
    await kubectl(cluster, ["apply", "-f", "-"], { input: manifest("waiting", { sinkRef }) });
    for (const condition of ["ConnectionVerified", "Ready", "Finished"]) {
      const wait = ["wait", `--for=condition=${condition}`, "kconntest/waiting", "--timeout=1s"];
      expect((await tryKubectl(cluster, wait)).stderr).toContain("timed out");
    }
  });
});

describe("status", () => {
  const write = async (name: string, value: object): Promise<string> => {
    const patch = JSON.stringify([{ op: "replace", path: "/status", value }]);
    const args = ["patch", "kconntest", name, "--subresource=status", "--type=json", "-p", patch];
    const { code, stderr } = await tryKubectl(cluster, args);
    return code === 0 ? "accepted" : stderr;
  };

  beforeAll(async () => {
    await kubectl(cluster, ["apply", "-f", "-"], { input: manifest("probed", { sinkRef }) });
  });

  it("keeps everything that the operator writes", async () => {
    expect(await write("probed", FAILED)).toBe("accepted");
    expect(await status("probed")).toEqual(FAILED);
  });

  it("survives an apply of the manifest", async () => {
    await write("probed", FAILED);
    await kubectl(cluster, ["apply", "-f", "-"], {
      input: manifest("probed", { sinkRef }, { labels: { a: "b" } }),
    });
    expect(await status("probed")).toEqual(FAILED);
  });

  it.each<[string, object, string]>([
    ["a cause that is none", { probe: { cause: "Sunspots" } }, "status.probe.cause"],
    ["a phase that is none", { probe: { phases: [{ name: "Guess", result: "Passed" }] } }, "phases[0].name"],
    ["a time that is none", { completedAt: "yesterday" }, "status.completedAt"],
    [
      "two conditions of one type",
      { conditions: [...PENDING.conditions, PENDING.conditions[0]] },
      "Duplicate",
    ],
  ])("refuses %s", async (_, part, message) => {
    expect(await write("probed", { ...FAILED, ...part })).toContain(message);
  });
});

describe("kubectl get", () => {
  const row = async (name: string, ...args: string[]): Promise<Record<string, string>> => {
    const [heading = "", line = ""] = (await kubectl(cluster, ["get", "kconntest", name, ...args])).split(
      "\n",
    );
    const starts = [...heading.matchAll(/\S+\s*/g)].map(({ index, 0: { length } }) => [
      index,
      index + length,
    ]);
    return Object.fromEntries(
      starts.map(([from, to], position) => {
        const last = position === starts.length - 1;
        return [heading.slice(from, to).trim(), line.slice(from, last ? undefined : to).trim()];
      }),
    );
  };

  it.each(["snapshotSinkRef", "databaseSinkRef", "eventSinkRef"])(
    "shows the sink's name from creation on when it is %s",
    async (field) => {
      const name = `shown-${field.toLowerCase()}`;
      await kubectl(cluster, ["create", "-f", "-"], {
        input: manifest(name, { sinkRef: { [field]: "orders" } }),
      });
      expect(await row(name)).toEqual({
        NAME: name,
        SINK: "orders",
        TYPE: "",
        VERIFIED: "Unknown",
        CAUSE: "",
        LATENCY: "",
        AGE: expect.stringMatching(/^\d+s$/) as string,
      });
    },
  );

  it("shows the verdict, and with -o wide why and where", async () => {
    await kubectl(cluster, ["create", "-f", "-"], { input: manifest("verdict", { sinkRef }) });
    const patch = JSON.stringify({ status: FAILED });
    await kubectl(cluster, [
      "patch",
      "kconntest",
      "verdict",
      "--subresource=status",
      "--type=merge",
      "-p",
      patch,
    ]);
    expect(await row("verdict", "-o", "wide")).toEqual({
      NAME: "verdict",
      SINK: "orders",
      TYPE: "postgres",
      VERIFIED: "False",
      REASON: "ConnectionTestFailed",
      LATENCY: "42",
      AGE: expect.stringMatching(/^\d+s$/) as string,
      CAUSE: "AuthenticationFailed",
      CHANGED: "",
      UNPROVEN: "",
      ENDPOINT: "db.shop:5432",
      MESSAGE: "PostgreSQL at db.shop:5432 refused the password.",
      COMPLETED: expect.stringMatching(/^\d+d$/) as string,
    });
  });

  it("finds tests under the category kollect", async () => {
    await kubectl(cluster, ["apply", "-f", "-"], { input: manifest("grouped", { sinkRef }) });
    expect(await kubectl(cluster, ["get", "kollect", "-o", "name"])).toContain(
      "kollectconnectiontest.kollect.dev/grouped",
    );
  });
});

it("explains its fields", async () => {
  const text = await kubectl(cluster, ["explain", "kconntest.spec.ttlSecondsAfterFinished"]);
  expect(text).toContain("ttlSecondsAfterFinished <integer>");
  expect(text).toContain("deletion of the test");
});

recipes(() => cluster);
