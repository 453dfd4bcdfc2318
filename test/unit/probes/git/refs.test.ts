import { Errors } from "isomorphic-git";
import { describe, expect, it } from "vitest";
import { advertisementOf, listingOf } from "../../../../capabilities/probes/git/http/answers";
import { FLUSH, packet, PacketError, PacketReader } from "../../../../capabilities/probes/git/pkt-line";
import { expectPush, findRefs, type RefSearch } from "../../../../capabilities/probes/git/refs";
import type { GitAnswer, GitTransport } from "../../../../capabilities/probes/git/transport";

const SHA1 = "a".repeat(40);
const SHA256 = "b".repeat(64);
const MAIN = "refs/heads/main";

/** Short ones in pieces that cut packets apart. */
async function* inChunks(
  text: string,
  size = text.length < 2000 ? 7 : 64 * 1024,
): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

type Recorded = GitTransport & { readonly asked: string[] };

/** Answers in turn with what servers have been seen to send. */
function transport(advertisement: string | readonly string[], ...listings: readonly string[]): Recorded {
  const advertisements = [advertisement].flat();
  const left = [...listings];
  const asked: string[] = [];
  function answer(text: string | undefined, contentType: string): Promise<GitAnswer> {
    if (text === undefined) throw new Error("asked more often than there are answers");
    return Promise.resolve({ status: 200, contentType, packets: new PacketReader(inChunks(text)) });
  }
  return {
    asked,
    advertise: (service, version) => {
      asked.push(`${service} ${version}`);
      return answer(advertisements.shift(), `application/x-${service}-advertisement`);
    },
    ask: (request) => {
      asked.push(Buffer.from(request).toString());
      return answer(left.shift(), "");
    },
    explain: () => Promise.reject(new Error("not asked")),
    close: () => Promise.resolve(),
  };
}

function search(...names: readonly string[]): RefSearch {
  return { names };
}

function isMain(name: string): boolean {
  return name === MAIN;
}

/** The fault of a packet, or the code of isomorphic-git's error. */
async function faultOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof PacketError) return error.fault;
  if (error instanceof Errors.ParseError) return error.code;
  throw new Error("no fault", { cause: error });
}

const HTTP = packet("# service=git-upload-pack\n") + FLUSH;
const V0 = `${packet(`${SHA1} HEAD\0multi_ack agent=git/2.47.1 symref=HEAD:${MAIN}\n`)}${packet(`${SHA1} ${MAIN}\n`)}`;
const V2 = packet("version 2\n") + packet("agent=git/2.47.1\n") + packet("ls-refs=unborn\n");
const LISTED = packet(`${SHA1} ${MAIN}\n`) + FLUSH;

