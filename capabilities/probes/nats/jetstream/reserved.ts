import { collide, covers } from "../subject";
import { isAtLeast } from "../version";

/** Subjects that servers reserve, and those among them that a stream may have. */
const RESERVED: readonly (readonly [space: string, except?: string])[] = [
  ["$JS.>", "$JS.EVENT.>"],
  ["$JSC.>"],
  ["$NRG.>"],
  ["$SYS.>", "$SYS.ACCOUNT.>"],
];

/**
 * Whether a server of this version refuses a stream with the subject. With no_ack it would not, but the exporter does
 * not set that. Source: checkStreamCfg in server/stream.go of nats-server 2.9 to 2.15; tried on 2.9.25 and 2.15.2.
 */
export function isReserved(subject: string, version: string | undefined): boolean {
  if (!isAtLeast(version, [2, 11])) return covers("$JS.API.>", subject);
  const isIn = isAtLeast(version, [2, 12]) ? collide : covers;
  return (
    subject === ">" ||
    RESERVED.some(([space, except]) => isIn(space, subject) && !(except && covers(except, subject)))
  );
}
