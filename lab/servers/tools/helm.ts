import { goProgram } from "../programs/go-program";

/** Path of Helm, which is built when it is not in the cache. */
export function install(): Promise<string> {
  return goProgram({
    name: "helm",
    module: "helm.sh/helm/v4/cmd/helm@v4.3.1",
    go: "1.26.0",
    duration: "some minutes",
  });
}
