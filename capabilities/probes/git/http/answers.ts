import { FLUSH, packet, PacketError, type PacketReader } from "../pkt-line";
import type { GitService } from "../transport";

/**
 * What a probe needs to know of a server's answers, as short answers of the same form. isomorphic-git takes an
 * answer that was cut off for one that ends, and holds all of it in memory: here every packet is read first, a
 * missing end is an error, and of a million references only the wanted ones are kept.
 */

/** Whether the reference of this name matters; asked once for each that a server lists. */
export type Wanted = (name: string) => boolean;

/** Lines of each part of an answer, far above those of honest servers. */
const MAX_ANNOUNCED = 16;
const MAX_CAPABILITIES = 256;
const MAX_REFS = 5_000_000;

/** What names no reference is dropped; no honest server needs more for the rest. */
const MAX_KEPT_BYTES = 1024 * 1024;

/**
 * gitprotocol-pack(5), "Reference Discovery", and gitprotocol-v2(5), "Capability Advertisement": the first
 * reference, which carries the capabilities, and the wanted ones. Of an offer to take a push only the first is
 * read: it proves the offer, and the rest may be long.
 * Rejects with {@link PacketError}, or with what the source rejects with.
 */
export async function advertisementOf(
  packets: PacketReader,
  service: GitService,
  wanted: Wanted,
): Promise<Buffer> {
  const kept = new Kept();
  const first = await announce(packets, service, kept);
  if (first === "version 2") await keepCapabilities(packets, kept.add(first));
  else await keepRefs(packets, { kept, wanted, first, isOffer: service === "git-receive-pack" });
  return kept.flush().bytes();
}

/** gitprotocol-v2(5), "ls-refs": the first reference, because there is one, and the wanted ones. Rejects as {@link advertisementOf}. */
export async function listingOf(packets: PacketReader, wanted: Wanted): Promise<Buffer> {
  const kept = new Kept();
  await keepRefs(packets, { kept, wanted, first: await packets.line() });
  return kept.flush().bytes();
}

/** Keeps the service's announcement and gives the line behind it. */
async function announce(packets: PacketReader, service: GitService, kept: Kept): Promise<string | undefined> {
  let line = await packets.line();
  // Over HTTP most servers announce it (gitprotocol-http(5), "Smart Clients"), and over SSH none.
  const isAnnounced = line?.startsWith("# service=") === true;
  kept.add(isAnnounced && line !== undefined ? line : `# service=${service}`).flush();
  if (isAnnounced) {
    await readLines(packets, MAX_ANNOUNCED, () => undefined);
    line = await packets.line();
  }
  // Version 1 is version 0 behind a line that says so.
  return line === "version 1" ? packets.line() : line;
}

interface Keeping {
  readonly kept: Kept;
  readonly wanted: Wanted;
  readonly first: string | undefined;
  /** Only the first reference is read. */
  readonly isOffer?: boolean;
}

async function keepRefs(packets: PacketReader, { kept, wanted, first, isOffer }: Keeping): Promise<void> {
  if (first === undefined) return;
  parseRef(first);
  kept.add(first);
  if (isOffer) return;
  await readLines(packets, MAX_REFS, (line) => {
    // Listed behind the references of a repository whose own history is cut.
    if (line.startsWith("shallow ")) return;
    if (wanted(parseRef(line))) kept.add(line);
  });
}

/** Reads lines up to a flush. Rejects with `PacketError` beyond `most` of them: each takes time, however short it is. */
async function readLines(packets: PacketReader, most: number, read: (line: string) => void): Promise<void> {
  let count = 0;
  for (let line = await packets.line(); line !== undefined; line = await packets.line()) {
    count += 1;
    if (count > most) throw new PacketError("oversized");
    read(line);
  }
}

async function keepCapabilities(packets: PacketReader, kept: Kept): Promise<void> {
  await readLines(packets, MAX_CAPABILITIES, (line) => {
    if (/^(agent|object-format)=/.test(line)) kept.add(line);
  });
}

/** The name in `<object id> <name>`, behind which a zero byte or a blank may begin what the server adds. */
function parseRef(line: string): string {
  const [, name] = /^(?:[0-9a-f]{40}|[0-9a-f]{64}) ([^\0 ]+)(?:[\0 ]|$)/.exec(line) ?? [];
  if (name === undefined) throw new PacketError("malformed");
  return name;
}

class Kept {
  readonly #packets: string[] = [];
  #size = 0;

  add(line: string): this {
    return this.#push(packet(`${line}\n`));
  }

  flush(): this {
    return this.#push(FLUSH);
  }

  bytes(): Buffer {
    return Buffer.from(this.#packets.join(""));
  }

  #push(text: string): this {
    this.#size += text.length;
    if (this.#size > MAX_KEPT_BYTES) throw new PacketError("oversized");
    this.#packets.push(text);
    return this;
  }
}
