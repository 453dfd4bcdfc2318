import { FLUSH, packet, PacketError, type PacketReader } from "../pkt-line";
import type { GitService } from "../transport";

/**
 * Reduces a server's answers to short answers of the same form with what a probe needs. isomorphic-git treats a
 * truncated answer as complete, and keeps all of it in memory: here every packet is read first, a
 * missing end is an error, and of a million references only the wanted ones are kept.
 */

/** Whether the reference of this name is wanted; called once for each reference that a server lists. */
export type Wanted = (name: string) => boolean;

/** Maximum number of lines in each part of an answer, far above that of honest servers. */
const MAX_ANNOUNCED = 16;
const MAX_CAPABILITIES = 256;
const MAX_REFS = 5_000_000;

/** Maximum size of the kept lines, in bytes; other references are dropped, and no honest server needs more. */
const MAX_KEPT_BYTES = 1024 * 1024;

/**
 * gitprotocol-pack(5), "Reference Discovery", and gitprotocol-v2(5), "Capability Advertisement": the first
 * reference, which carries the capabilities, and the wanted ones. Of an offer to accept a push only the first is
 * read: it proves the offer, and the rest may be long.
 * Rejects with {@link PacketError}, or with the source's error.
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

/** Keeps the service's announcement and returns the line after it. */
async function announce(packets: PacketReader, service: GitService, kept: Kept): Promise<string | undefined> {
  let line = await packets.line();
  // Over HTTP most servers announce it (gitprotocol-http(5), "Smart Clients"), and over SSH none.
  const isAnnounced = line?.startsWith("# service=") === true;
  kept.add(isAnnounced && line !== undefined ? line : `# service=${service}`).flush();
  if (isAnnounced) {
    await readLines(packets, MAX_ANNOUNCED, () => undefined);
    line = await packets.line();
  }
  // Version 1 is version 0 after a line that announces it.
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
    // Listed after the references of a shallow repository.
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

/** The name in `<object id> <name>`; a zero byte or a blank after it begins the server's additions. */
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
