import { describe, expect, it } from "vitest";
import { parseHostPort } from "../../../../capabilities/probes/host-port";
import { isHost } from "../../../../capabilities/probes/net/names/host-name";

const LABEL = "a".repeat(63);

describe("a host", () => {
  it.each([
    ...[
      "db",
      "db.shop",
      "db.shop.svc.cluster.local.",
      "DB-0.db_headless.shop",
      "xn--bcher-kva.example",
      "7.example",
    ],
    ...["10.0.0.5", "0x7f.1", "2130706433", "::", "fd00::5", "::ffff:10.0.0.5", "fe80::1%eth0"],
    [LABEL, LABEL, LABEL, "a".repeat(61)].join("."),
  ])("is %s", (text) => {
    expect(isHost(text)).toBe(true);
  });

  it.each([
    ...[
      "",
      ".",
      "..",
      ".db",
      "db..shop",
      "db.shop..",
      "-db",
      "db-",
      "db.-shop",
      "*.shop",
      "a+b",
      "a,b",
      "a=b",
    ],
    ...[
      "\0",
      "\u0001db",
      "db\u007f",
      "db\n",
      "\tdb",
      " db",
      "d b",
      "db\u00a0",
      "db\u200b",
      "db\u00ad",
      "\u202edb",
    ],
    ...["\ufeffdb", "db\u2028", "db\ud800", "bücher.example", "ｄｂ", "db。shop", "😀.example", "ﬁ.example"],
    ...["u@db", "u:p@db", "db:5432", "db?x", "db#x", "db/x", "db\\x", "[db]", "[fd00::5]", "db%00", "db%41"],
    ...["fd00::5%", "fd00::5%a b", "fd00::5%\0", "fd00::g", "1:2:3", ":", "::1\0", "::1]", "fd00::5%a/b"],
    ...[`${LABEL}a`, `${"a.".repeat(127)}a`, "a".repeat(100_000), ":".repeat(100_000)],
  ])("is not %j", (text) => {
    expect(isHost(text)).toBe(false);
  });
});

describe("a host and its port", () => {
  it.each([
    ["db:1", { host: "db", port: 1 }],
    ["db", { host: "db", port: 7 }],
    ["[fd00::5]:65535", { host: "fd00::5", port: 65_535 }],
    ["[fd00::5]", { host: "fd00::5", port: 7 }],
  ])("are read from %s", (text, target) => {
    expect(parseHostPort(text, 7)).toEqual(target);
  });

  it.each([
    "",
    ":1",
    "db:",
    "db:0",
    "db:65536",
    "db:1:2",
    "fd00::5",
    "[db]:1",
    "[10.0.0.5]:1",
    "[]:1",
    "\0:1",
  ])("are not read from %j", (text) => {
    expect(parseHostPort(text, 7)).toBeUndefined();
  });
});
