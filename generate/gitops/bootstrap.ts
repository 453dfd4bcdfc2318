import type { V1PodTemplateSpec } from "@kubernetes/client-node";
import { grant, serviceAccount } from "./access";
import { annotated, labelled, LARGE, namespaced, NAMES, shortHash, type KubeObject } from "./objects";

export interface BootstrapOptions {
  /** What manages the webhooks' certificate: the Job, or cert-manager. */
  readonly certificate: "own" | "cert-manager";
  /** An image with Node.js as its entry point, and the framework with its Kubernetes client below /app. */
  readonly image: string;
}

const FILE = "bootstrap.cjs";
/** Below /app, so that Node.js finds the framework's packages. */
const MOUNT = "/app/bootstrap";
const USER = 65_532;
/** Sunday night; a certificate is renewed months before it expires, so a single failure does not matter. */
const SCHEDULE = "17 3 * * 0";

/**
 * Recreates a Job when its template changes, which is immutable, and keeps it otherwise: Argo CD's
 * `Replace=true` would delete it at every sync, and `Force=true` has no effect under server-side apply.
 */
const RECREATE = {
  "argocd.argoproj.io/sync-options": "Force=true,ServerSideApply=false",
  "kustomize.toolkit.fluxcd.io/force": "enabled",
} as const;

/** The Job's ServiceAccount and rights. The Secrets exist already, so it needs no right to create. */
export function bootstrapAccess({ certificate }: Pick<BootstrapOptions, "certificate">): KubeObject[] {
  const secrets = certificate === "own" ? [NAMES.apiPath, NAMES.tls] : [NAMES.apiPath];
  const verbs = ["get", "patch"];
  const resources = ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"];
  const names = { name: NAMES.bootstrap, account: NAMES.bootstrap };
  return [
    serviceAccount(NAMES.bootstrap),
    ...grant({
      ...names,
      rules: [{ apiGroups: [""], resources: ["secrets"], resourceNames: secrets, verbs }],
      scope: { namespace: NAMES.namespace },
    }),
    ...grant({
      ...names,
      rules: [
        {
          apiGroups: ["admissionregistration.k8s.io"],
          resources,
          resourceNames: [NAMES.operator],
          verbs,
        },
      ],
      scope: "cluster",
    }),
  ];
}

/** Empty Secrets, which the Job fills. cert-manager creates its own. */
export function emptySecrets({ certificate }: Pick<BootstrapOptions, "certificate">): KubeObject[] {
  const names = certificate === "own" ? [NAMES.apiPath, NAMES.tls] : [NAMES.apiPath];
  return names.map((name) => labelled({ ...namespaced("v1", "Secret", name), type: "Opaque" }));
}

/** The program that the Job runs. */
export function bootstrapScript(script: string): KubeObject {
  const map = namespaced("v1", "ConfigMap", NAMES.bootstrap);
  return labelled(annotated({ ...map, data: { [FILE]: script } }, LARGE));
}

/** The Job, and the CronJob that renews the certificate. The Job's name changes with its program. */
export function bootstrapJobs(script: string, options: BootstrapOptions): KubeObject[] {
  const template = podTemplate(options);
  // Without the image, which the chart and a kustomization set.
  const nameless = JSON.stringify(podTemplate({ ...options, image: "" }));
  const job = namespaced("batch/v1", "Job", `${NAMES.bootstrap}-${shortHash(script, nameless)}`);
  const spec = { backoffLimit: 4, activeDeadlineSeconds: 1_800, template };
  const once = labelled(annotated({ ...job, spec }, RECREATE));
  if (options.certificate === "cert-manager") return [once];
  const cron = {
    ...namespaced("batch/v1", "CronJob", NAMES.bootstrap),
    spec: {
      schedule: SCHEDULE,
      concurrencyPolicy: "Forbid",
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 1,
      jobTemplate: { spec },
    },
  };
  return [once, labelled(cron)];
}

function podTemplate({ certificate, image }: BootstrapOptions): V1PodTemplateSpec {
  const ids = { runAsUser: USER, runAsGroup: USER, runAsNonRoot: true };
  return {
    metadata: { labels: { app: NAMES.bootstrap } },
    spec: {
      serviceAccountName: NAMES.bootstrap,
      automountServiceAccountToken: true,
      enableServiceLinks: false,
      restartPolicy: "OnFailure",
      securityContext: { ...ids, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "bootstrap",
          image,
          imagePullPolicy: "IfNotPresent",
          args: [
            `${MOUNT}/${FILE}`,
            `--name=${NAMES.operator}`,
            `--namespace=${NAMES.namespace}`,
            `--certificate=${certificate}`,
          ],
          resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { cpu: "500m", memory: "256Mi" } },
          securityContext: {
            ...ids,
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          volumeMounts: [{ name: "program", mountPath: MOUNT, readOnly: true }],
        },
      ],
      volumes: [{ name: "program", configMap: { name: NAMES.bootstrap } }],
    },
  };
}
