import { code, section } from "./markdown";

/** The sample, its commands, and how to request another run. */
export function usage(sample: string): string {
  return [
    section(
      "Example",
      "From `config/samples/kollect_v1alpha1_kollectconnectiontest.yaml`:",
      code("yaml", sample),
    ),
    section(
      "Sample usage",
      code(
        "sh",
        `kubectl apply -f config/samples/kollect_v1alpha1_kollectdatabasesink.yaml
kubectl delete kconntest postgres-sink-probe -n default --ignore-not-found
kubectl apply -f config/samples/kollect_v1alpha1_kollectconnectiontest.yaml
kubectl wait --for=condition=ConnectionVerified kollectconnectiontest/postgres-sink-probe \\
  -n default --timeout=120s
kubectl get kconntest postgres-sink-probe -n default -o wide`,
      ),
      `The deletion ensures a new run: while the test of an earlier run exists, \`kubectl apply\` changes nothing and
the old verdict satisfies the wait. This \`wait\` runs until its timeout if the probe fails. To wait for success or
failure, as a pipeline should, wait for \`Finished\` and then read the verdict:`,
      code(
        "sh",
        `kubectl wait --for=condition=Finished kollectconnectiontest/postgres-sink-probe -n default --timeout=120s
kubectl get kconntest postgres-sink-probe -n default \\
  -o jsonpath='{.status.conditions[?(@.type=="ConnectionVerified")].status}'`,
      ),
      `A wait for a condition compares generations, so after a change of the spec it waits for the new verdict.
\`--for=jsonpath={.status.completed}=true\` does not, and may return with the old one.`,
    ),
    section(
      "Another run",
      "Delete the test, then apply it again; one of the two alone does not start a run:",
      code(
        "sh",
        `kubectl delete kconntest postgres-sink-probe -n default --ignore-not-found
kubectl apply -f config/samples/kollect_v1alpha1_kollectconnectiontest.yaml`,
      ),
      "Or change any field of the spec, which raises the generation:",
      code(
        "sh",
        `kubectl patch kconntest postgres-sink-probe -n default --type=merge \\
  -p '{"spec":{"ttlSecondsAfterFinished":600}}'`,
      ),
      `A patch with the current value changes nothing: the API server keeps the generation, and there is no new run.
To start another run without any other change, set a new value of \`spec.requestedAt\` or of the annotation:`,
      code(
        "sh",
        `kubectl annotate kconntest postgres-sink-probe -n default --overwrite \\
  kollect.dev/requested-at="$(date -u +%FT%TZ)"`,
      ),
    ),
  ].join("\n");
}
