import { expect, test } from "vitest";
import { startSoon } from "../../../capabilities/framework/start-delay";

test("draws a tenth of the framework's wait while the module is constructed", () => {
  const draws = startSoon(() => Array.from({ length: 1000 }, () => Math.random()));
  expect(Math.max(...draws)).toBeLessThan(0.1);
  expect(new Set(draws).size).toBeGreaterThan(900);
});

test("leaves randomness as it was, also when the module cannot be constructed", () => {
  const { random } = Math;
  expect(() =>
    startSoon(() => {
      throw new Error("no such module");
    }),
  ).toThrow("no such module");
  expect(Math.random).toBe(random);
});
