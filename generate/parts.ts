import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  BACKEND_NAMES,
  kindOf,
  SINK_FAMILIES,
  SINK_KINDS,
  SINK_TYPES,
  type SinkType,
} from "../capabilities/api/vocabulary";
import { BACKEND_GUIDES, KIND_PAGES, type BackendGuide } from "./backends";
import { drivers, type Driver } from "./drivers";
import { failuresText } from "./failures";
import { commandsText, exitCodesText, kubectlOptionsText } from "./plugin/commands";
import { row, table } from "./reference/markdown";

/** A generated part of a hand-written page: between `<!-- name -->` and `<!-- /name -->`. */
interface Part {
  readonly path: string;
  readonly name: string;
  readonly text: string;
}

/** Throws for a type without a guide, because `npm run generate` does not wait for the compiler. */
function guideOf(type: SinkType): BackendGuide {
  if (Object.hasOwn(BACKEND_GUIDES, type)) return BACKEND_GUIDES[type];
  throw new Error(`BACKEND_GUIDES of generate/backends.ts has no ${type}: add it`);
}

/** The path from the project's root of a sample of a type. */
export function samplePath(sample: string): string {
  return `config/samples/kollect_v1alpha1_${sample}.yaml`;
}

/** The pages with current generated parts. Throws if a page has no place for its part. */
export async function pagesWithParts(root: string): Promise<[path: string, content: string][]> {
  const parts = [
    ...readmeParts(await drivers(root)),
    ...SINK_KINDS.flatMap(kindParts),
    ...SINK_TYPES.map(failuresPart),
    ...pluginParts(),
  ];
  const paths = [...new Set(parts.map(({ path }) => path))];
  return Promise.all(
    paths.map(async (path): Promise<[string, string]> => {
      const page = await readFile(join(root, path), "utf8");
      return [path, parts.filter((part) => part.path === path).reduce(filled, page)];
    }),
  );
}

function filled(page: string, { path, name, text }: Part): string {
  const place = new RegExp(`(<!-- ${name} -->)[\\s\\S]*?(<!-- /${name} -->)`);
  if (!place.test(page))
    throw new Error(`${path} has no place for ${name}: <!-- ${name} --> <!-- /${name} -->`);
  return page.replace(place, (_all, begin: string, end: string) => `${begin}\n\n${text}\n${end}`);
}

function readmeParts(all: readonly Driver[]): Part[] {
  const types = SINK_TYPES.map((type) => {
    const { page } = guideOf(type);
    const kind = kindOf(type);
    return row(
      `\`${type}\``,
      `[${BACKEND_NAMES[type]}](docs/sinks/${page})`,
      `[${kind}](docs/${KIND_PAGES[kind]})`,
    );
  });
  return [
    { path: "README.md", name: "types", text: table(["Type", "Backend", "Sink"], types) },
    {
      path: "docs/dependencies.md",
      name: "drivers",
      text: table(
        ["Package", "Probe", "Why it is here"],
        all.map(({ name, probe, why }) => row(`\`${name}\``, probe, why)),
      ),
    },
  ];
}

function failuresPart(type: SinkType): Part {
  return { path: `docs/sinks/${guideOf(type).page}`, name: "failures", text: failuresText(type) };
}

function pluginParts(): Part[] {
  const path = "docs/kubectl-plugin.md";
  return [
    { path, name: "commands", text: commandsText() },
    { path, name: "exit codes", text: exitCodesText() },
    { path, name: "flags of kubectl", text: kubectlOptionsText() },
  ];
}

function kindParts(kind: (typeof SINK_KINDS)[number]): Part[] {
  const path = `docs/${KIND_PAGES[kind]}`;
  const guides = SINK_FAMILIES[kind].types.map((type): [string, BackendGuide] => [type, guideOf(type)]);
  const types = guides.map(([type, { page, writesTo, samples }]) =>
    row(`\`${type}\``, writesTo, `[${page}](sinks/${page})`, `[sink](../${samplePath(samples.sink)})`),
  );
  const access = guides.flatMap(([type, guide]) =>
    guide.access.map(({ over, address, secret, keys }) =>
      row(`\`${type}\`${over ? ` over ${over}` : ""}`, address, secret, keys),
    ),
  );
  return [
    { path, name: "types", text: table(["`spec.type`", "What it writes to", "In detail", "Sample"], types) },
    { path, name: "access", text: table(["Type", "Address", "Secret, named by", "Keys"], access) },
  ];
}
