import { createSocket, type Socket } from "node:dgram";
import { isIP, type AddressInfo } from "node:net";

const A = 1;
const TXT = 16;
const AAAA = 28;
const SRV = 33;
const NAME_ERROR = 3;
const SERVER_FAILURE = 2;

export interface DnsRecords {
  /** By name: addresses of both families. */
  readonly addresses?: Readonly<Record<string, readonly string[]>>;
  /** By name: hosts with their ports. */
  readonly srv?: Readonly<Record<string, ReadonlyArray<{ readonly host: string; readonly port: number }>>>;
  /** By name: one text for each record. */
  readonly txt?: Readonly<Record<string, readonly string[]>>;
  /** Names for which the server fails. */
  readonly failing?: readonly string[];
  /** Names that it does not answer for, or all that end in one of them when they begin with a dot. */
  readonly silent?: readonly string[];
}

export interface DnsServer {
  /** As `Resolver.setServers` takes it. */
  readonly address: string;
  /** The names that it was asked for, in order, once for each question. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** A DNS server on loopback that knows A, AAAA, SRV and TXT records. Source: RFC 1035, section 4; RFC 2782. */
export async function startDns(records: DnsRecords): Promise<DnsServer> {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  socket.on("message", (query, peer) => {
    asked.push(readName(query).name);
    const answer = answerTo(query, records);
    if (answer) socket.send(answer, peer.port, peer.address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(0, "127.0.0.1", resolve);
  });
  const close = (): Promise<void> => new Promise((resolve) => socket.close(() => resolve()));
  return { address: addressOf(socket), asked, close };
}

function addressOf(socket: Socket): string {
  const { address, port }: AddressInfo = socket.address();
  return `${address}:${port}`;
}

function answerTo(query: Buffer, records: DnsRecords): Buffer | undefined {
  const { name, end } = readName(query);
  if (records.silent?.some((one) => (one.startsWith(".") ? name.endsWith(one) : name === one)))
    return undefined;
  const type = query.readUInt16BE(end);
  const data = dataOf(type, name, records);
  const header = Buffer.alloc(12);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(0x8180 | statusOf(name, records), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(data.length, 6);
  return Buffer.concat([header, query.subarray(12, end + 4), ...data.map((bytes) => record(type, bytes))]);
}

function dataOf(type: number, name: string, records: DnsRecords): Buffer[] {
  if (type === SRV) return srvData(records.srv?.[name]);
  if (type === A || type === AAAA) return addressData(records.addresses?.[name], type === A ? 4 : 6);
  return type === TXT ? txtData(records.txt?.[name]) : [];
}

function statusOf(name: string, { addresses = {}, srv = {}, txt = {}, failing = [] }: DnsRecords): number {
  if (failing.includes(name)) return SERVER_FAILURE;
  return name in addresses || name in srv || name in txt ? 0 : NAME_ERROR;
}

function readName(query: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), end: at + 1 };
}

function addressData(addresses: readonly string[] = [], family: 4 | 6): Buffer[] {
  return addresses.filter((address) => isIP(address) === family).map((address) => bytesOf(address, family));
}

/** IPv6 addresses are written with all their groups or one `::`. */
function bytesOf(address: string, family: 4 | 6): Buffer {
  if (family === 4) return Buffer.from(address.split(".").map(Number));
  const [head = [], tail = []] = address.split("::").map((part) => part.split(":").filter(Boolean));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => "0");
  return Buffer.from([...head, ...zeros, ...tail].map((group) => group.padStart(4, "0")).join(""), "hex");
}

function srvData(hosts: ReadonlyArray<{ readonly host: string; readonly port: number }> = []): Buffer[] {
  return hosts.map(({ host, port }) => {
    const fields = Buffer.alloc(6);
    fields.writeUInt16BE(port, 4);
    return Buffer.concat([fields, nameBytes(host)]);
  });
}

function txtData(texts: readonly string[] = []): Buffer[] {
  return texts.map((text) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]));
}

function nameBytes(name: string): Buffer {
  const labels = name
    .split(".")
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

/** With a pointer to the question's name. */
function record(type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
