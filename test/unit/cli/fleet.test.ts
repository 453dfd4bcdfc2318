import { describe, expect, it } from "vitest";
import { broken } from "../../../cli/command-failure";
import { contextsOf, inEveryContext } from "../../../cli/test/fleet";

describe("contexts of a run", () => {
  it("are those of --context, each once, or the current one", () => {
    expect(contextsOf(undefined)).toEqual([undefined]);
    expect(contextsOf("east")).toEqual(["east"]);
    expect(contextsOf("east, west,east")).toEqual(["east", "west"]);
  });

  it.each(["east,", ",", Array.from({ length: 51 }, (_, index) => `c${index}`).join(",")])(
    "are refused when one has no name or there are too many: %.20s",
    (option) => {
      expect(() => contextsOf(option)).toThrow("--context");
    },
  );

  it("all come to their end, and the first failure names its context", async () => {
    const ended: string[] = [];
    const run = (name: string) => async (): Promise<void> => {
      await Promise.resolve();
      ended.push(name);
    };
    const fails = (): Promise<void> => Promise.reject(broken("no answer"));
    const all = inEveryContext(["a", "b", "c"], [run("a"), fails, run("c")]);
    await expect(all).rejects.toThrow('context "b": no answer');
    expect(ended).toEqual(["a", "c"]);
  });
});
