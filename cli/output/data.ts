import { stringify } from "yaml";
import { GROUP, TEST_KIND } from "../../capabilities/api/vocabulary";
import type { Report } from "../report/report";

/** The whole report, in the form of docs/report.schema.json. */
export function jsonOf(report: Report): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

export function yamlOf(report: Report): string {
  return stringify(report);
}

/** One line per object, as with kubectl's `-o name`: the tests, or the sinks if there is no test. */
export function namesOf({ sinks }: Report): string {
  return sinks
    .map(({ kind, name, test }) =>
      test ? `${TEST_KIND.toLowerCase()}.${GROUP}/${test}\n` : `${kind.toLowerCase()}.${GROUP}/${name}\n`,
    )
    .join("");
}
