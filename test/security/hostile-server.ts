import fc from "fast-check";
import type { Socket } from "node:net";
import type { SinkType } from "../../capabilities/api/vocabulary";
import { setTimeout as sleep } from "node:timers/promises";
import { faultServer, type Fault } from "../../lab/faults";
import { TEST_BACKENDS } from "../fixtures/backends";
import { said, type Answer } from "../fixtures/hostile-words";

/** Text and bytes of no protocol, and answers in that of every backend. */
const dialects: ReadonlySet<fc.Arbitrary<Answer>> = new Set([
  said.map(
    (words): Answer =>
      (received) =>
        Buffer.from(words(received)),
  ),
  fc.uint8Array({ maxLength: 300 }).map(
    (bytes): Answer =>
      () =>
        Buffer.from(bytes),
  ),
  ...Object.values(TEST_BACKENDS).flatMap(({ server }) => server.answers),
]);

/** How one connection goes: a greeting or none, then one answer for each thing that the client says. */
export interface Script {
  readonly greets: boolean;
  readonly answers: readonly Answer[];
  /** How many packets an answer arrives in, so that a word may come in two halves. */
  readonly packets: number;
}

const packets = fc.constantFrom(1, 1, 2, 3, 7);

const anything: fc.Arbitrary<Script> = fc.record({
  greets: fc.boolean(),
  answers: fc.array(fc.oneof(...dialects), { minLength: 1, maxLength: 5 }),
  packets,
});

/** More than a client of one connection says. */
const ANSWERS = 12;

/** Conversations with a client of this type: any answers, and those of a server that leads it elsewhere. */
export function scripts(type: SinkType): fc.Arbitrary<Script> {
  const { dialogues = [] } = TEST_BACKENDS[type].server;
  const led = dialogues.map((dialogue) =>
    fc.tuple(dialogue, packets).map(([answer, count]): Script => {
      return { greets: false, answers: new Array<Answer>(ANSWERS).fill(answer), packets: count };
    }),
  );
  return fc.oneof({ weight: 2, arbitrary: anything }, ...led.map((arbitrary) => ({ weight: 1, arbitrary })));
}

/** Plays the script on every connection and hangs up at its end. */
export function hostileServer({ greets, answers, packets }: Script): Promise<Fault> {
  return faultServer((socket: Socket) => {
    socket.setNoDelay(true);
    let at = 0;
    const next = async (received: Buffer): Promise<void> => {
      const answer = answers[at++];
      const last = at >= answers.length;
      if (answer) await writeInPackets(socket, answer(received, socket.localPort ?? 0), packets);
      if (last) socket.end();
    };
    if (greets) void next(Buffer.alloc(0));
    socket.on("data", (received) => void next(received));
  });
}

async function writeInPackets(socket: Socket, bytes: Buffer, packets: number): Promise<void> {
  const size = Math.max(1, Math.ceil(bytes.length / packets));
  for (let from = 0; from < bytes.length && socket.writable; from += size) {
    if (from > 0) await sleep(1);
    socket.write(bytes.subarray(from, from + size));
  }
}
