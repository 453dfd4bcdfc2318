import type { FailureReason } from "../../capabilities/api/vocabulary";

/** Cause and fix of each failure reason, for the reference page. */
export const REASON_TEXTS: Readonly<Record<FailureReason, { readonly cause: string; readonly fix: string }>> =
  {
    SinkNotFound: { cause: "No such sink in the test's namespace", fix: "Apply the sink before the test" },
    SecretResolveFailed: {
      cause:
        "A Secret of the sink's `secretRef`, `databaseRef` or `caSecretRef` is missing, incomplete or not allowed",
      fix: "Create the Secret with the keys that the backend reads",
    },
    ConnectionTestFailed: {
      cause: "The backend cannot be reached, refuses the credentials, or does not meet the needs of the sink",
      fix: "Read the cause and the message; test the endpoint from within the cluster; check DSN, brokers and certificates",
    },
    InvalidSinkRef: {
      cause: "`spec.sinkRef` does not name exactly one sink: the object bypassed the CRD's rules",
      fix: "Set exactly one of the three names",
    },
  };
