import { causeChain, codeOf } from "./net/errors";

/** One error of a chain, without its text. */
export interface ErrorShape {
  readonly name: string;
  readonly code: string | undefined;
  readonly at: readonly string[];
}

/**
 * The parts of an unexpected error that may be logged: class, code and stack frames, for it and its causes.
 * Never its message or other properties, which may quote credentials or a server.
 */
export function errorShape(error: unknown): ErrorShape[] {
  const chain = causeChain(error);
  return (chain.length > 0 ? chain : [error]).map((item) => ({
    name: item instanceof Error ? className(item) : typeof item,
    code: /^[A-Z0-9_]{1,64}$/.exec(codeOf(item) ?? "")?.[0],
    at: item instanceof Error ? frames(item) : [],
  }));
}

/** The class as declared in the code; `name` is a property that any code may set. */
function className({ constructor }: Error): string {
  return /^[A-Za-z]{1,64}$/.test(constructor.name) ? constructor.name : "Error";
}

/** The stack below the message, whose lines could otherwise look like frames. */
function frames({ stack = "", message }: Error): string[] {
  const at = stack.indexOf(message);
  if (at < 0) return [];
  const lines = stack.slice(at + message.length).split("\n", 50);
  return lines.filter((line) => /^ {4}at [^\n]*:\d+:\d+\)?$/.test(line)).map((line) => line.trim());
}
