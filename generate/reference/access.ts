import { OPERATOR_RIGHTS, type Feature, type OperatorRight, type Way } from "../config/operator-rules";
import { OPERATOR, OPERATOR_SERVICE_ACCOUNT, PEOPLE } from "../config/roles";
import { GROUP, TEST_PLURAL } from "../../capabilities/api/vocabulary";
import { row, section, table, type Row } from "./markdown";

const SWITCHES: Readonly<Record<"base" | Way | Feature, string>> = {
  base: "always",
  entryPoint: "the image does not contain the module",
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

/** The section about RBAC: rights by actor, and additional rights of optional features. */
export function rbac(): string {
  return section(
    "RBAC",
    table(
      ["Actor", "Verbs", "Resource", "API group", "When", "Why"],
      [
        row("Pipelines, developers", verbs(PEOPLE.editor.verbs), ...tests, "Request probes"),
        row("Readers", verbs(PEOPLE.viewer.verbs), ...tests, "Read verdicts"),
        ...operatorRows(),
      ],
    ),
    `\`kubectl apply -k config/rbac\` creates the two roles for users. They are aggregated to \`edit\` and \`admin\`,
and to \`view\`, so that a user who may edit a namespace may test its sinks. The rights of optional features are in
\`config/rbac/operator-sink-triggers.yaml\` and \`config/rbac/operator-access-check.yaml\`, bound to the
ServiceAccount \`${OPERATOR_SERVICE_ACCOUNT}\` in \`${OPERATOR.namespace}\`; apply them when you turn the feature on.`,
    `A rule names its objects if their names are known; the API server then refuses all other objects of the kind,
including their creation. The rules without names are those for objects with names that users choose: tests, sinks,
their Secrets and Events.`,
    `If the operator serves only listed namespaces, the rights on Secrets, Events and writes move to a Role in each of
them. Listing and watching tests and sinks stays cluster-wide, because the framework watches a kind in all namespaces;
so does the right on CRDs.`,
  );
}
