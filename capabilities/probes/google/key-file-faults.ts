import { createPrivateKey } from "node:crypto";
import { jsonObject } from "../json-object";

const AS_DOWNLOADED = "Put the key file in as it was downloaded: kubectl create secret --from-file";

/** What people do to a key file on its way into a Secret, in the order of looking; the first that fits is told. */
const DAMAGES: readonly (readonly [isDone: (text: string) => boolean, fault: string])[] = [
  [isQuoted, "holds the key file's JSON in quotes, as a string"],
  [hasRawLineBreaks, "is not JSON: its private_key has line breaks where JSON has \\n"],
  [isBase64, "holds the key file in base64, on top of the encoding that a Secret's data has"],
  [hasByteOrderMark, "is not JSON: it begins with a byte order mark"],
  [(text) => text.includes("-----BEGIN"), "is not JSON: it holds a key in PEM instead of the whole key file"],
  [(text) => /^\s*[\w./~-]+\.json\s*$/.test(text), "is not JSON: it holds the name of a file"],
];

/** What is wrong with a text that is no JSON object, completing "The key X of Secret Y …"; never quotes it. */
export function notJson(text: string): string {
  const [, fault] = DAMAGES.find(([isDone]) => isDone(text)) ?? [];
  return `${fault ?? "is not JSON"}. ${AS_DOWNLOADED}`;
}

/** What is wrong with a `private_key` that cannot be used. */
export function noKey(pem: string | undefined): string {
  if (pem?.includes("\\n") && isKey(pem.replaceAll("\\n", "\n"))) {
    return `has a private_key whose line breaks are escaped twice (\\\\n instead of \\n). ${AS_DOWNLOADED}`;
  }
  return "has no private_key that is an RSA key in PEM. Download a new key for the service account";
}

function isQuoted(text: string): boolean {
  const [, , inner = ""] = /^\s*(['`])([^]*)\1\s*$/.exec(text) ?? [];
  return typeof parsed(text) === "string" || jsonObject(inner) !== undefined;
}

/** JSON takes no line break within a string, and a blank in its place. */
function hasRawLineBreaks(text: string): boolean {
  return jsonObject(text.replace(/[\r\n]+/g, " ")) !== undefined;
}

function isBase64(text: string): boolean {
  return jsonObject(Buffer.from(text, "base64").toString("utf8")) !== undefined;
}

function hasByteOrderMark(text: string): boolean {
  return text.startsWith("\ufeff") && jsonObject(text.slice(1)) !== undefined;
}

function isKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).type === "private";
  } catch {
    return false;
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
