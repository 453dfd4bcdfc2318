import Encoder from "kafkajs/src/protocol/encoder.js";
import type { KafkaRequest } from "./channel";
import type { Reader } from "./reader";

/** API keys of a probe's requests; none of them changes anything. */
export const API_KEYS = {
  metadata: 3,
  saslHandshake: 17,
  apiVersions: 18,
  describeConfigs: 32,
  saslAuthenticate: 36,
} as const;

/** The highest version of each request that a broker supports. */
export type ApiVersions = ReadonlyMap<number, number>;

/** Version 0, which every broker since 0.10 supports. */
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

/** Version that every broker since 1.1 supports, including 4.0 and later. */
export const DESCRIBE_CONFIGS_VERSION = 1;
const TOPIC_RESOURCE = 2;

/** Requests settings of a topic. */
export function describeTopicConfig(topic: string, names: readonly string[]): KafkaRequest {
  return {
    apiKey: API_KEYS.describeConfigs,
    apiVersion: DESCRIBE_CONFIGS_VERSION,
    encode: async () =>
      new Encoder()
        .writeInt32(1)
        .writeInt8(TOPIC_RESOURCE)
        .writeString(topic)
        .writeArray([...names])
        .writeBoolean(false), // without synonyms
  };
}

/** The broker's values, by the names of the settings. */
export function readTopicConfig(answer: Reader): ReadonlyMap<string, string> {
  answer.int32(); // throttle time
  const [settings = []] = answer.array((reader) => {
    reader.int16(); // error code: without settings there is no value either
    reader.string(); // the server's own message, never kept
    reader.int8(); // type of the resource
    reader.string(); // name of the resource
    return reader.array(readSetting);
  });
  return new Map(
    settings.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const])),
  );
}

function readSetting(reader: Reader): { readonly name: string; readonly value: string | undefined } {
  const setting = { name: reader.string() ?? "", value: reader.string() ?? undefined };
  reader.boolean(); // read only
  reader.int8(); // where it is set
  reader.boolean(); // sensitive
  reader.array((synonym) => [synonym.string(), synonym.string(), synonym.int8()]);
  return setting;
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

/** @param sized the mechanism's message after its length, as kafkajs returns it */
export function saslAuthenticateRequest(sized: Buffer): KafkaRequest {
  return {
    apiKey: API_KEYS.saslAuthenticate,
    apiVersion: 0,
    encode: async () => new Encoder().writeBuffer(sized),
  };
}

/** The server's own error message is skipped and never kept. */
export function readSaslAuthenticate(answer: Reader): { readonly code: number; readonly message: Buffer } {
  const code = answer.int16();
  answer.string();
  return { code, message: answer.data() };
}
