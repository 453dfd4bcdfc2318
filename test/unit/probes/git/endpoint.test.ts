import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FailureError } from "../../../../capabilities/domain/failure";
import { branchRef } from "../../../../capabilities/probes/git/branch";
import { parseEndpoint } from "../../../../capabilities/probes/git/endpoint";
import { runs } from "../../../fixtures/property";

describe("the endpoint of a git sink", () => {
  it.each([
    [
      "https://git.example.com/platform/inventory.git",
      {
        transport: "https",
        host: "git.example.com",
        port: 443,
        path: "/platform/inventory.git",
        url: "https://git.example.com/platform/inventory.git",
      },
    ],
    [
      "http://git.shop.svc:3000/inventory/",
      {
        transport: "http",
        host: "git.shop.svc",
        port: 3000,
        path: "/inventory/",
        url: "http://git.shop.svc:3000/inventory/",
      },
    ],
    [
      "https://git.example.com/my project/r.git#",
      {
        transport: "https",
        host: "git.example.com",
        port: 443,
        path: "/my project/r.git",
        url: "https://git.example.com/my%20project/r.git",
      },
    ],
    [
      "https://kollect@[fd00::5]:8443/a%20b.git#branch=feature/x",
      {
        transport: "https",
        host: "fd00::5",
        port: 8443,
        path: "/a b.git",
        url: "https://[fd00::5]:8443/a%20b.git",
        hasUserinfo: true,
        branch: "feature/x",
      },
    ],
    [
      "ssh://git@git.example.com/platform/inventory.git",
      { transport: "ssh", host: "git.example.com", port: 22, path: "/platform/inventory.git", user: "git" },
    ],
    [
      "ssh://git.example.com:2222/~kollect/a%20b.git#branch=main",
      { transport: "ssh", host: "git.example.com", port: 2222, path: "/~kollect/a b.git", branch: "main" },
    ],
    ["ssh://[fd00::5]:22/r", { transport: "ssh", host: "fd00::5", port: 22, path: "/r" }],
  ])("is read from %s", (text, endpoint) => {
    expect(parseEndpoint(text)).toEqual(endpoint);
  });

  const SECRET = "s3cret-of-tests";
  it.each([
    [undefined, "is missing"],
    ["  ", "is missing"],
    [`https://git.example.com/r.git?private_token=${SECRET}`, "has a query"],
    ["https://git.example.com/r.git?", "has a query"],
    ["https://git.example.com/r.git#main", "fragment"],
    ["https://git.example.com/r.git#branch=", "fragment"],
    ["https://git.example.com", "names no repository"],
    ["https://git.example.com//", "names no repository"],
    ["ssh://git@git.example.com/", "names no repository"],
    ["git@git.example.com:", "is not a URL. Write https://"],
    ["git@git.example.com:o/r.git", "Write ssh://git@git.example.com/o/r.git with spec.git.auth.type: ssh"],
    ["git.example.com:/srv/r.git#branch=a", "Write ssh://git.example.com/srv/r.git with"],
    ["git@[fd00::5]:r.git", "Write ssh://git@[fd00::5]/r.git with"],
    ["git@host:7999/r.git", "Write ssh://git@host:7999/r.git with"],
    [`${SECRET}!@host:o/r.git`, "Write ssh://host/o/r.git with"],
    ["ssh://git@git.example.com:o/r.git", "Write ssh://git@git.example.com/o/r.git."],
    [`ssh://git:${SECRET}@git.example.com:o/r.git`, "Write ssh://git.example.com/o/r.git."],
    ["git://git.example.com/r.git", "has the scheme git://, which the exporter does not accept"],
    ["git+ssh://git@git.example.com/r.git", "has the scheme git+ssh://"],
    ["file:///etc/passwd", "names a file"],
    ['"https://git.example.com/r.git"', "is enclosed in quotes"],
    ["git clone https://git.example.com/r.git", "begins with a command"],
    ["https://git.example.com/<group>/r.git", "holds a placeholder"],
    ["https:/git.example.com/r.git", "lacks a slash after the scheme"],
    ["https://https://git.example.com/r.git", "has its scheme twice"],
    ["https://git.example.com/g/r/-/tree/main", "is the address of a page"],
    ["https://github.com/g/r/tree/main", "is the address of a page"],
    ["https://", "is not a URL"],
    ["https://git.example.com:99999/r.git", "is not a URL"],
    ["/srv/git/r.git", "names a file"],
    ["inventory", "is not a URL"],
    ["https://git.example.com/a\tb.git", "white space or control characters"],
    ["https://git.example.com/a\u0000.git", "white space or control characters"],
    ["https://git example.com/a.git", "is not a URL"],
    ["https://a b@git.example.com/a.git", "holds spaces"],
    ["https://git%2Eexample.com/a.git", "has a '%' in its host"],
    ["https://u:%zz@git.example.com/a.git", "percent escapes that are not text"],
    ["ssh://git@git.example.com/a%00b.git", "not text"],
    ["ssh://git@git.example.com/a%ffb.git", "not text"],
    [`https://git.example.com/${"a".repeat(3000)}`, "longer than"],
  ])("is refused when it is %s", (text, words) => {
    const failure = failureOf(() => parseEndpoint(text));
    expect(failure.cause).toBe("InvalidConfiguration");
    expect(failure.message).toContain(words);
    expect(failure.message).not.toContain(SECRET);
  });

  it("is read without the userinfo of an http URL, and without a password", () => {
    const http = parseEndpoint(`https://kollect:${SECRET}@git.example.com/r.git`);
    const ssh = parseEndpoint(`ssh://git:${SECRET}@git.example.com/r.git`);
    expect(JSON.stringify([http, ssh])).not.toContain(SECRET);
    expect(ssh).toMatchObject({ user: "git" });
  });

  it("is read or refused clearly whatever it is", () => {
    const parts = fc.constantFrom(
      "https://",
      "ssh://",
      "git@",
      "host",
      ":",
      "/",
      "#branch=",
      "@",
      "[",
      "]",
      "%2",
      "..",
      "?",
      "é",
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(parts, { maxLength: 12 }).map((all) => all.join("")),
    );
    fc.assert(
      fc.property(text, (endpoint) => {
        const outcome = attempt(() => parseEndpoint(endpoint));
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(FailureError);
      }),
      { numRuns: runs(3000) },
    );
  });
});

describe("the branch of a git sink", () => {
  it.each([
    ["main", "refs/heads/main"],
    ["release/2026.1", "refs/heads/release/2026.1"],
    [" main ", "refs/heads/main"],
  ])("%s is %s in full", (name, full) => {
    expect(branchRef(name, "spec.git.branch")).toBe(full);
  });

  it.each([
    ..."~^:?*[\\ \u0007@é".split("").map((character) => `a${character}b`),
    ...[
      "-a",
      "/a",
      "a/",
      "a//b",
      "a..b",
      "a.lock",
      "x.lock/b",
      ".a",
      "a/.b",
      "a.",
      "a@{b",
      "@",
      "_a",
      "refs/heads/main",
      "ünïcode-✓",
      "a".repeat(1025),
    ],
  ])("%j is refused, as the exporter or Git does", (name) => {
    const failure = failureOf(() => branchRef(name, "spec.git.branch"));
    expect(failure).toMatchObject({ cause: "InvalidConfiguration" });
    expect(failure.message).toContain("spec.git.branch");
  });
});

function attempt(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

function failureOf(run: () => unknown): FailureError["failure"] {
  const error = attempt(run);
  if (error instanceof FailureError) return error.failure;
  throw new Error("was not refused");
}
