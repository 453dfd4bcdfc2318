import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  linesFor,
  lookupName,
  matchesPatterns,
  parseKnownHosts,
} from "../../../../capabilities/probes/git/ssh/known-hosts";
import { FailureError } from "../../../../capabilities/domain/failure";
import { runs } from "../../../fixtures/property";

const KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIE0UQJSqe7BwpSGlyNGTEzcKYHsl8FWjz4cf3Y4qTVXm";
const LINE = `ssh-ed25519 ${KEY}`;
const SOURCE = { secret: "git-credentials", key: "known_hosts", engine: "cli" } as const;
const GO_GIT = { ...SOURCE, engine: "go-git" } as const;

function knows(text: string, host: string, port = 22): boolean {
  return linesFor(parseKnownHosts(text, SOURCE), { host, port, engine: "go-git" }).length > 0;
}

describe("known_hosts", () => {
  it.each([
    ["a plain name", `git.example.com ${LINE}`, "git.example.com", 22, true],
    ["a name in the capitals of the endpoint", `Git.Example.COM ${LINE}`, "Git.Example.COM", 22, true],
    ["a name in other capitals", `git.example.com ${LINE}`, "Git.example.com", 22, false],
    ["a port with a leading zero", `git.example.com:022 ${LINE}`, "git.example.com", 22, false],
    ["a star with nothing to stand for", `git.example.com* ${LINE}`, "git.example.com", 22, false],
    ["a star that stands for something", `git.example.* ${LINE}`, "git.example.com", 22, true],
    ["a byte order mark before the name", `\ufeffgit.example.com ${LINE}`, "git.example.com", 22, false],
    ["one of several names", `a.example.com,git.example.com,10.0.0.5 ${LINE}`, "10.0.0.5", 22, true],
    ["a name with its port", `[git.example.com]:2222 ${LINE}`, "git.example.com", 2222, true],
    ["the usual port in brackets", `[git.example.com]:22 ${LINE}`, "git.example.com", 2222, false],
    ["a name without its port", `git.example.com ${LINE}`, "git.example.com", 2222, false],
    ["any name, for the usual port", `* ${LINE}`, "git.example.com", 2222, false],
    ["any name with its port", `[*]:2222 ${LINE}`, "git.example.com", 2222, true],
    ["a name and its port without brackets", `git.example.com:2222 ${LINE}`, "git.example.com", 2222, true],
    ["the usual port written out", `[git.example.com]:22 ${LINE}`, "git.example.com", 22, true],
    ["a pattern", `*.example.com ${LINE}`, "git.example.com", 22, true],
    ["a pattern for one character", `git?.example.com ${LINE}`, "git.example.com", 22, false],
    ["an excluded name", `*.example.com,!git.example.com ${LINE}`, "git.example.com", 22, false],
    ["only exclusions", `!other.example.com ${LINE}`, "git.example.com", 22, false],
    [
      "tabs, a comment and a carriage return",
      `git.example.com\t${LINE} key of 2026\r`,
      "git.example.com",
      22,
      true,
    ],
    [
      "a line behind broken ones",
      `# a\nbroken\n|1|x ${LINE}\ngit.example.com ${LINE}`,
      "git.example.com",
      22,
      true,
    ],
    // Written by OpenSSH's ssh-keygen -H.
    [
      "a hashed name",
      `|1|kgvzMbN4IkycpqBJ96E3D8Zfe8A=|jPFV0HwGx6snJKOlmFL2PAZUNwM= ${LINE}`,
      "git.example.com",
      22,
      true,
    ],
    [
      "a hash of another name",
      `|1|kgvzMbN4IkycpqBJ96E3D8Zfe8A=|jPFV0HwGx6snJKOlmFL2PAZUNwM= ${LINE}`,
      "git2.example.com",
      22,
      false,
    ],
    [
      "an unknown kind of hash",
      `|2|kgvzMbN4IkycpqBJ96E3D8Zfe8A=|jPFV0HwGx6snJKOlmFL2PAZUNwM= ${LINE}`,
      "git.example.com",
      22,
      false,
    ],
    ["an IPv6 address", `fd00::5 ${LINE}`, "fd00::5", 22, true],
    ["an IPv6 address with a port", `[fd00::5]:2222 ${LINE}`, "fd00::5", 2222, true],
  ])("with %s", (_, text, host, port, expected) => {
    expect(knows(text, host, port)).toBe(expected);
  });

  it("keeps markers apart from names", () => {
    const known = parseKnownHosts(
      `@revoked * ${LINE}\n@cert-authority *.example.com ${LINE}\n@new * ${LINE}`,
      SOURCE,
    );
    expect(known.lines.map(({ marker, hosts }) => [marker, hosts])).toEqual([
      ["@revoked", "*"],
      ["@cert-authority", "*.example.com"],
    ]);
    expect(known.unreadable).toBe(1);
  });

  it.each([
    ["no lines", "# nothing\n\n"],
    ["a key of another type than it says", `git.example.com ssh-rsa ${KEY}`],
    ["a key that is no base64", "git.example.com ssh-ed25519 ***"],
    ["a key with too much padding", `git.example.com ${LINE}=`],
    ["a cut key", `git.example.com ssh-ed25519 ${KEY.slice(0, 16)}`],
    ["a key that lacks its last bytes", `git.example.com ssh-ed25519 ${KEY.slice(0, 60)}`],
    ["a key with more bytes behind it", `git.example.com ssh-ed25519 ${KEY}AAAA`],
    [
      "a key of an unknown type",
      `git.example.com x ${Buffer.from("\0\0\0\x01x\0\0\0\x01y").toString("base64")}`,
    ],
    [
      "a private key",
      "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjE\n-----END OPENSSH PRIVATE KEY-----",
    ],
  ])("with %s is refused", (_, text) => {
    const refuse = (): unknown => parseKnownHosts(text, SOURCE);
    expect(refuse).toThrow(FailureError);
    expect(refuse).toThrow(/The key known_hosts of Secret git-credentials has no valid line/);
  });

  it("with one line that cannot be read is refused for go-git, which then takes none", () => {
    const text = `# hosts\n\nbroken line\ngit.example.com ${LINE}`;
    expect(parseKnownHosts(text, SOURCE)).toMatchObject({ unreadable: 1 });
    expect(() => parseKnownHosts(text, GO_GIT)).toThrow(/cannot be read in line 3.*the whole file/);
  });

  it("is looked up by its plain name for the engine cli, whatever the port", () => {
    const name = { host: "git.example.com", port: 2222, engine: "cli" } as const;
    const lines = (text: string): number => linesFor(parseKnownHosts(text, SOURCE), name).length;
    expect(lines(`git.example.com ${LINE}`)).toBe(1);
    expect(lines(`* ${LINE}`)).toBe(1);
    expect(lines(`[git.example.com]:2222 ${LINE}`)).toBe(0);
  });

  it.each([
    [
      "a fingerprint",
      "SHA256:vIBfJz8LfdrtgvBXwaosUyfifUqF0UL9ptKieb8K0oQ",
      "a fingerprint instead of the key",
    ],
    [
      "a fingerprint behind a host",
      "git.example.com SHA256:vIBfJz8LfdrtgvBXwaosUyfifUqF0UL",
      "a fingerprint",
    ],
    ["a key without a host", `${LINE} root@git`, "the name of the host is missing"],
    ["a base64 text of it", Buffer.from(`git.example.com ${LINE}\n`).toString("base64"), "base64 twice"],
    ["escaped line ends", `a.example ${LINE}\\nb.example ${LINE}\\n`, "two characters \\n"],
    ["quotes around it", `"git.example.com ${LINE}"`, "enclosed in quotes"],
  ])("that is %s is refused with what to write instead", (_, text, words) => {
    for (const source of [SOURCE, GO_GIT]) {
      expect(() => parseKnownHosts(text, source)).toThrow(FailureError);
      expect(() => parseKnownHosts(text, source)).toThrow(words);
      expect(() => parseKnownHosts(text, source)).not.toThrow(KEY);
    }
  });

  it("is read or refused whatever it is, and quickly", () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom("*", "!", "@revoked", "|1|a|b", "ssh-ed25519", KEY, "[a]:1", ","),
    );
    const line = fc.array(word, { maxLength: 6 }).map((words) => words.join(" "));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 5 }), (lines) => {
        try {
          linesFor(parseKnownHosts(lines.join("\n"), SOURCE), {
            host: "git.example.com",
            port: 2222,
            engine: "go-git",
          });
        } catch (error) {
          expect(error).toBeInstanceOf(FailureError);
        }
      }),
      { numRuns: runs(3000) },
    );
  });

  it("is searched in time with as many stars and question marks as it may have", () => {
    const hosts = [`${"*a".repeat(500)}*`, ...Array.from({ length: 120 }, () => `*${"?".repeat(120)}b`)];
    const text = hosts.map((each) => `${each} ${LINE}\n`).join("");
    const startedAt = performance.now();
    expect(knows(text, "a".repeat(253))).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  });

  it("names hosts as the engine looks for them", () => {
    const engine = "go-git";
    expect(lookupName({ host: "Git.Example.com", port: 22, engine })).toBe("Git.Example.com");
    expect(lookupName({ host: "Git.Example.com", port: 22, engine: "cli" })).toBe("git.example.com");
    expect(lookupName({ host: "fd00::5", port: 2222, engine })).toBe("[fd00::5]:2222");
    expect(lookupName({ host: "git.example.com", port: 2222, engine: "cli" })).toBe("git.example.com");
  });

  it.each([
    ["*", "", true],
    ["a*c", "abbc", true],
    ["a*c", "abcd", false],
    ["*.*", "a.b", true],
    ["a?", "a", false],
    ["a**", "a", true],
    ["*ab", "aab", true],
  ])("pattern %s for %j: %s", (pattern, text, expected) => {
    expect(matchesPatterns(pattern, text)).toBe(expected);
  });
});
