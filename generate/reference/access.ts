import { OPERATOR_RIGHTS, type Feature, type OperatorRight, type Way } from "../config/operator-rules";
import { OPERATOR, OPERATOR_SERVICE_ACCOUNT, PEOPLE } from "../config/roles";
import { GROUP, TEST_PLURAL } from "../../capabilities/api/vocabulary";
import { row, section, table, type Row } from "./markdown";

const SWITCHES: Readonly<Record<"base" | Way | Feature, string>> = {
  base: "always",
  entryPoint: "the image does not hold the module",
  installCrds: "`npx pepr deploy` installed it",
  sinkTriggers: "`KOLLECT_SINK_TRIGGERS`",
  accessCheck: "`KOLLECT_REQUIRE_SINK_ACCESS`",
};

function verbs(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(", ");
}

function group(right: OperatorRight): string {
  return right.group === "" ? "core" : `\`${right.group}\``;
}

function resource({ resource: name, names }: OperatorRight): string {
  return names ? `\`${name}\`, only ${verbs(names)}` : `\`${name}\``;
}

function operatorRows(): Row[] {
  return (Object.keys(SWITCHES) as Array<keyof typeof SWITCHES>).flatMap((feature) =>
    OPERATOR_RIGHTS[feature].map((right) =>
      row("Operator", verbs(right.verbs), resource(right), group(right), SWITCHES[feature], right.why),
    ),
  );
}

const tests = [`\`${TEST_PLURAL}\``, `\`${GROUP}\``, "always"];

/** Who needs which rights, and what the switches add. */
export function rbac(): string {
  return section(
    "RBAC",
    table(
      ["Actor", "Verbs", "Resource", "API group", "When", "Why"],
      [
        row("Pipelines, developers", verbs(PEOPLE.editor.verbs), ...tests, "Ask for probes"),
        row("Readers", verbs(PEOPLE.viewer.verbs), ...tests, "Read verdicts"),
        ...operatorRows(),
      ],
    ),
    `\`kubectl apply -k config/rbac\` creates the two roles for people. They are aggregated to \`edit\` and \`admin\`, and to
\`view\`, so that a user who may edit a namespace may test its sinks. The rights of a switch are in
\`config/rbac/operator-sink-triggers.yaml\` and \`config/rbac/operator-access-check.yaml\`, bound to the ServiceAccount
\`${OPERATOR_SERVICE_ACCOUNT}\` in \`${OPERATOR.namespace}\`; apply them with the switch.`,
    `A rule names its objects wherever their names are known; the API server refuses everything else of the kind, creation
included. The rules without names are those about objects that people name: tests, sinks, their Secrets and Events.`,
    `Where the operator serves listed namespaces only, everything about Secrets, Events and writes moves to a Role in
each of them. Listing and watching tests and sinks stays cluster-wide, because the framework watches a kind in all
namespaces; so does the right on CRDs.`,
  );
}
