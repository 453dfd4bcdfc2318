import type { Document } from "mongodb";
import type { DialTarget } from "../../net/dialler";
import { hostAndPort, MAX_HOSTS } from "../uri/text";

/** Wire versions of MongoDB 4.4, the driver's oldest, and of its newest (the driver's `wire_protocol/constants`). */
const OLDEST = { wireVersion: 9, name: "4.4" } as const;
const NEWEST = { wireVersion: 29 } as const;

/**
 * Kind of a server, as MongoDB's specification "Server Discovery And Monitoring" derives it from its hello.
 * `ghost`: a member of a replica set that is not initiated. `other`: arbiter, hidden, starting or recovering.
 */
export type ServerKind = "standalone" | "mongos" | "primary" | "secondary" | "other" | "ghost";

/** A server's hello, reduced to members of the right type. */
export interface Hello {
  readonly kind: ServerKind;
  readonly setName?: string;
  /** Members that the replica set advertises; bounded, in the server's order. */
  readonly members: readonly DialTarget[];
  /** The member that the server reports as the primary. */
  readonly primary?: DialTarget;
  readonly minWireVersion: number;
  readonly maxWireVersion: number;
  /** Mechanisms that the server has for the requested user; absent when it does not report them. */
  readonly mechanisms?: readonly string[];
  /** Whether it answers as a server behind a load balancer does. */
  readonly hasServiceId: boolean;
  /** Whether it runs in read-only mode. */
  readonly readOnly: boolean;
}

export function readHello(answer: Document): Hello {
  const setName = textOf(answer.setName);
  const primary = hostAndPort(textOf(answer.primary) ?? "");
  const lists = [answer.hosts, answer.passives, answer.arbiters];
  return {
    kind: kindOf(answer),
    ...(setName ? { setName } : {}),
    members: lists.flatMap(textsOf).flatMap(targetOf).slice(0, MAX_HOSTS),
    ...(primary ? { primary } : {}),
    minWireVersion: wholeNumber(answer.minWireVersion),
    maxWireVersion: wholeNumber(answer.maxWireVersion),
    ...(Array.isArray(answer.saslSupportedMechs) ? { mechanisms: textsOf(answer.saslSupportedMechs) } : {}),
    hasServiceId: answer.serviceId !== undefined && answer.serviceId !== null,
    readOnly: answer.readOnly === true,
  };
}

/** Why the driver does not support such a server, as the end of a sentence about it; undefined when it does. */
export function versionFault({ minWireVersion, maxWireVersion }: Hello): string | undefined {
  if (maxWireVersion < OLDEST.wireVersion) {
    return `is older than ${OLDEST.name}, the oldest version that probes support`;
  }
  if (minWireVersion > NEWEST.wireVersion) {
    return "is newer than all versions that probes support";
  }
  return undefined;
}

function kindOf(answer: Document): ServerKind {
  if (answer.isreplicaset === true) return "ghost";
  if (answer.msg === "isdbgrid") return "mongos";
  if (!textOf(answer.setName)) return "standalone";
  if (answer.hidden === true) return "other";
  if (answer.isWritablePrimary === true || answer.ismaster === true) return "primary";
  return answer.secondary === true ? "secondary" : "other";
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value)
    ? value.slice(0, MAX_HOSTS).filter((item): item is string => typeof item === "string")
    : [];
}

function targetOf(text: string): DialTarget[] {
  const target = hostAndPort(text);
  return target ? [target] : [];
}

function wholeNumber(value: unknown): number {
  return typeof value === "number" && Number.isInteger(value) ? value : 0;
}
