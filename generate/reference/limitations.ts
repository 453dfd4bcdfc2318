import { LIMITATION_IDS } from "../../capabilities/api/vocabulary";
import type { Limitation } from "../../capabilities/domain/exporter/limitation";
import { LIMITATIONS } from "../../capabilities/domain/exporter/limitations";
import { GENERATED } from "../header";
import { row, section, table } from "./markdown";

const INTRO = `# Limitations of Kollect's exporter

A sink has settings that a version of the exporter ignores, and there are cases in which a version fails although its
design allows them. A test lists those that apply to its sink in the condition \`ExporterLimited\` and in
\`status.probe.limitations\`. Read this page before you choose a type of sink.

\`KOLLECT_EXPORTER_VERSION\` sets the version that verdicts predict: \`0.18\` (the default), \`next\` (the following
release), or \`none\`, which reports no limitation. By default the verdict applies to the sink as it is declared. With
\`KOLLECT_EXPORTER_STRICT=true\` the sink is probed as that version reads it, and a limitation that still applies
makes the verdict \`False\` with cause \`UnsupportedByExporter\`.`;

const SUMMARY = `Effects: **fails**, exports fail; **overwrites**, exports change existing configuration; **ignored**,
a setting has no effect. If the connection depends on an ignored setting, the effect can be worse than in the table;
the test then reports that.`;

function entry(id: keyof typeof LIMITATIONS): string {
  const limitation: Limitation = LIMITATIONS[id];
  return `### ${id}

Types: ${limitation.types.map((type) => `\`${type}\``).join(", ")}. Versions: ${limitation.versions.join(", ")}. Applies when
${limitation.when}. The exporter ${limitation.does}. ${limitation.workaround} ${verdictOf(limitation)} Known from: ${limitation.source}.`;
}

function verdictOf({ decidesVerdict, rewrite }: Limitation): string {
  if (decidesVerdict) return "The verdict is `False` with cause `TargetNotFound` in every mode.";
  if (rewrite) return "In strict mode the sink is probed without the setting.";
  return "In strict mode the verdict is `False` if exports fail.";
}

/** The page of limitations, from the table that verdicts use. */
export function limitationsPage(): string {
  const rows = LIMITATION_IDS.map((id) => {
    const { types, versions, effect } = LIMITATIONS[id];
    return row(`[${id}](#${id.toLowerCase()})`, types.join(", "), versions.join(", "), effect);
  });
  return [
    `<!-- ${GENERATED} -->`,
    INTRO,
    section("Overview", table(["Limitation", "Types", "Versions", "Effect"], rows), SUMMARY),
    section("Details", ...LIMITATION_IDS.map(entry)),
  ].join("\n\n");
}
