import { code, section } from "./markdown";

/** The sample, its commands, and how to ask for another run. */
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
      `The deletion makes sure of a new run: while the test of an earlier one exists, \`kubectl apply\` changes nothing and
the wait is met by the old verdict. That \`wait\` runs to its timeout when the probe fails. To wait for either outcome, as a pipeline should, wait
for \`Finished\` and then ask for the verdict:`,
      code(
        "sh",
        `kubectl wait --for=condition=Finished kollectconnectiontest/postgres-sink-probe -n default --timeout=120s
kubectl get kconntest postgres-sink-probe -n default \\
  -o jsonpath='{.status.conditions[?(@.type=="ConnectionVerified")].status}'`,
      ),
      `A wait for a condition looks at generations, so after a change of the spec it waits for the new verdict.
\`--for=jsonpath={.status.completed}=true\` does not, and may be content with the old one.`,
    ),
    section(
      "Another run",
      "Delete the test, then apply it again; each alone starts nothing:",
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
      `A patch with the value that is already there changes nothing: the API server keeps the generation, and there is
no new run. To ask again without changing what is asked, give \`spec.requestedAt\` or the annotation a new value:`,
      code(
        "sh",
        `kubectl annotate kconntest postgres-sink-probe -n default --overwrite \\
  kollect.dev/requested-at="$(date -u +%FT%TZ)"`,
      ),
    ),
  ].join("\n");
}
