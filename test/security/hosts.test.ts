import { describe, expect, it } from "vitest";
import { SINK_TYPES, type SinkType } from "../../capabilities/api/vocabulary";
import { isHost } from "../../capabilities/probes/net/names/host-name";
import { PROBES } from "../../capabilities/probes/registry";
import { TEST_BACKENDS } from "../fixtures/backends";
import type { HostPlace } from "../fixtures/backends/backend";
import { expectShowable, outcomeOf } from "./hostile";
import { planned, sinkAt } from "./sinks";

/** Every place where a sink or its Secret can say which host is dialled. */
const PLACES = SINK_TYPES.flatMap((type) =>
  TEST_BACKENDS[type].sink.hosts.map((place) => [place.what, type, place] as const),
);

const LOGIN = { username: "u", password: "secret" };

/** Refused wherever they stand. */
const NO_HOSTS = [
  ...["\0", "d\0b.shop", "\u0001db.shop", "db\u001b[31m.shop", "db\u007f.shop", "db\nshop", "db shop"],
  ...[
    "db\u202e.shop",
    "db\ud800.shop",
    "-db.shop",
    "db..shop",
    "db.-shop",
    "db%00.shop",
    "db%20.shop",
    "[db.shop",
  ],
  ...["db.shop?x=1#y", "db\\shop:x", "d^b.shop", "d|b.shop", "<db>.shop", "d*b.shop", "d$b.shop"],
  `${"a".repeat(64)}.shop`,
];

/** Refused, or read as the ASCII name that a URL makes of them. */
const INTERNATIONAL: Readonly<Record<string, string>> = {
  "bücher.example": "xn--bcher-kva.example",
  "😀.example": "xn--e28h.example",
  "ｄｂ.example": "db.example",
  "db。example": "db.example",
  "d\u00adb.example": "db.example",
  "d\u200bb.example": "db.example",
};

function plan(
  type: SinkType,
  place: HostPlace,
  host: string,
): ReturnType<typeof outcomeOf<{ readonly endpoint: string }>> {
  const sink = sinkAt(type, place.endpoint?.(host) ?? "");
  const values = Object.entries({ ...LOGIN, ...place.secret?.(host) });
  const data = new Map(values.map(([key, text]) => [key, Buffer.from(text)]));
  return outcomeOf(() => planned(PROBES[type], sink, data));
}

describe.each(PLACES)("the host of %s", (_what, type, place) => {
  it.each(NO_HOSTS)("is never %j", (host) => {
    const { failure, value } = plan(type, place, host);
    expect(value?.endpoint).toBeUndefined();
    expect(["InvalidConfiguration", "SecretValueInvalid"]).toContain(failure?.cause);
    expectShowable({ message: failure?.message ?? "" });
    expect(failure?.message).toMatch(place.names);
    expect(failure?.message).not.toContain("secret");
  });

  it.each(Object.entries(INTERNATIONAL))("%s is ASCII or refused", (host, ascii) => {
    const { failure, value } = plan(type, place, host);
    if (place.form === "plain" || failure) expect(failure?.message).toMatch(place.names);
    else if (place.endpoint?.(host) !== place.endpoint?.("")) expect(value?.endpoint).toContain(ascii);
    expect(isHost(ascii)).toBe(true);
  });
});
