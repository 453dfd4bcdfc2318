import { isJsonObject, jsonObject, type JsonObject } from "../json-object";
import type { HttpAnswer } from "../net/http-client";

/** An answer of a Google API, reduced to closed or checked words and its parsed body. */
export interface GoogleAnswer {
  readonly status: number;
  /** Google's word for an error: `accessDenied`, `SERVICE_DISABLED`, `invalid_grant`. */
  readonly reason?: string;
  /** The body when it is a JSON object. */
  readonly json?: JsonObject;
  /** The server's clock, in milliseconds since the epoch. */
  readonly serverTime?: number;
}

/** Reads an answer; an error's message is never used, because it quotes names and requests. */
export function readGoogleAnswer({ status, headers, body }: HttpAnswer): GoogleAnswer {
  const json = jsonObject(body);
  const reason = json && status >= 400 ? reasonOf(json) : undefined;
  const serverTime = Date.parse(headers.date ?? "");
  return {
    status,
    ...(reason === undefined ? {} : { reason }),
    ...(json === undefined ? {} : { json }),
    ...(Number.isNaN(serverTime) ? {} : { serverTime }),
  };
}

/** The strings of a list, such as `permissions`; undefined when it is not a list. */
export function strings(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.filter((item): item is string => typeof item === "string").slice(0, 100);
}

/** OAuth writes `{"error": "invalid_grant"}`; Google's APIs write an object with the most specific word innermost. */
function reasonOf(json: JsonObject): string | undefined {
  const { error } = json;
  if (!isJsonObject(error)) return word(error);
  const detailed = firstWord(error.details, "reason");
  return detailed ?? firstWord(error.errors, "reason") ?? word(error.status);
}

function firstWord(list: unknown, name: string): string | undefined {
  if (!Array.isArray(list)) return undefined;
  const items = list.slice(0, 10).filter(isJsonObject);
  return items.map((item) => word(item[name])).find((found) => found !== undefined);
}

function word(value: unknown): string | undefined {
  return typeof value === "string" && /^[A-Za-z][A-Za-z_]{1,63}$/.test(value) ? value : undefined;
}
