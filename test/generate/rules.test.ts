import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  clusterRules,
  entryPointRules,
  FEATURES,
  namespacedRules,
  operatorRules,
  type PolicyRule,
} from "../../generate/config/operator-rules";
import { OPERATOR, peopleRole } from "../../generate/config/roles";
import { ruleLines } from "../fixtures/rights";

const CRDS = "apiextensions.k8s.io/customresourcedefinitions";
const NAME = "pepr-kollect-connection-test";
const STORES = `pepr.dev/peprstores named ["${NAME}-store","${NAME}-schedule"]: create,get,list,patch,watch`;

const BASE = [
  "/secrets: get",
  `${CRDS} named ${JSON.stringify([
    "peprstores.pepr.dev",
    "kollectconnectiontests.kollect.dev",
    "kollectsnapshotsinks.kollect.dev",
    "kollectdatabasesinks.kollect.dev",
    "kollecteventsinks.kollect.dev",
  ])}: create,patch`,
  "events.k8s.io/events: create,patch",
  "kollect.dev/kollectconnectiontests/status: patch,update",
  "kollect.dev/kollectconnectiontests: delete,get,list,patch,watch",
  "kollect.dev/kollectdatabasesinks: get,list,watch",
  "kollect.dev/kollecteventsinks: get,list,watch",
  "kollect.dev/kollectsnapshotsinks: get,list,watch",
  STORES,
];

describe("operator's rules", () => {
  it("are the contract's without any switch", () => {
    expect(ruleLines(operatorRules())).toEqual(BASE);
  });

  it("let sink triggers patch sinks and their status, and nothing else", () => {
    const sinks = ["kollectdatabasesinks", "kollecteventsinks", "kollectsnapshotsinks"];
    const others = BASE.filter((line) => !sinks.some((sink) => line.startsWith(`kollect.dev/${sink}`)));
    expect(ruleLines(operatorRules(["sinkTriggers"]))).toEqual(
      [
        ...others,
        ...sinks.map((sink) => `kollect.dev/${sink}: get,list,patch,watch`),
        ...sinks.map((sink) => `kollect.dev/${sink}/status: patch`),
      ].sort(),
    );
  });

  it("let the access check create SubjectAccessReviews, and nothing else", () => {
    const review = "authorization.k8s.io/subjectaccessreviews: create";
    expect(ruleLines(operatorRules(["accessCheck"]))).toEqual([...BASE, review].sort());
  });

  it("never list or watch Secrets and hold no wildcard, with every switch on", () => {
    const rules = operatorRules(FEATURES);
    expect(ruleLines(rules)).toContain("/secrets: get");
    expect(JSON.stringify(rules)).not.toContain("*");
  });

  it("name each resource once, because the framework merges by resource alone", () => {
    const resources = operatorRules(FEATURES).map(
      (rule) => `${rule.apiGroups.join()}/${rule.resources.join()}`,
    );
    expect(new Set(resources).size).toBe(resources.length);
  });

  it("are those that package.json gives to the framework", async () => {
    const { pepr } = JSON.parse(await readFile(join(import.meta.dirname, "../../package.json"), "utf8")) as {
      pepr?: { uuid?: string; rbacMode?: string; rbac?: PolicyRule[] };
    };
    expect(pepr).toMatchObject({ uuid: OPERATOR.uuid, rbacMode: "scoped" });
    expect(pepr?.rbac).toEqual(operatorRules());
  });
});

describe("operator's rules for listed namespaces", () => {
  const { cluster, namespace, framework } = namespacedRules(FEATURES);

  it("leave only watching cluster-wide", () => {
    expect(ruleLines(cluster)).toEqual([
      "kollect.dev/kollectconnectiontests: list,watch",
      "kollect.dev/kollectdatabasesinks: list,watch",
      "kollect.dev/kollecteventsinks: list,watch",
      "kollect.dev/kollectsnapshotsinks: list,watch",
    ]);
  });

  it("read Secrets and write only where tests are served", () => {
    expect(ruleLines(namespace)).toEqual([
      "/secrets: get",
      "authorization.k8s.io/localsubjectaccessreviews: create",
      "events.k8s.io/events: create,patch",
      "kollect.dev/kollectconnectiontests/status: patch,update",
      "kollect.dev/kollectconnectiontests: delete,get,patch",
      "kollect.dev/kollectdatabasesinks/status: patch",
      "kollect.dev/kollectdatabasesinks: get,patch",
      "kollect.dev/kollecteventsinks/status: patch",
      "kollect.dev/kollecteventsinks: get,patch",
      "kollect.dev/kollectsnapshotsinks/status: patch",
      "kollect.dev/kollectsnapshotsinks: get,patch",
    ]);
  });

  it("keep the framework's store in the framework's namespace", () => {
    expect(ruleLines(framework)).toEqual([STORES]);
  });
});

describe("operator's rules on CustomResourceDefinitions", () => {
  it("are a role of their own in the manifests, for the CRD of the framework's store alone", () => {
    expect(ruleLines(entryPointRules())).toEqual([`${CRDS} named ["peprstores.pepr.dev"]: create,patch`]);
    const others = [clusterRules(FEATURES), namespacedRules(FEATURES)].flatMap((rules) =>
      Object.values(rules),
    );
    expect(ruleLines(others.flat()).filter((line) => line.startsWith(CRDS))).toEqual([]);
  });
});

describe("roles for people", () => {
  const aggregated = (role: string): string => `rbac.authorization.k8s.io/aggregate-to-${role}`;

  it("let those who may edit a namespace create, change and delete tests", () => {
    expect(peopleRole("editor")).toMatchObject({
      metadata: { labels: { [aggregated("edit")]: "true", [aggregated("admin")]: "true" } },
      rules: [
        {
          apiGroups: ["kollect.dev"],
          resources: ["kollectconnectiontests"],
          verbs: ["create", "delete", "get", "list", "watch", "patch"],
        },
      ],
    });
  });

  it("let those who may view a namespace read tests", () => {
    expect(peopleRole("viewer")).toMatchObject({
      metadata: { labels: { [aggregated("view")]: "true" } },
      rules: [{ resources: ["kollectconnectiontests"], verbs: ["get", "list", "watch"] }],
    });
  });
});
