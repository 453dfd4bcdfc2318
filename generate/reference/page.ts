import { SINK_DEFINITIONS } from "../../capabilities/api/schema";
import { connectionTest, sinkRef } from "../../capabilities/api/schema/connection-test";
import { sinkFields } from "../../capabilities/api/schema/sink-common";
import { CONFIG_OPTIONS } from "../../capabilities/config/options";
import { GENERATED } from "../header";
import { rbac } from "./access";
import { configuration } from "./configuration";
import { fieldsOf, fieldTable, type Field } from "./fields";
import { adviceSections, lifeSections, seeAlso } from "./guidance";
import { health } from "./health";
import { intro } from "./intro";
import { section } from "./markdown";
import { statusSections } from "./status";
import { usage } from "./usage";

function required(field: Field): string {
  return field.required ? "yes" : "no";
}

function specFields(): string {
  const names = new Set(Object.keys(sinkRef.properties ?? {}));
  const word = (field: Field): string =>
    names.has(field.path.replace("spec.sinkRef.", "")) ? "one of three" : required(field);
  return section("Spec fields", fieldTable(fieldsOf(connectionTest.spec, "spec"), word));
}

function sinks(): string {
  const isCommon = (name: string): boolean => Object.hasOwn(sinkFields, name);
  const common = fieldsOf({ type: "object", properties: sinkFields }, "spec");
  const own = SINK_DEFINITIONS.map(({ kind, shortName, description, spec }) => {
    const properties = Object.entries(spec.properties ?? {}).filter(([name]) => !isCommon(name));
    const fields = fieldsOf({ ...spec, properties: Object.fromEntries(properties) }, "spec");
    return `### ${kind}\n\n${description} Short name: \`${shortName}\`.\n\n${fieldTable(fields, required)}`;
  });
  return section(
    "Sinks",
    `The fields of sinks, both those that a test reads and those that only an exporter reads. A required field is
required only if its block is present.`,
    `### Fields of all sinks\n\n${fieldTable(common, required)}`,
    ...own,
  );
}

/** The reference page, from the schemas, the vocabulary, the RBAC table, the options and the sample. */
export function referencePage(sample: string): string {
  return [
    `<!-- ${GENERATED} -->`,
    intro(),
    specFields(),
    usage(sample),
    statusSections(),
    lifeSections(),
    rbac(),
    configuration(CONFIG_OPTIONS),
    health(),
    adviceSections(),
    sinks(),
    seeAlso,
  ].join("\n\n");
}
