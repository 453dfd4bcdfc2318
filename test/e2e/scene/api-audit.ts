import { readFileSync } from "node:fs";
import { OPERATOR_SERVICE_ACCOUNT } from "../../../generate/config/roles";
import type { ControlPlane } from "../../../lab/control-plane/types";

/** One request as the API server's audit log has it, when it was answered. */
export interface AuditedRequest {
  readonly user: string;
  readonly verb: string;
  /** Plural, with the subresource after a slash: `kollectconnectiontests/status`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly code: number;
  readonly uri: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
}

interface Line {
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: Partial<Record<"resource" | "subresource" | "namespace" | "name", string>>;
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
}

/** Whose name the operator's requests have. */
export const OPERATOR_USER = `system:serviceaccount:pepr-system:${OPERATOR_SERVICE_ACCOUNT}`;

/**
 * What the operator has asked of the API server so far, oldest first. The line of a request is written after its
 * answer is sent: a caller that needs one polls for a while.
 */
export function operatorRequests({ auditLog }: Pick<ControlPlane, "auditLog">): AuditedRequest[] {
  const lines = readFileSync(auditLog, "utf8").split("\n");
  return lines
    .slice(0, -1) // which is empty, or not written to its end
    .filter((line) => line.includes(OPERATOR_USER))
    .map((line) => JSON.parse(line) as Line)
    .filter(({ stage, user }) => stage === "ResponseComplete" && user.username === OPERATOR_USER)
    .map(requestOf);
}

function requestOf(line: Line): AuditedRequest {
  const { resource = "", subresource, namespace = "", name = "" } = line.objectRef ?? {};
  return {
    user: line.user.username,
    verb: line.verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace,
    name,
    code: line.responseStatus?.code ?? 0,
    uri: line.requestURI,
    receivedAt: Date.parse(line.requestReceivedTimestamp),
  };
}
