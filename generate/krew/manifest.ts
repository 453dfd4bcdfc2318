import { createHash } from "node:crypto";
import { toYaml, type RenderedFile } from "../gitops/objects";
import { tarGz } from "./archive";

/** Inputs of the plugin's manifest for krew. */
export interface KrewSource {
  readonly version: string;
  /** Page of the project; releases are below it. */
  readonly homepage: string;
  /** The built plugin. */
  readonly plugin: Uint8Array;
  readonly license: Uint8Array;
}

const PLUGIN = "kollect";
const BINARY = "kubectl-kollect";
const ARCHIVE = `${BINARY}.tar.gz`;

/** The archive that a release publishes, and krew's manifest for it. Paths are below the folder of both. */
export function krewFiles({ version, homepage, plugin, license }: KrewSource): RenderedFile[] {
  const archive = tarGz([
    { name: BINARY, content: plugin, mode: 0o755 },
    { name: "LICENSE", content: license, mode: 0o644 },
  ]);
  const manifest = {
    apiVersion: "krew.googlecontainertools.github.com/v1alpha2",
    kind: "Plugin",
    metadata: { name: PLUGIN },
    spec: {
      version: `v${version}`,
      homepage,
      shortDescription: "Test the connections of Kollect sinks",
      description:
        "Has the operator probe the Kollect sinks of a cluster, or probes sinks of files from this machine\n" +
        "before they are applied, and leaves a report for a person, a pipeline or a browser.\n",
      caveats: "The plugin needs Node.js 20.19 or newer in PATH.\n",
      platforms: [
        {
          selector: { matchExpressions: [{ key: "os", operator: "In", values: ["linux", "darwin"] }] },
          uri: `${homepage}/releases/download/v${version}/${ARCHIVE}`,
          sha256: createHash("sha256").update(archive).digest("hex"),
          bin: BINARY,
          files: [
            { from: BINARY, to: "." },
            { from: "LICENSE", to: "." },
          ],
        },
      ],
    },
  };
  return [
    [`${PLUGIN}.yaml`, toYaml(manifest)],
    [ARCHIVE, archive],
  ];
}
