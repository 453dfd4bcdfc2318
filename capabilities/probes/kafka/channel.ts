import type { Socket } from "node:net";
import createRequest from "kafkajs/src/protocol/request.js";
import type Encoder from "kafkajs/src/protocol/encoder.js";
import { failed } from "../../domain/failure";
import { whileWaiting } from "../../lib/abort";
import { explained } from "../net/errors";
import { closedError } from "../net/sockets";
import { Frames } from "./frames";
import type { KafkaWhere } from "./errors";
import { MalformedAnswer, Reader } from "./reader";

/** Client ID, for the broker's logs and quotas. */
const CLIENT_ID = "kollect-connection-test";

export interface KafkaRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly encode: () => Promise<Encoder>;
  /** Size of the longest answer, in bytes; absent means that of {@link Frames}. */
  readonly maxAnswerBytes?: number;
}

/** A connection to a broker; one request at a time. */
export interface Channel {
  /** Rejects with `FailureError`, with a network cause or `ProtocolError`, or with the signal's reason. */
  ask<T>(request: KafkaRequest, decode: (answer: Reader) => T): Promise<T>;
  close(): void;
}

/** Opens a channel with Kafka's framing on a connected socket. */
export function openChannel(socket: Socket, where: KafkaWhere, signal: AbortSignal): Channel {
  const frames = new Frames();
  let correlationId = 0;
  let waiting: { resolve(frame: Buffer): void; reject(error: unknown): void } | undefined;
  let ended: unknown;

  function end(error: unknown): void {
    ended ??= error;
    waiting?.reject(ended);
    waiting = undefined;
    socket.destroy();
  }
  socket.on("data", (chunk: Buffer) => {
    const fault = frames.push(chunk);
    if (fault) return end(notKafka(where, fault));
    const frame = frames.next();
    if (!frame) return;
    waiting?.resolve(frame);
    waiting = undefined;
  });
  socket.on("error", (error) => end(explained(error, where, signal)));
  socket.on("end", () => end(explained(closedError(), where, signal)));
  socket.on("close", () => end(explained(closedError(), where, signal)));

  async function exchange(request: KafkaRequest): Promise<Reader> {
    const id = (correlationId += 1);
    const message = await createRequest({ correlationId: id, clientId: CLIENT_ID, request });
    const answer = new Promise<Buffer>((resolve, reject) => {
      if (ended !== undefined) return reject(ended as Error);
      waiting = { resolve, reject };
      frames.expect(request.maxAnswerBytes);
      socket.write(message.buffer);
    });
    const reader = new Reader(await whileWaiting(signal, answer));
    if (reader.int32() !== id) throw new MalformedAnswer();
    return reader;
  }
  async function ask<T>(request: KafkaRequest, decode: (answer: Reader) => T): Promise<T> {
    try {
      return decode(await exchange(request));
    } catch (error) {
      if (error instanceof MalformedAnswer) throw notKafka(where, "other");
      throw error;
    }
  }
  return { ask, close: () => end(closedError()) };
}

/** The failure for a peer whose protocol is not Kafka's. */
export function notKafka({ endpoint, plan }: KafkaWhere, speaks: "tls" | "other"): Error {
  if (speaks === "tls") {
    return failed(
      "TLSFailed",
      `Kafka at ${endpoint} requires TLS, and the sink does not use it. ${plan.tlsAdvice}`,
    );
  }
  return failed(
    "ProtocolError",
    `${endpoint} did not answer as a Kafka broker does. Check the port, and that no proxy answers instead.`,
  );
}
