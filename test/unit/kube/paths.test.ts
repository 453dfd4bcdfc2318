import { describe, expect, it } from "vitest";
import { ClusterError } from "../../../capabilities/domain/cluster-error";
import {
  accessReviewPath,
  eventPath,
  secretPath,
  sinkPath,
  testPath,
} from "../../../capabilities/kube/paths";

describe("paths", () => {
  it.each([
    [testPath("shop", "probe"), "/apis/kollect.dev/v1alpha1/namespaces/shop/kollectconnectiontests/probe"],
    [
      testPath("shop", "probe", "status"),
      "/apis/kollect.dev/v1alpha1/namespaces/shop/kollectconnectiontests/probe/status",
    ],
    [
      sinkPath("KollectSnapshotSink", "shop", "git"),
      "/apis/kollect.dev/v1alpha1/namespaces/shop/kollectsnapshotsinks/git",
    ],
    [
      sinkPath("KollectDatabaseSink", "shop", "pg.main"),
      "/apis/kollect.dev/v1alpha1/namespaces/shop/kollectdatabasesinks/pg.main",
    ],
    [
      sinkPath("KollectEventSink", "shop", "nats"),
      "/apis/kollect.dev/v1alpha1/namespaces/shop/kollecteventsinks/nats",
    ],
    [secretPath("shop", "pg-dsn"), "/api/v1/namespaces/shop/secrets/pg-dsn"],
    [eventPath("shop"), "/apis/events.k8s.io/v1/namespaces/shop/events"],
    [eventPath("shop", "probe.1a"), "/apis/events.k8s.io/v1/namespaces/shop/events/probe.1a"],
    [accessReviewPath(), "/apis/authorization.k8s.io/v1/subjectaccessreviews"],
    [accessReviewPath("shop"), "/apis/authorization.k8s.io/v1/namespaces/shop/localsubjectaccessreviews"],
  ])("builds %o", ({ path }, expected) => {
    expect(path).toBe(expected);
  });

  const climbing = [
    "",
    ".",
    "..",
    "../x",
    "../../other/secrets/foreign",
    "a/b",
    "a%2fb",
    "a%2e%2e",
    "a?watch=true",
    "a#b",
    "a b",
    "a\u0000",
    "a\n",
    "A",
    "ä",
    "-a",
    "a-",
    "a..b",
    "a\\b",
    "a;b",
    "x".repeat(254),
  ];

  it.each(climbing)("refuses %j as a name, whatever the kind", (name) => {
    const attempts = [
      () => testPath("shop", name),
      () => testPath("shop", name, "status"),
      () => sinkPath("KollectDatabaseSink", "shop", name),
      () => secretPath("shop", name),
      () => eventPath("shop", name),
    ];
    for (const attempt of attempts) {
      expect(attempt).toThrow(ClusterError);
      expect(attempt).toThrow(expect.objectContaining({ reason: "InvalidName", transient: false }));
    }
  });

  it.each([...climbing, "a.b", "x".repeat(64)])(
    "refuses %j as a namespace, whatever the kind",
    (namespace) => {
      const attempts = [
        () => testPath(namespace, "probe"),
        () => sinkPath("KollectEventSink", namespace, "nats"),
        () => secretPath(namespace, "pg-dsn"),
        () => eventPath(namespace),
        () => accessReviewPath(namespace),
      ];
      for (const attempt of attempts) expect(attempt).toThrow(ClusterError);
    },
  );

  it("says which part is wrong and what it must be, on one line and without the whole of a long text", () => {
    expect(() => secretPath("shop", "../x")).toThrow(
      "address a Secret: \"../x\" is no name; it must have at most 253 lower case letters, digits, '-' and '.'",
    );
    expect(() => secretPath("no\nway", "x")).toThrow(/^address a Secret: "no\\nway" is no namespace;[^\n]*$/);
    expect(() => secretPath("shop", "!".repeat(10_000))).toThrow(/^.{1,400}$/);
  });
});
