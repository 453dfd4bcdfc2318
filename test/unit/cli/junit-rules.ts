import { XMLParser } from "fast-xml-parser";

/** What an element may have. */
interface Rule {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** Elements in it; they may stand in any order, and as often as they are. */
  readonly children: readonly string[];
  /** Whether text may stand in it. */
  readonly text: boolean;
}

const PROBLEM: Rule = { required: [], optional: ["type", "message"], children: [], text: true };
const COUNTS = ["tests", "failures", "errors"];

/**
 * The rules of the schema by which Jenkins' xunit plugin validates a report of JUnit, for the elements that the plugin
 * writes: junit-10.xsd in https://github.com/jenkinsci/xunit-plugin, as of commit 031e285.
 */
const RULES: Readonly<Record<string, Rule>> = {
  testsuites: {
    required: [],
    optional: ["name", "time", ...COUNTS],
    children: ["testsuite"],
    text: false,
  },
  testsuite: {
    required: ["name", ...COUNTS],
    optional: [
      ...["group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"],
    ],
    children: ["testsuite", "properties", "testcase", "system-out", "system-err"],
    text: false,
  },
  testcase: {
    required: ["name"],
    optional: ["time", "classname", "group"],
    children: ["skipped", "error", "failure", "system-out", "system-err"],
    text: false,
  },
  failure: PROBLEM,
  error: PROBLEM,
  skipped: PROBLEM,
};

/** The schema's pattern of a suite's time. */
const TIME = /^(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?$/;
const TIMED = ["testsuites", "testsuite"];

/** A node of fast-xml-parser's `preserveOrder`: one member named for the element, and `:@` with its attributes. */
type Node = Readonly<Record<string, unknown>>;

/** What a report breaks of the schema, one line each; empty for a valid one. */
export function brokenRules(xml: string): string[] {
  const options = { preserveOrder: true, ignoreAttributes: false, attributeNamePrefix: "" };
  const parser = new XMLParser({ ...options, parseAttributeValue: false, ignoreDeclaration: true });
  const roots = parser.parse(xml) as Node[];
  const names = roots.map(nameOf);
  const wrongRoot = names.length === 1 && names[0] === "testsuites" ? [] : [`the roots are ${names.join()}`];
  return [...wrongRoot, ...roots.flatMap(brokenIn)];
}

function nameOf(node: Node): string {
  return Object.keys(node).find((name) => name !== ":@") ?? "";
}

function brokenIn(node: Node): string[] {
  const name = nameOf(node);
  const rule = RULES[name];
  if (!rule) return [`${name} is no element`];
  const attributes = (node[":@"] ?? {}) as Readonly<Record<string, string>>;
  const children = node[name] as readonly Node[];
  const elements = children.filter((child) => nameOf(child) !== "#text");
  return [
    ...rule.required.filter((each) => !(each in attributes)).map((each) => `${name} has no ${each}`),
    ...Object.keys(attributes)
      .filter((each) => ![...rule.required, ...rule.optional].includes(each))
      .map((each) => `${name} may not have ${each}`),
    ...(TIMED.includes(name) && !TIME.test(attributes.time ?? "") ? [`${name} has a wrong time`] : []),
    ...(rule.text || elements.length === children.length ? [] : [`${name} has text`]),
    ...elements
      .map(nameOf)
      .filter((each) => !rule.children.includes(each))
      .map((each) => `${name} may not hold ${each}`),
    ...elements.flatMap(brokenIn),
  ];
}
