import Encoder from "kafkajs/src/protocol/encoder.js";
import type { KafkaRequest } from "./channel";
import type { Reader } from "./reader";

/** Numbers of the requests that a probe makes: none of them changes anything. */
export const API_KEYS = { metadata: 3, saslHandshake: 17, apiVersions: 18, saslAuthenticate: 36 } as const;

/** The highest version of each request that a broker knows. */
export type ApiVersions = ReadonlyMap<number, number>;

/** Version 0, which every broker since 0.10 understands. */
export function apiVersionsRequest(): KafkaRequest {
  return { apiKey: API_KEYS.apiVersions, apiVersion: 0, encode: async () => new Encoder() };
}

export function readApiVersions(answer: Reader): { readonly code: number; readonly versions: ApiVersions } {
  const code = answer.int16();
  const entries = answer.array((reader) => {
    const [apiKey, , highest] = [reader.int16(), reader.int16(), reader.int16()];
    return [apiKey, highest] as const;
  });
  return { code, versions: new Map(entries) };
}

export function saslHandshakeRequest(mechanism: string): KafkaRequest {
  return {
    apiKey: API_KEYS.saslHandshake,
    apiVersion: 1,
    encode: async () => new Encoder().writeString(mechanism),
  };
}

export function readSaslHandshake(answer: Reader): { readonly code: number; readonly offered: string[] } {
  return { code: answer.int16(), offered: answer.array((reader) => reader.string() ?? "") };
}

/** @param sized the mechanism's message behind its length, as kafkajs gives it */
export function saslAuthenticateRequest(sized: Buffer): KafkaRequest {
  return {
    apiKey: API_KEYS.saslAuthenticate,
    apiVersion: 0,
    encode: async () => new Encoder().writeBuffer(sized),
  };
}

/** The server's own error message is read past and never kept. */
export function readSaslAuthenticate(answer: Reader): { readonly code: number; readonly message: Buffer } {
  const code = answer.int16();
  answer.string();
  return { code, message: answer.data() };
}
