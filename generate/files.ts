import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { stringify } from "yaml";
import { KIND_DEFINITIONS, TYPE_NAMES } from "../capabilities/api/schema";
import { API_VERSION, GROUP } from "../capabilities/api/vocabulary";
import { crdOf } from "../capabilities/api/crd";
import { GENERATED } from "./header";
import { alertsPage } from "./monitoring/page";
import { limitationsPage } from "./reference/limitations";
import { pagesWithParts } from "./parts";
import { referencePage } from "./reference/page";
import { featureRole, peopleRole } from "./config/roles";
import { installedObjects } from "./config/uninstall";
import { typeScriptOf } from "./typescript";

type File = [path: string, content: string];

const SAMPLE = "config/samples/kollect_v1alpha1_kollectconnectiontest.yaml";

const typesPreamble = `// ${GENERATED}
import type { ObjectMeta } from "./object-meta";

export type { ObjectMeta, OwnerReference } from "./object-meta";

`;
const typesEnd = `
/** Any of the three sinks; \`kind\` tells them apart. */
export type Sink = KollectSnapshotSink | KollectDatabaseSink | KollectEventSink;
`;

/** YAML documents without anchors, because schemas share blocks, and without folded lines. */
function yaml(...documents: readonly object[]): string {
  const text = documents.map((each) => stringify(each, { lineWidth: 0, aliasDuplicateObjects: false }));
  return `# ${GENERATED}\n${text.join("---\n")}`;
}

function folder(path: string, resources: ReadonlyArray<[name: string, content: string]>): File[] {
  return [
    ...resources.map(([name, content]): File => [`${path}/${name}`, content]),
    [`${path}/kustomization.yaml`, kustomization(resources.map(([name]) => name))],
  ];
}

function kustomization(resources: readonly string[]): string {
  return yaml({ apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization", resources });
}

/** All manifests. The roles of optional features are in no kustomization: they are applied with their feature. */
function manifests(): File[] {
  return [
    ...folder(
      "config/crd",
      KIND_DEFINITIONS.map((kind) => [`${GROUP}_${kind.plural}.yaml`, yaml(crdOf(kind))]),
    ),
    ...folder("config/rbac", [
      ["connection-test-editor.yaml", yaml(peopleRole("editor"))],
      ["connection-test-viewer.yaml", yaml(peopleRole("viewer"))],
    ]),
    ["config/rbac/operator-sink-triggers.yaml", yaml(...featureRole("sinkTriggers", "sink-triggers"))],
    ["config/rbac/operator-access-check.yaml", yaml(...featureRole("accessCheck", "access-check"))],
    ["config/kustomization.yaml", kustomization(["crd", "rbac"])],
    ["config/uninstall.yaml", yaml(...installedObjects())],
  ];
}

/** The sample without the comment lines at its beginning, which describe the file and not the page. */
async function sample(root: string): Promise<string> {
  const text = await readFile(join(root, SAMPLE), "utf8");
  return text.slice(text.indexOf("apiVersion:"));
}

/**
 * Every generated file, and every page with generated parts: path from the project's root, and content as formatted
 * by prettier. The output is reproducible.
 */
export async function generatedFiles(root: string): Promise<File[]> {
  const types = typesPreamble + typeScriptOf(KIND_DEFINITIONS, API_VERSION, TYPE_NAMES) + typesEnd;
  const raw: File[] = [
    ["capabilities/api/types.ts", types],
    ...manifests(),
    ["docs/reference.md", referencePage(await sample(root))],
    ["docs/limitations.md", limitationsPage()],
    ["docs/alerts.md", alertsPage()],
    ...(await pagesWithParts(root)),
  ];
  return Promise.all(
    raw.map(async ([path, text]): Promise<File> => {
      const options = await resolveConfig(join(root, path));
      return [path, await format(text, { ...options, filepath: path })];
    }),
  );
}