describe("references", () => {
  it.each([
    ["version 0", V0 + FLUSH],
    ["version 0 over HTTP", HTTP + V0 + FLUSH],
    ["version 1", packet("version 1\n") + V0 + FLUSH],
    ["version 0 of a shallow repository", `${V0}${packet(`shallow ${SHA1}\n`)}${FLUSH}`],
    ["SHA-256", packet(`${SHA256} ${MAIN}\0agent=git/2.47.1\n`) + FLUSH],
    [
      "an advertisement with peeled tags",
      `${V0}${packet(`${SHA1} refs/tags/v1\n`)}${packet(`${SHA1} refs/tags/v1^{}\n`)}${FLUSH}`,
    ],
  ])("are found in %s", async (_, advertisement) => {
    const refs = await findRefs(transport(advertisement), search(MAIN, "refs/heads/gone"));
    expect([...refs.found]).toEqual([MAIN]);
    expect(refs).toMatchObject({ isEmpty: false, agent: "git/2.47.1" });
  });

  it.each([
    ["nothing", FLUSH],
    ["nothing over HTTP", HTTP + FLUSH],
    [
      "only capabilities",
      packet(`${"0".repeat(40)} capabilities^{}\0report-status agent=git/2.47.1\n`) + FLUSH,
    ],
    ["only capabilities, SHA-256", packet(`${"0".repeat(64)} capabilities^{}\0agent=git/2.47.1\n`) + FLUSH],
  ])("are none when the server advertises %s", async (_, advertisement) => {
    expect((await findRefs(transport(advertisement), search(MAIN))).isEmpty).toBe(true);
  });

  it.each([
    ["announced", HTTP + V2 + FLUSH],
    ["not announced, as Bitbucket and SSH have it", V2 + packet("object-format=sha1\n") + FLUSH],
  ])("are asked for by name in version 2 when it is %s", async (_, advertisement) => {
    const talk = transport(advertisement, packet(`${SHA1} ${MAIN}2\n`) + LISTED);
    const refs = await findRefs(talk, search(MAIN));
    expect([...refs.found]).toEqual([MAIN]);
    expect(refs.agent).toBe("git/2.47.1");
    expect(talk.asked).toEqual(["git-upload-pack 2", expect.stringContaining(`ref-prefix ${MAIN}${FLUSH}`)]);
  });

  it("are asked for in one request, with what is below a name, of which one is enough", async () => {
    const below = packet(`${SHA1} refs/heads/a/b/c\n`) + packet(`${SHA1} refs/heads/a/b/d\n`);
    const talk = transport(V2 + FLUSH, packet(`${SHA1} refs/heads/a\n`) + below + FLUSH);
    const names = ["refs/heads/a/b", "refs/heads/a"];
    const { found } = await findRefs(talk, { names, below: "refs/heads/a/b" });
    expect([...found]).toEqual(["refs/heads/a", "refs/heads/a/b/c"]);
    expect(talk.asked).toHaveLength(2);
    for (const prefix of [...names, "refs/heads/a/b/"])
      expect(talk.asked[1]).toContain(`ref-prefix ${prefix}`);
  });

  it("of a repository with SHA-256 are taken from version 0, which needs no object format", async () => {
    const advertised = HTTP + V2 + packet("object-format=sha256\n") + FLUSH;
    const old = `${HTTP}${packet(`${SHA256} HEAD\0agent=git/2.47.1 object-format=sha256\n`)}`;
    const talk = transport([advertised, `${old}${packet(`${SHA256} ${MAIN}\n`)}${FLUSH}`]);
    const refs = await findRefs(talk, search(MAIN));
    expect([...refs.found]).toEqual([MAIN]);
    expect(refs.isSha256).toBe(true);
    expect(talk.asked).toEqual(["git-upload-pack 2", "git-upload-pack 0"]);
  });

  it("are looked for in three ways in version 2 before a repository counts as empty", async () => {
    async function isEmpty(...listings: string[]): Promise<boolean> {
      return (await findRefs(transport(V2 + FLUSH, ...listings), search(MAIN))).isEmpty;
    }
    expect(await isEmpty(FLUSH, FLUSH, FLUSH)).toBe(true);
    expect(await isEmpty(FLUSH, FLUSH, packet(`${SHA1} refs/tags/v1\n`) + FLUSH)).toBe(false);
    expect(await isEmpty(FLUSH, packet(`${SHA1} HEAD\n`) + FLUSH)).toBe(false);
  });

  it("that are not wanted are not kept, however many there are", async () => {
    const many = packet(`${SHA1} refs/pull/1/head\n`).repeat(10_000);
    const advertised = new PacketReader(inChunks(`${V0}${many}${FLUSH}`));
    expect((await advertisementOf(advertised, "git-upload-pack", isMain)).toString()).toBe(HTTP + V0 + FLUSH);
    const listed = new PacketReader(inChunks(`${many}${LISTED}`));
    expect((await listingOf(listed, isMain)).length).toBeLessThan(200);
  });

  it.each([
    ["a line that is no reference", packet("hello\n") + FLUSH, "malformed"],
    ["an object id that is too short", packet("abc refs/heads/main\n") + FLUSH, "malformed"],
    ["a first reference without capabilities", packet(`${SHA1} ${MAIN}\n`) + FLUSH, "ParseError"],
    [
      "the offer of another service",
      packet("# service=git-receive-pack\n") + FLUSH + V0 + FLUSH,
      "ParseError",
    ],
    ["an end without a flush", V0, "truncated"],
    ["an end in version 2", V2, "truncated"],
    ["an answer of version 2 that is cut", V2 + FLUSH, "truncated"],
    ["capabilities without end", V2 + packet(`agent=${"a".repeat(60_000)}`).repeat(20) + FLUSH, "oversized"],
  ])("are not read from %s", async (_, advertisement, fault) => {
    expect(await faultOf(findRefs(transport(advertisement, ""), search(MAIN)))).toBe(fault);
  });
});

describe("the offer to take a push", () => {
  const OFFER = packet("# service=git-receive-pack\n") + FLUSH;
  it.each([V0 + FLUSH, OFFER + V0, FLUSH, packet("version 1\n") + V0])("is %j", async (advertisement) => {
    const talk = transport(advertisement);
    await expectPush(talk);
    expect(talk.asked).toEqual(["git-receive-pack 0"]);
  });
  it.each([
    ["<html>", "malformed"],
    [packet("hello"), "malformed"],
    ["", "truncated"],
    [OFFER, "truncated"],
    [HTTP + V0, "ParseError"],
    [packet("ERR read only"), "refused"],
  ])("is not %j", async (advertisement, fault) => {
    expect(await faultOf(expectPush(transport(advertisement)))).toBe(fault);
  });
});
