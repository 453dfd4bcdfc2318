import { isIPv4, isIPv6 } from "node:net";
import { isDnsLabel, isDnsSubdomain } from "../api/names";
import type { SharedSecret } from "../domain/references";

/** Format of one kind of value in an environment variable. */
export interface ValueType<T> {
  /** For the reference table and for faults: `integer from 1 to 300`. */
  readonly description: string;
  /** Throws an `Error` that says what is wrong with the text; the text is never empty. */
  parse(text: string): T;
}

export function integer(minimum: number, maximum: number): ValueType<number> {
  const description = `integer from ${minimum} to ${maximum}`;
  return {
    description,
    parse: (text) => {
      const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
      return within(value, { minimum, maximum, description, text });
    },
  };
}

export function decimal(minimum: number, maximum: number): ValueType<number> {
  const description = `number from ${minimum} to ${maximum}`;
  return {
    description,
    parse: (text) => {
      const value = /^\d{1,10}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
      return within(value, { minimum, maximum, description, text });
    },
  };
}

export const boolean: ValueType<boolean> = {
  description: "`true` or `false`",
  parse: (text) => {
    if (text === "true") return true;
    if (text === "false") return false;
    throw new Error(`${quoted(text)} is neither true nor false`);
  },
};

export function oneOf<T extends string>(...words: readonly T[]): ValueType<T> {
  const description = `one of ${words.map((word) => `\`${word}\``).join(", ")}`;
  return {
    description,
    parse: (text) => {
      const word = words.find((candidate) => candidate === text);
      if (word === undefined) throw new Error(`${quoted(text)} is not ${description.replaceAll("`", "")}`);
      return word;
    },
  };
}

/** Maximum number of named faults; a file that was pasted by mistake would otherwise fill the log with its lines. */
const MAX_FAULTS = 20;

/** A comma-separated list; the error names all wrong entries, not only the first. */
export function listOf<T>(item: ValueType<T>): ValueType<readonly T[]> {
  return {
    description: `comma-separated list: ${item.description}`,
    parse: (text) => {
      const faults: string[] = [];
      const values: T[] = [];
      for (const entry of text.split(",").map((part) => part.trim())) {
        if (entry === "") continue;
        if (faults.length === MAX_FAULTS) throw new Error(`${faults.join("; ")}; and more`);
        try {
          values.push(item.parse(entry));
        } catch (error) {
          faults.push(error instanceof Error ? error.message : String(error));
        }
      }
      if (faults.length > 0) throw new Error(faults.join("; "));
      return values;
    },
  };
}

export const namespaceName: ValueType<string> = {
  description: "namespace",
  parse: (text) => {
    if (isDnsLabel(text)) return text;
    throw new Error(`${quoted(text)} is not the name of a namespace`);
  },
};

export const sharedSecret: ValueType<SharedSecret> = {
  description: "`sinkNamespace:secretNamespace/secretName`, with `*` for every sink namespace",
  parse: (text) => {
    const [, sinkNamespace = "", namespace = "", name = ""] =
      /^([^:/]*):([^:/]*)\/([^:/]*)$/.exec(text) ?? [];
    if (sinkNamespace !== "*" && !isDnsLabel(sinkNamespace)) throw notShared(text);
    if (!isDnsLabel(namespace) || !isDnsSubdomain(name)) throw notShared(text);
    return { sinkNamespace, namespace, name };
  },
};

/** Kept as written, after the check: the address policy parses it. */
export const cidr: ValueType<string> = {
  description: "address or range, such as `10.0.0.0/8` or `fd00::/8`",
  parse: (text) => {
    const [, address = "", length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
    const bits = addressBits(address);
    if (bits === undefined) throw new Error(`${quoted(text)} is not an address or range in CIDR form`);
    if (length !== undefined && Number(length) > bits) {
      throw new Error(`${quoted(text)} has a prefix longer than ${bits} bits`);
    }
    return text;
  },
};

/** IPv4-mapped IPv6 is refused: addresses are compared unmapped, so that such a range would match nothing. */
function addressBits(address: string): 32 | 128 | undefined {
  if (isIPv4(address)) return 32;
  const plain = isIPv6(address) && !address.includes("%") && !/^::ffff:/i.test(address);
  return plain ? 128 : undefined;
}

function notShared(text: string): Error {
  return new Error(
    `${quoted(text)} is not sinkNamespace:secretNamespace/secretName ('*' is allowed only for the first)`,
  );
}

function within(
  value: number,
  limits: { minimum: number; maximum: number; description: string; text: string },
): number {
  if (value >= limits.minimum && value <= limits.maximum) return value;
  throw new Error(`${quoted(limits.text)} is not an ${limits.description}`.replace("an number", "a number"));
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
