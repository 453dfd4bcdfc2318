/* eslint-disable no-restricted-syntax -- what the package exports is not ours to name */
/**
 * The parts of kafkajs 2.2.4 that the probe uses: its encoder and SASL mechanisms. Its public client cannot request
 * authorized operations, fetches the metadata of every topic, retries, and trusts any length that a server
 * claims. The package has no `exports`, so these paths can be imported.
 */
declare module "kafkajs/src/protocol/encoder.js" {
  export default class Encoder {
    readonly buffer: Buffer;
    writeInt8(value: number): this;
    writeInt16(value: number): this;
    writeInt32(value: number): this;
    writeBoolean(value: boolean): this;
    writeString(value: string | null): this;
    writeBytes(value: Buffer | string): this;
    writeBuffer(value: Buffer): this;
    writeArray(values: readonly string[]): this;
    size(): number;
  }
}

declare module "kafkajs/src/protocol/request.js" {
  import type Encoder from "kafkajs/src/protocol/encoder.js";

  /** Frames a request: size, header version 1, body. */
  export default function createRequest(options: {
    readonly correlationId: number;
    readonly clientId: string;
    readonly request: {
      readonly apiKey: number;
      readonly apiVersion: number;
      readonly encode: () => Promise<Encoder>;
    };
  }): Promise<Encoder>;
}

declare module "kafkajs/src/broker/saslAuthenticator/plain.js" {
  import type { MechanismProvider } from "kafkajs/src/broker/saslAuthenticator/scram256.js";
  const provider: MechanismProvider;
  export default provider;
}

declare module "kafkajs/src/broker/saslAuthenticator/oauthBearer.js" {
  import type { MechanismProvider } from "kafkajs/src/broker/saslAuthenticator/scram256.js";
  const provider: MechanismProvider;
  export default provider;
}

declare module "kafkajs/src/broker/saslAuthenticator/scram512.js" {
  import type { MechanismProvider } from "kafkajs/src/broker/saslAuthenticator/scram256.js";
  const provider: MechanismProvider;
  export default provider;
}

declare module "kafkajs/src/broker/saslAuthenticator/scram256.js" {
  export interface SaslMessage {
    readonly request: { encode(): Promise<Buffer> };
    /** Absent where the mechanism ignores the server's answer. */
    readonly response?: { decode(raw: Buffer): Promise<unknown>; parse(data: unknown): Promise<unknown> };
  }
  export type MechanismProvider = (
    sasl: object,
  ) => (context: {
    readonly host: string;
    readonly port: number;
    readonly logger: Record<"debug" | "info" | "warn" | "error", () => void>;
    readonly saslAuthenticate: (message: SaslMessage) => Promise<unknown>;
  }) => { authenticate(): Promise<void> };
  const provider: MechanismProvider;
  export default provider;
}
