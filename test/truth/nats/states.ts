import { row, type Change } from "./world";

const having = (config: object): Change => ({ streams: [{ name: "S", subjects: ["a.b"], ...config }] });
const beside = (...subjects: readonly string[]): Change => ({ streams: [{ name: "OTHER", subjects }] });
const HOUR = 3_600_000_000_000;
const ORIGIN = { name: "ORIGIN", subjects: ["o.>"] };

/** Streams and accounts in states that the exporter's update meets. */
export const STATES = [
  row("missing-full", "no stream", "S"),
  row("missing-existing", "no stream, mode existing", "S", {
    spec: () => ({ provisioning: { mode: "existing" } }),
  }),
  row("same", "the stream as the exporter makes it", "S", having({})),
  row("wider", "subjects a.> and z, limits", "S", {
    streams: [{ name: "S", subjects: ["a.>", "z"], max_age: HOUR, max_msgs: 1000, description: "team" }],
  }),
  row("other-subject", "the stream holds another subject", "S", {
    streams: [{ name: "S", subjects: ["c.d"] }],
  }),
  row("memory", "memory storage", "S", having({ storage: "memory" })),
  row("interest", "interest retention", "S", having({ retention: "interest" })),
  row("workqueue", "work-queue retention", "S", having({ retention: "workqueue" })),
  row("workqueue-existing", "work-queue retention, mode existing", "S", {
    ...having({ retention: "workqueue" }),
    spec: () => ({ provisioning: { mode: "existing" } }),
  }),
  row("deny-delete", "deny_delete", "S", having({ deny_delete: true })),
  row("deny-purge", "deny_purge", "S", having({ deny_purge: true })),
  row("sealed", "sealed", "S", having({ sealed: true })),
  row("msg-ttl", "allow_msg_ttl", "S", having({ allow_msg_ttl: true })),
  row("counter", "allow_msg_counter", "S", having({ allow_msg_counter: true })),
  row("schedules", "allow_msg_schedules", "S", having({ allow_msg_schedules: true })),
  row("persist-async", "persist_mode async", "S", having({ persist_mode: "async" })),
  row("max-msg-size", "max_msg_size 10", "S", having({ max_msg_size: 10 })),
  row("max-msgs-discard-new", "full for new messages", "S", having({ max_msgs: 1, discard: "new" })),
  row("max-consumers", "max_consumers 3", "S", having({ max_consumers: 3 })),
  row("noack", "no_ack", "S", having({ no_ack: true })),
  row("allow-rollup", "allow_rollup_hdrs", "S", having({ allow_rollup_hdrs: true })),
  row("allow-direct", "allow_direct", "S", having({ allow_direct: true })),
  row("compressed", "compression s2", "S", having({ compression: "s2" })),
  row("duplicates", "a short duplicate window", "S", having({ duplicate_window: 1_000_000_000 })),
  row("republish", "republish", "S", having({ republish: { src: "a.b", dest: "z.b" } })),
  row("transform", "a subject transform", "S", having({ subject_transform: { src: "a.b", dest: "z.b" } })),
  row("discard-per-subject", "discard_new_per_subject", "S", {
    ...having({ discard: "new", max_msgs_per_subject: 5, discard_new_per_subject: true }),
  }),
  row("sources", "sources beside its subject", "S", {
    streams: [ORIGIN, { name: "S", subjects: ["a.b"], sources: [{ name: "ORIGIN" }] }],
  }),
  row("sources-only", "sources and no subject", "S", {
    streams: [ORIGIN, { name: "S", sources: [{ name: "ORIGIN" }] }],
  }),
  row("mirror", "a mirror, which the update makes a normal stream", "S", {
    streams: [ORIGIN, { name: "S", mirror: { name: "ORIGIN" } }],
  }),
  row("mirror-of-holder", "a mirror of the stream that holds the subject", "S", {
    streams: [
      { name: "ORIGIN", subjects: ["a.>"] },
      { name: "S", mirror: { name: "ORIGIN" } },
    ],
  }),
  row("mirrored", "another stream mirrors it", "S", {
    streams: [
      { name: "S", subjects: ["a.b"] },
      { name: "COPY", mirror: { name: "S" } },
    ],
  }),
  row("subject-owned", "stream S missing, a.> held by another", "S", beside("a.>")),
  row("subject-owned-exact", "stream S missing, a.b held by another", "S", beside("x", "a.b")),
  row("subject-owned-star", "stream S missing, a.* held by another", "S", beside("a.*")),
  row("subject-beside", "subjects that nearly collide are held by another", "S", beside("a.c", "a.b.>", "a")),
  row("subject-owned-with-stream", "S holds c.d, another stream a.>", "S", {
    streams: [
      { name: "S", subjects: ["c.d"] },
      { name: "OTHER", subjects: ["a.>"] },
    ],
  }),
  row("wildcard-collides", "subject a.*, another stream holds a.c", "S", {
    ...beside("a.c"),
    nats: () => ({ subject: "a.*" }),
  }),
  row("wildcard-collides-greater", "subject a.>, another stream holds a.*.c", "S", {
    ...beside("a.*.c"),
    nats: () => ({ subject: "a.>" }),
  }),
  row("wildcard-free", "subject a.*, another stream holds a.*.c", "S", {
    ...beside("a.*.c"),
    nats: () => ({ subject: "a.*" }),
  }),
  row("subject-owned-unasked", "held by another stream, which the user may not ask", "U", {
    ...beside("a.>"),
    user: "uimin",
  }),
  row("memory-unasked", "memory storage, which the user may not ask", "U", {
    ...having({ storage: "memory" }),
    user: "uimin",
  }),
  row("stream-case", "sink names s, stream S holds the subject", "S", {
    ...having({}),
    nats: () => ({ stream: "s" }),
  }),
  row("default-stream-taken", "kollect_events holds another sink's subject", "S", {
    streams: [{ name: "kollect_events", subjects: ["d.e"] }],
    nats: () => ({ stream: undefined }),
  }),
  row("default-stream-nouser", "no stream in the sink; user may only publish", "R", {
    user: "pubonly",
    nats: () => ({ stream: undefined }),
  }),
  row("nojs-account", "account without JetStream", "S", { user: "plain" }),
  row("nojs-account-nostream", "account without JetStream, no stream in the sink", "S", {
    user: "plain",
    nats: () => ({ stream: undefined }),
  }),
  row("nojs-server", "server without JetStream", "S", { server: "withoutJetStream" }),
  row("nojs-server-nostream", "server without JetStream, no stream in the sink", "S", {
    server: "withoutJetStream",
    nats: () => ({ stream: undefined }),
  }),
  row("streams-full", "the account may hold no more streams", "S", {
    user: "one",
    streams: [{ name: "OTHER", subjects: ["o"] }],
  }),
  row("streams-full-exists", "the account may hold no more, and the stream exists", "S", {
    user: "one",
    ...having({}),
  }),
  row("streams-zero", "a limit of 0 streams is none", "S", { user: "zero" }),
  row("storage-none", "the account has no file storage", "S", { user: "diskless" }),
  row("storage-small", "the account's storage is too small for a message", "W", { user: "small" }),
  row("storage-roomy", "the account's storage is limited and large", "S", { user: "roomy" }),
  row("max-bytes-required", "the account demands max_bytes of every stream", "S", { user: "sized" }),
  row("max-bytes-required-exists", "the same, and the stream exists with it", "S", {
    user: "sized",
    ...having({ max_bytes: 1000 }),
  }),
];
