import { defineConfig } from "vitest/config";

/** What takes too long for each change: `npm run test:long` alone asks for it. */
const long = [
  {
    test: {
      name: "long",
      sequence: { groupOrder: 5 },
      include: ["test/long/**/*.test.ts"],
      testTimeout: 180_000,
      hookTimeout: 1_500_000,
      // Some of them use every core.
      maxWorkers: 1,
    },
  },
  {
    test: {
      // The tests of the project "servers", against the other version or program of each server.
      name: "long-second-servers",
      sequence: { groupOrder: 4 },
      include: [
        "test/backends/{git,gitlab,kafka,nats,postgres,s3}-contract.test.ts",
        "test/truth/{git,git-ssh,kafka,nats,postgres}.test.ts",
      ],
      // Read by lab/servers/programs/edition.ts.
      env: { KOLLECT_SERVER_EDITION: "second" },
      testTimeout: 180_000,
      hookTimeout: 1_500_000,
      maxWorkers: 2,
    },
  },
];

/**
 * Four projects, one after the other: unit tests; checks of the repository and of what hostile peers can do, with
 * processes and servers of the tests' own; tests against real servers; and the whole operator on a real API server. A
 * group of its own for each keeps quick failures first and lets each have its own maxWorkers.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          sequence: { groupOrder: 0 },
          include: ["test/unit/**/*.test.ts"],
          setupFiles: ["test/fixtures/property-setup.ts"],
          // To load every module again for each file takes longer than all of the tests do.
          isolate: false,
          // More than there are cores, because some wait for deadlines.
          maxWorkers: 4,
          // They take milliseconds; this is for a machine that has others to serve.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "checks",
          sequence: { groupOrder: 1 },
          include: ["test/{generate,lab,project,scripts,security}/**/*.test.ts"],
          setupFiles: ["test/fixtures/property-setup.ts"],
          isolate: false,
          maxWorkers: 4,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "servers",
          sequence: { groupOrder: 2 },
          include: ["test/{backends,cases,cli,control-plane,manifests,operator,truth}/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 1_500_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "e2e",
          sequence: { groupOrder: 3 },
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 300_000,
          // Two roll-outs take up to five minutes each, and then say what is missing.
          hookTimeout: 720_000,
          maxWorkers: 2,
        },
      },
      ...(process.env["KOLLECT_LONG_TESTS"] === "true" ? long : []),
    ],
  },
});
