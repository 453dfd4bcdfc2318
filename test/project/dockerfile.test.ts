import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DockerfileParser } from "dockerfile-ast";
import { validate } from "dockerfile-utils";
import { expect, it } from "vitest";
import { MODULE_IN_IMAGE } from "../../generate/gitops/workloads";

const TEXT = readFileSync(join(import.meta.dirname, "../../Dockerfile"), "utf8");
const dockerfile = DockerfileParser.parse(TEXT);
const last = (keyword: string): string | null | undefined =>
  dockerfile
    .getInstructions()
    .filter((instruction) => instruction.getKeyword() === keyword)
    .at(-1)
    ?.getArgumentsContent();

it("has nothing that a linter complains of", () => {
  expect(validate(TEXT).map(({ message, range }) => `${range.start.line + 1}: ${message}`)).toEqual([]);
});

it("builds on images of an exact version", () => {
  const images = dockerfile.getFROMs().map((from) => from.getImage());
  expect(images).toHaveLength(2);
  for (const image of images) expect(image).toMatch(/:\d+\.\d+\.\d+-[a-z]+-slim$/);
});

it("runs as an ordinary user the file that the manifests name, with the entry point that they take for granted", () => {
  expect(last("USER")).toBe("65532:65532");
  expect(last("ENTRYPOINT")).toBe('["node"]');
  expect(last("CMD")).toBe(JSON.stringify([MODULE_IN_IMAGE]));
});
