import type { V1PodTemplateSpec } from "@kubernetes/client-node";
import {
  bootstrapAccess,
  bootstrapJobs,
  bootstrapScript,
  emptySecrets,
  type BootstrapOptions,
} from "../gitops/bootstrap";
import { certificates } from "../gitops/cert-manager";
import { toYaml, type KubeObject } from "../gitops/objects";
import type { InstallSource } from "../gitops/source";
import { FILES } from "./files";
import { bare, documents, when } from "./template";
import { IMAGE, withPullSecrets } from "./workload-template";

/** Whether cert-manager manages the certificate. */
export const BY_CERT_MANAGER = 'eq .Values.certificate "cert-manager"';

interface JobSpec {
  readonly template: V1PodTemplateSpec;
}

/** The Job, its rights and its program, for both kinds of certificates. */
export function bootstrapTemplate({ bootstrap }: InstallSource): string {
  const part = (certificate: BootstrapOptions["certificate"]): string => {
    const options = { certificate, image: IMAGE };
    const jobs = bootstrapJobs(bootstrap, options).map(jobTemplate);
    return documents(...bootstrapAccess(options), ...emptySecrets(options), ...jobs);
  };
  const byCertManager = `${part("cert-manager")}---\n${toYaml(...certificates())}`;
  const program = bootstrapScript(bare(`.Files.Get "${FILES.bootstrap}" | quote`));
  return documents(program) + when(BY_CERT_MANAGER, byCertManager, part("own"));
}

/** A Job's template is immutable, so another image leads to another Job. */
function jobTemplate(job: KubeObject): KubeObject {
  if (job.kind === "CronJob") {
    const spec = job["spec"] as { readonly jobTemplate: { readonly spec: JobSpec } };
    return { ...job, spec: { ...spec, jobTemplate: { spec: pulling(spec.jobTemplate.spec, 12) } } };
  }
  const hash =
    "{{ toJson (list (include `kollect.image` $) .Values.imagePullSecrets) | sha256sum | trunc 8 }}";
  const metadata = { ...job.metadata, name: `${job.metadata.name}-${hash}` };
  return { ...job, metadata, spec: pulling(job["spec"] as JobSpec, 8) };
}

function pulling(spec: JobSpec, indent: number): JobSpec {
  const { template } = spec;
  if (template.spec === undefined) throw new Error("the bootstrap Job has no pod template");
  return { ...spec, template: { ...template, spec: withPullSecrets(template.spec, indent) } };
}
