import { SINK_TYPES } from "../capabilities/api/vocabulary";

/** Settings of the person or machine that would send tests elsewhere, or make them trust or use something else. */
const FOREIGN_VARIABLES = [
  /^(https?|all|no|ftp)_proxy$/i,
  /^(node_extra_ca_certs|node_tls_reject_unauthorized|ssl_cert_(file|dir))$/i,
  /^(kubeconfig|kubebuilder_assets|kubernetes_service_.*)$/i,
  new RegExp(`^(${SINK_TYPES.join("|")})_`, "i"),
  /^pg[a-z]+$/i,
  /^(aws|google|cloudsdk|gcloud|storage_emulator)_/i,
  /^(log_level|pepr_.*)$/i,
  /^kollect_(?!(cache_dir|long_tests)$)/i,
];

/** The environment without what would change what is tested. */
export function testEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    ([name]) => !FOREIGN_VARIABLES.some((foreign) => foreign.test(name)),
  );
  return Object.fromEntries(kept);
}
