import { failed } from "../../domain/failure";
import { quoted } from "../messages";

/** The target of the rows, in names that BigQuery accepts. */
export interface BigqueryNames {
  readonly project: string;
  readonly dataset: string;
  readonly table: string;
  /** As written in the sink; absent means that BigQuery derives it from the dataset. */
  readonly location?: string;
}

type Field = keyof BigqueryNames;

/** Form of each field. Names go into URLs, and BigQuery's own rules allow no character with a meaning there. */
const FORMS: Readonly<Record<Field, readonly [form: RegExp, words: string]>> = {
  project: [/^[a-z0-9][a-z0-9.:-]{1,127}$/, "the project's ID: lower-case letters, digits and hyphens"],
  dataset: [/^[A-Za-z0-9_]{1,1024}$/, "letters, digits and underscores"],
  table: [/^[\p{L}\p{M}\p{N}\p{Pc}\p{Pd} ]{1,1024}$/u, "letters, digits, underscores, hyphens and spaces"],
  location: [/^[A-Za-z0-9-]{1,64}$/, "a region such as europe-west3, or EU or US"],
};

/** Checks the names in a sink. Throws `FailureError` `InvalidConfiguration`, which says what to write instead. */
export function checkedNames(written: {
  readonly [F in Field]?: string | undefined;
}): BigqueryNames {
  const { project = "", dataset = "", table = "", location } = written;
  return {
    project: checked("project", project),
    dataset: checked("dataset", dataset),
    table: checked("table", table),
    ...(location ? { location: checked("location", location) } : {}),
  };
}

function checked(field: Field, text: string): string {
  const [form, words] = FORMS[field];
  if (form.test(text)) return text;
  const advice = text.trim() === "" ? `Write ${words}.` : (parts(field, text) ?? `Use ${words}.`);
  throw failed(
    "InvalidConfiguration",
    `spec.bigquery.${field} is "${quoted(text)}", which BigQuery does not accept. ${advice}`,
  );
}

/** Which fields the parts of a path belong to, by how many there are. */
const QUALIFIED: Readonly<Partial<Record<Field, readonly (readonly Field[])[]>>> = {
  dataset: [["project", "dataset"]],
  table: [
    ["dataset", "table"],
    ["project", "dataset", "table"],
  ],
};

/** The advice for a qualified name, as SQL and the command line accept it. */
function parts(field: Field, text: string): string | undefined {
  const bare = text.replaceAll("`", "");
  // The ID of a domain's project itself contains dots and a colon.
  const [, domain = "", rest = bare] = /^([a-z0-9.-]+\.[a-z]+:[a-z0-9-]+)([.:].*)$/.exec(bare) ?? [];
  const names = [...(domain === "" ? [] : [domain]), ...rest.split(/[.:]/).filter((part) => part !== "")];
  const fields = QUALIFIED[field]?.find(({ length }) => length === names.length);
  const fits = fields?.every((each, index) => FORMS[each][0].test(names[index] ?? ""));
  if (!fields || !fits) return undefined;
  const settings = fields.map((each, index) => `${each}: ${quoted(names[index] ?? "")}`);
  return `It names more than the ${field}. Write them separately: ${settings.join(", ")}.`;
}
