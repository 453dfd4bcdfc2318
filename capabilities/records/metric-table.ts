/** One metric: its name, its meaning and the labels of its samples. */
export interface Metric<Labels extends string = string> {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** One sentence, for Prometheus and the reference. */
  readonly help: string;
  readonly labels: readonly Labels[];
  /** Upper bounds of a histogram's buckets, in seconds. */
  readonly buckets?: readonly number[];
  /** Only with `KOLLECT_SINK_METRICS`: its labels hold names of users' objects. */
  readonly named?: true;
}

const SECONDS = {
  probe: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 120, 300],
  phase: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60, 300],
  wait: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600],
  request: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  late: [0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800],
};

/** Every metric of the operator, in the order of the reference. */
export const METRICS = {
  verdicts: counter("kollect_sink_connection_test_total", "Verdicts by type of sink and result.", [
    "type",
    "result",
  ]),
  causes: counter(
    "kollect_connection_test_failures_total",
    "Verdicts of False by type of sink and cause, or reason where there is no cause.",
    ["type", "cause"],
  ),
  unproven: counter(
    "kollect_connection_test_unproven_total",
    "Needs of the exporter that a verdict left unproven, by need and why.",
    ["need", "kind"],
  ),
  limitations: counter(
    "kollect_connection_test_limitations_total",
    "Limitations of the exporter that a verdict names, by identifier and effect.",
    ["id", "effect"],
  ),
  shared: counter(
    "kollect_connection_tests_shared_total",
    "Verdicts from a probe that another test had requested too.",
    [],
  ),
  deleted: counter(
    "kollect_connection_tests_deleted_total",
    "Tests deleted because their time to live was over.",
    [],
  ),
  deletionDelay: histogram(
    "kollect_connection_test_deletion_delay_seconds",
    "Time from the end of a test's time to live to its deletion.",
    [],
    SECONDS.late,
  ),
  deletionFailures: counter(
    "kollect_connection_test_deletion_failures_total",
    "Failed deletions of finished tests, which are retried.",
    [],
  ),
  duration: histogram(
    "kollect_connection_test_duration_seconds",
    "Duration of a probe's last attempt, from resolving the name to the last request.",
    ["type", "result"],
    SECONDS.probe,
  ),
  phase: histogram(
    "kollect_connection_test_phase_duration_seconds",
    "Duration of one phase of a probe.",
    ["type", "phase"],
    SECONDS.phase,
  ),
  wait: histogram(
    "kollect_connection_test_wait_seconds",
    "Time from the observation of a test to the start of its probe.",
    [],
    SECONDS.wait,
  ),
  running: gauge(
    "kollect_connection_tests_running",
    "Tests whose probe runs, or waits for a slot, a sink or a Secret.",
    [],
  ),
  waiting: gauge(
    "kollect_connection_tests_waiting",
    "Tests that wait for the next probe of their sink, because one is not over.",
    [],
  ),
  slots: gauge("kollect_probe_slots", "Places for probes; the slow ones are for those that take long.", [
    "lane",
  ]),
  slotsInUse: gauge("kollect_probe_slots_in_use", "Slots that probes hold.", ["lane"]),
  eventsWaiting: gauge("kollect_events_waiting", "Events in the queue.", []),
  eventsDropped: counter(
    "kollect_events_dropped_total",
    "Events that were not written because the queue was full or the API server refused them.",
    [],
  ),
  requests: histogram(
    "kollect_api_request_duration_seconds",
    "Duration of one attempt of a request to the API server, by method and class of the response.",
    ["method", "answer"],
    SECONDS.request,
  ),
  health: gauge(
    "kollect_operator_health_status",
    "1 while the process is live, 0 after a fault that does not recover by itself.",
    [],
  ),
  build: gauge("kollect_build_info", "Always 1; the labels describe the running build.", [
    "version",
    "exporter_version",
    "node_version",
  ]),
  lastResult: named(
    gauge("kollect_connection_test_last_result", "A sink's last verdict: 1 for True, 0 for False.", [
      "namespace",
      "kind",
      "sink",
    ]),
  ),
  certificateExpiry: named(
    gauge(
      "kollect_sink_certificate_expiry_timestamp_seconds",
      "Expiry of the certificate that the sink's server last presented, in seconds since the epoch.",
      ["namespace", "kind", "sink"],
    ),
  ),
  notShown: named(
    counter(
      "kollect_connection_test_last_result_omitted_total",
      "Verdicts left out of the metrics with names because these already show the maximum number of sinks.",
      [],
    ),
  ),
} as const satisfies Readonly<Record<string, Metric>>;

function counter<L extends string>(name: string, help: string, labels: readonly L[]): Metric<L> {
  return { name, help, labels, type: "counter" };
}

function gauge<L extends string>(name: string, help: string, labels: readonly L[]): Metric<L> {
  return { name, help, labels, type: "gauge" };
}

function histogram<L extends string>(
  name: string,
  help: string,
  labels: readonly L[],
  buckets: readonly number[],
): Metric<L> {
  return { name, help, labels, buckets, type: "histogram" };
}

function named<L extends string>(metric: Metric<L>): Metric<L> {
  return { ...metric, named: true };
}
