import { once } from "node:events";
import { get as httpGet, type ClientRequest } from "node:http";
import { get as httpsGet } from "node:https";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { FailureError } from "../../capabilities/domain/failure";
import { causeChain } from "../../capabilities/probes/net/errors";
import type { AttemptDialler } from "../../capabilities/probes/net/guarded-dialler";
import { createAgents, type GuardedAgents } from "../../capabilities/probes/net/http-agent";
import { openHttp } from "../../capabilities/probes/net/http-client";
import type { ResolveHost } from "../../capabilities/probes/net/names/resolve";
import { createRecorder } from "../../capabilities/probes/recorder";
import { blackHole, type Fault } from "../../lab/faults";
import { fixedResolver, harness } from "../unit/probes/net/net-harness";

/** What getaddrinfo takes for 127.0.0.1, or for 0.0.0.0 from where the kernel goes there too. */
const LOOPBACK = [
  ...["127.0.0.1", "127.1", "127.0.1", "127.000.000.001", "127.0.0.01", "127.0x0.0x0.1", "127.0.0.0x1"],
  ...["0x7f.0.0.1", "0x7f.1", "0x7f000001", "0X7F000001", "0x7F.0X1", "0x7f.0x00000001", "2130706433"],
  ...[
    "017700000001",
    "0177.0.0.1",
    "0177.1",
    "00000177.0.0.1",
    "0177.0.01",
    "0",
    "0.0.0.0",
    "0x0",
    "00",
    "0.0",
  ],
  ...["0.0.0", "0x0.0x0", "localhost", "LOCALHOST", "LocalHost", "localhost.", "::ffff:127.0.0.1"],
  ...["::ffff:7f00:1", "::FFFF:7F00:0001", "0:0:0:0:0:ffff:127.0.0.1", "0000::ffff:7f00:1", "::ffff:0.0.0.0"],
];

/** Other addresses that may not be dialled, however they are written. */
const FORBIDDEN = [
  ...[
    "127.0.0.2",
    "127.255.255.254",
    "127.16777214",
    "127.0.65534",
    "2147483646",
    "::1",
    "0::1",
    "::",
    "0::0",
  ],
  ...["0:0:0:0:0:0:0:1", "::0.0.0.1", "169.254.169.254", "169.254.43518", "169.16689662", "2852039166"],
  ...["0xa9fea9fe", "025177524776", "0251.0376.0251.0376", "0xa9.0xfe.0xa9.0xfe", "169.0xfe.43518"],
  ...["::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "169.254.170.2", "169.254.170.23", "169.254.1.1"],
  ...["100.100.100.200", "1684301000", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "FD00:0EC2:0::0254"],
  ...[
    "fd20:ce::254",
    "fe80::1",
    "fe80::a9fe:a9fe",
    "febf::1",
    "::127.0.0.1",
    "::7f00:1",
    "::169.254.169.254",
  ],
  ...["::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1"],
  ...["64:ff9b:1:7f00:0:100::", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:7f00:1::f7f7:f7f7"],
  ...["2001:0:a00:1:0:0:80ff:fffe", "2001:db8::5efe:7f00:1", "2001:db8::200:5efe:a9fe:a9fe", "224.0.0.1"],
  ...["239.255.255.255", "3758096385", "ff02::1", "ff0e::1", "240.0.0.1", "255.255.255.255", "4294967295"],
  ...["0xffffffff", "0.1.2.3", "::ffff:224.0.0.1", "fe80::1%1", "fe80::1%lo"],
];

/** Texts that a parser behind ours might take for another host than we did. */
const AMBIGUOUS = [
  ...[
    "[::1]",
    "[127.0.0.1]",
    "127.0.0.1:80",
    "127.0.0.1%1",
    "１２７.0.0.1",
    "127。0。0。1",
    "①②⑦.0.0.1",
    "user@127.0.0.1",
    "127.0.0.1/",
    "127.0.0.1#x",
    "127.0.0.1?x",
  ],
  ...["127.0.0.1\\@db.shop", "127.0.0.1\n", "\t127.0.0.1", "127.0.0.1\0.db.shop", " 127.0.0.1", "", " "],
  ...["127.0.0.1 db.shop", "http://127.0.0.1", "//127.0.0.1", "x".repeat(300)],
];

/** Names as a cloud's DNS answers them. */
const METADATA: ReadonlyArray<readonly [name: string, answer: string]> = [
  ["metadata.google.internal", "169.254.169.254"],
  ["metadata.google.internal.", "169.254.169.254"],
  ["metadata", "169.254.169.254"],
  ["instance-data.ec2.internal", "169.254.169.254"],
  ["instance-data", "fd00:ec2::254"],
  ["metadata.azure.internal", "168.63.129.16"],
  ["127.0.0.1.nip.example", "127.0.0.1"],
  ["kubernetes.default.svc", "10.96.0.1"],
];
const API_SERVERS = [{ address: "10.96.0.1", port: 443 }];

type Way = (dialler: AttemptDialler, host: string, port: number) => Promise<unknown>;

/** Every way in which a probe dials. */
const WAYS: ReadonlyArray<readonly [name: string, way: Way]> = [
  ["connect", (dialler, host, port) => dialler.connect({ host, port })],
  [
    "an HTTP client",
    (dialler, host, port) => {
      const { signal } = new AbortController();
      const origin = { host, port, secure: true, trust: { insecureSkipVerify: true } };
      return openHttp(origin, { dialler, recorder: createRecorder(() => 0), signal });
    },
  ],
  [
    "an HTTP agent",
    (dialler, host, port) => ask(dialler, ({ http }) => httpGet({ agent: http, host, port })),
  ],
  [
    "an HTTPS agent",
    (dialler, host, port) => ask(dialler, ({ https }) => httpsGet({ agent: https, host, port })),
  ],
];

async function ask(dialler: AttemptDialler, get: (agents: GuardedAgents) => ClientRequest): Promise<unknown> {
  const agents = createAgents(dialler, { insecureSkipVerify: false });
  try {
    return await once(get(agents), "response");
  } finally {
    agents.destroy();
  }
}

async function causeOf(dialled: Promise<unknown>): Promise<string | undefined> {
  const error = await dialled.then(
    () => new Error("was fulfilled"),
    (reason: unknown) => reason,
  );
  const failure = causeChain(error).find((item) => item instanceof FailureError);
  if (!failure) throw error;
  return failure.failure.cause;
}

let listener: Fault;
beforeAll(async () => {
  listener = await blackHole();
});
afterAll(() => listener.close());

/** Dials by one way with the policy as it is without configuration. */
async function dial(
  way: Way,
  host: string,
  resolveHost?: ResolveHost,
  port = listener.port,
): Promise<string> {
  const { dialler } = harness({
    addresses: { apiServers: () => API_SERVERS },
    ...(resolveHost ? { resolveHost } : {}),
  });
  try {
    return (await causeOf(way(dialler, host, port))) ?? "none";
  } finally {
    dialler.close();
  }
}

function reaches(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (reached: boolean) => () => {
      socket.destroy();
      resolve(reached);
    };
    socket.once("connect", end(true)).once("error", end(false));
  });
}

