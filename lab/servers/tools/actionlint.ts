import { installedEditions } from "../programs/edition";
import { goProgram } from "../programs/go-program";

export async function install(): Promise<void> {
  if (installedEditions().includes("second")) await actionlint();
}

/** Path of the linter of GitHub's workflows, built when the cache does not have it. */
export function actionlint(): Promise<string> {
  return goProgram({
    name: "actionlint",
    module: "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12",
    go: "1.25.0",
    duration: "about 30 s",
  });
}
