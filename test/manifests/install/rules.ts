import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { NAMES } from "../../../generate/gitops/objects";
import { rulesIn, type FoundRule } from "../../fixtures/install/rules-of-files";
import { ROOT } from "../../../lab/stage";
import pkg from "../../../package.json";
import type { InstallStage } from "./stage";

const PEOPLE_NAME = "People name these objects.";

/** Rules that cannot name their objects: the verbs that may occur without names, and why. */
const NAMELESS: Readonly<Record<string, { readonly verbs: readonly string[]; readonly because: string }>> = {
  "kollect.dev/kollectconnectiontests": {
    verbs: ["get", "list", "watch", "patch", "delete", "create"],
    because: `${PEOPLE_NAME} Only the role for people has create.`,
  },
  "kollect.dev/kollectconnectiontests/status": { verbs: ["update", "patch"], because: PEOPLE_NAME },
  ...Object.fromEntries(
    ["snapshot", "database", "event"].flatMap((family) => [
      [
        `kollect.dev/kollect${family}sinks`,
        { verbs: ["get", "list", "watch", "patch"], because: `${PEOPLE_NAME} Sink triggers need patch.` },
      ],
      [`kollect.dev/kollect${family}sinks/status`, { verbs: ["patch"], because: PEOPLE_NAME }],
    ]),
  ),
  "/secrets": { verbs: ["get"], because: "A sink names its Secrets, and any name may come." },
  "events.k8s.io/events": {
    verbs: ["create", "patch"],
    because: "Each has a name of its own, made when the Event is.",
  },
  "authorization.k8s.io/subjectaccessreviews": { verbs: ["create"], because: "A review has no name." },
  "authorization.k8s.io/localsubjectaccessreviews": { verbs: ["create"], because: "A review has no name." },
};

/** Ways to render the chart that give different roles. */
const CHART_VALUES: readonly (readonly string[])[] = [
  [],
  ["moduleInImage=false"],
  ["certificate=cert-manager"],
  ["settings.KOLLECT_SINK_TRIGGERS=true", "settings.KOLLECT_REQUIRE_SINK_ACCESS=true"],
  ["namespaces={shop}", "settings.KOLLECT_SINK_TRIGGERS=true", "settings.KOLLECT_REQUIRE_SINK_ACCESS=true"],
];

/** All rules that this project gives, in whatever it is installed from. */
export function ruleTests(stage: () => InstallStage): void {
  const perRight = ({ apiGroups, resources, verbs }: FoundRule): [string, string][] =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb): [string, string] => [`${group}/${resource}`, verb])),
    );

  describe("the rules of every output", () => {
    it("name their objects, or are on the list of those that cannot, of which all occur", async () => {
      const rules = await allRules(stage());
      const nameless = rules.filter(({ resourceNames = [] }) => resourceNames.length === 0);
      const refused = nameless.flatMap((rule) =>
        perRight(rule)
          .filter(([resource, verb]) => !NAMELESS[resource]?.verbs.includes(verb))
          .map(([resource, verb]) => `${rule.where}: ${verb} ${resource}`),
      );
      expect(refused).toEqual([]);

      const found = new Set(nameless.flatMap(perRight).map(([resource, verb]) => `${verb} ${resource}`));
      const listed = Object.entries(NAMELESS).flatMap(([resource, { verbs }]) =>
        verbs.map((verb) => `${verb} ${resource}`),
      );
      expect([...found].sort()).toEqual(listed.sort());
    });

    it("are found in every kind of output", async () => {
      const places = (await allRules(stage())).map(({ where }) => where);
      for (const kind of [
        "package.json",
        "pepr build",
        "config/rbac/",
        "gitops/operator/",
        "gitops/namespaced/",
      ])
        expect(places.filter((where) => where.startsWith(kind)).length, kind).toBeGreaterThan(0);
      for (const chart of ["the chart", "the framework's chart"])
        expect(places.filter((where) => where.startsWith(`${chart} `)).length, chart).toBeGreaterThan(0);
    });
  });
}

async function allRules(stage: InstallStage): Promise<FoundRule[]> {
  const { build, rendered } = stage;
  const own = pkg.pepr.rbac.map((rule) => ({ ...rule, where: "package.json" }));
  const framework = rulesIn("pepr build", await readFile(build.manifestsPath, "utf8"));
  const committed = await rulesBelow("config");
  const gitops = rendered.files
    .filter(([path]) => path.startsWith("gitops/") && path.endsWith(".yaml"))
    .flatMap(([path, content]) => rulesIn(path, Buffer.from(content).toString("utf8")));
  return [...own, ...framework, ...committed, ...gitops, ...(await chartRules(stage))];
}

async function rulesBelow(folder: string): Promise<FoundRule[]> {
  const entries = await readdir(join(ROOT, folder), { recursive: true });
  const files = entries.filter((name) => name.endsWith(".yaml"));
  const rules = files.map(async (name) =>
    rulesIn(`${folder}/${name}`, await readFile(join(ROOT, folder, name), "utf8")),
  );
  return (await Promise.all(rules)).flat();
}

async function chartRules({ build, rendered, helm }: InstallStage): Promise<FoundRule[]> {
  const release = ["--namespace", NAMES.namespace];
  const frameworks = join(dirname(build.manifestsPath), `${build.uuid}-chart`);
  const rules = rulesIn(
    "the framework's chart as it is",
    await helm("template", "kollect", frameworks, ...release),
  );
  for (const values of CHART_VALUES) {
    const set = ["image.repository=registry.example/kollect", ...values].flatMap((value) => ["--set", value]);
    const text = await helm("template", "kollect", rendered.chart, ...release, ...set);
    rules.push(...rulesIn(`the chart with ${values.join() || "its defaults"}`, text));
  }
  return rules;
}