it("the set has more than 60 spellings, and leads a dialler that checks nothing to loopback", async () => {
  expect(new Set([...LOOPBACK, ...FORBIDDEN]).size).toBeGreaterThanOrEqual(60);
  const careless = await blackHole();
  const reached = await Promise.all(LOOPBACK.map((host) => reaches(host, careless.port)));
  await careless.close();
  expect(reached.filter(Boolean).length).toBeGreaterThan(LOOPBACK.length * 0.8);
});

describe.each(WAYS)("%s", (name, way) => {
  it("reaches none of the addresses that may not be dialled, however they are spelled", async () => {
    const before = listener.seen();
    const denied = new Set<string>();
    for (const host of [...LOOPBACK, ...FORBIDDEN]) {
      const cause = await dial(way, host);
      // A resolver may know fewer spellings than others, but what it knows must be refused by the policy.
      expect(["AddressDenied", "NameResolutionFailed"], host).toContain(cause);
      if (cause === "AddressDenied") denied.add(host);
    }
    expect(denied.size).toBeGreaterThanOrEqual(60);
    expect(listener.seen()).toBe(before);
  });

  it("takes no text for a host that could be read in two ways", async () => {
    const before = listener.seen();
    // Node's HTTP client takes brackets and an empty name its own way, which leads to an address that is refused.
    const isHttp = name.endsWith("agent");
    const causes = isHttp ? ["InvalidConfiguration", "AddressDenied"] : ["InvalidConfiguration"];
    // And it refuses control characters, and what is no ASCII, by itself.
    for (const host of AMBIGUOUS.filter((text) => !isHttp || /^[\x20-\x7e]*$/.test(text))) {
      expect(causes, host).toContain(await dial(way, host));
    }
    expect(listener.seen()).toBe(before);
  });

  it.each(METADATA)("refuses %s by what it resolves to", async (host, answer) => {
    expect(await dial(way, host, fixedResolver(answer), 443)).toBe("AddressDenied");
  });

  it("refuses a name whose answer was good when it was checked and is another when it is dialled", async () => {
    const answers = ["127.0.0.1", "127.0.0.99"];
    let asked = 0;
    const rebinding: ResolveHost = () => {
      const address = answers[asked++] ?? "";
      return Promise.resolve([{ address, family: 4 }]);
    };
    const { dialler } = harness({ addresses: { allow: ["127.0.0.1"] }, resolveHost: rebinding });
    await dialler.connect({ host: "rebinding.example", port: listener.port });
    await vi.waitFor(() => expect(listener.open()).toBe(1));
    const before = listener.seen();
    expect(await causeOf(way(dialler, "rebinding.example", listener.port))).toBe("AddressDenied");
    expect(asked).toBe(2);
    expect(listener.seen()).toBe(before);
    dialler.close();
  });
});
