import { LIMITATION_IDS } from "../../capabilities/api/vocabulary";
import type { Limitation } from "../../capabilities/domain/exporter/limitation";
import { LIMITATIONS } from "../../capabilities/domain/exporter/limitations";
import { GENERATED } from "../header";
import { row, section, table } from "./markdown";

const INTRO = `# Limitations of Kollect's exporter

A sink's API offers settings that a version of the exporter ignores, and there are cases in which a version fails although
its design allows them. A test names those that apply to its sink in condition \`ExporterLimited\` and in
\`status.probe.limitations\`. Read this page before you choose a type of sink.

\`KOLLECT_EXPORTER_VERSION\` says which version verdicts predict: \`0.18\` (the default), \`next\` (what follows it), or
\`none\`, which reports no limitation. By default the verdict goes by the sink as it is declared. With
\`KOLLECT_EXPORTER_STRICT=true\` the sink is probed as that version reads it, and a limitation that no reading avoids makes the
verdict \`False\` with cause \`UnsupportedByExporter\`.`;

const SUMMARY = `Effects: **fails**, exports fail; **overwrites**, exports change what is there; **ignored**, a setting has no
effect. An effect can be worse than the one in the table where the connection depends on the ignored setting; the test says
so.`;

function entry(id: keyof typeof LIMITATIONS): string {
  const limitation: Limitation = LIMITATIONS[id];
  return `### ${id}

Types: ${limitation.types.map((type) => `\`${type}\``).join(", ")}. Versions: ${limitation.versions.join(", ")}. Applies when
${limitation.when}. The exporter ${limitation.does}. ${limitation.workaround} ${verdictOf(limitation)} Known from: ${limitation.source}.`;
}

function verdictOf({ decidesVerdict, rewrite }: Limitation): string {
  if (decidesVerdict) return "The verdict is `False` with cause `TargetNotFound` in every mode.";
  if (rewrite) return "In strict mode the probe of the sink without the setting decides.";
  return "In strict mode the verdict is `False` where exports fail.";
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
