import { jsonObject } from "../json-object";
import { MAX_RSA_BITS, readPrivateKey } from "../secrets/private-keys";

const AS_DOWNLOADED = "Store the key file as downloaded: kubectl create secret --from-file";

/** Common damage to a key file on its way into a Secret, in the order of the checks; the first match is reported. */
const DAMAGES: readonly (readonly [isDone: (text: string) => boolean, fault: string])[] = [
  [isQuoted, "holds the key file's JSON in quotes, as a string"],
  [hasRawLineBreaks, "is not JSON: its private_key has line breaks where JSON has \\n"],
  [isBase64, "holds the key file in base64, in addition to the encoding of a Secret's data"],
  [hasByteOrderMark, "is not JSON: it begins with a byte order mark"],
  [(text) => text.includes("-----BEGIN"), "is not JSON: it holds a key in PEM instead of the whole key file"],
  [(text) => /^\s*[\w./~-]+\.json\s*$/.test(text), "is not JSON: it holds the name of a file"],
];

/** The fault of a text that is not a JSON object, completing "The key X of Secret Y …"; never quotes it. */
export function notJson(text: string): string {
  const [, fault] = DAMAGES.find(([isDone]) => isDone(text)) ?? [];
  return `${fault ?? "is not JSON"}. ${AS_DOWNLOADED}`;
}

/** The fault of an unusable `private_key`. */
export function noKey(pem: string | undefined): string {
  if (pem?.includes("\\n") && isKey(pem.replaceAll("\\n", "\n"))) {
    return `has a private_key whose line breaks are escaped twice (\\\\n instead of \\n). ${AS_DOWNLOADED}`;
  }
  if (pem !== undefined && readPrivateKey(pem) === "tooLong")
    return `has a private_key of more than ${MAX_RSA_BITS} bits. Download a new key for the service account`;
  return "has no private_key that is an RSA key in PEM. Download a new key for the service account";
}

function isQuoted(text: string): boolean {
  const [, , inner = ""] = /^\s*(['`])([^]*)\1\s*$/.exec(text) ?? [];
  return typeof parsed(text) === "string" || jsonObject(inner) !== undefined;
}

/** JSON does not allow a line break within a string; with blanks in their place the text is valid. */
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
  return typeof readPrivateKey(pem) !== "string";
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
