import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

/** What a reader can hold in mind at once. Beyond these, a function has a second one inside. */
const limits = {
  complexity: ["error", 10],
  "max-depth": ["error", 3],
  "max-params": ["error", 4],
  "max-statements": ["error", 20],
  "max-nested-callbacks": ["error", 4],
};

const rules = {
  ...limits,
  eqeqeq: ["error", "always", { null: "ignore" }],
  "no-console": "error",
  "no-else-return": "error",
  "no-implicit-coercion": ["error", { boolean: false }],
  "no-param-reassign": "error",
  "no-promise-executor-return": "off",
  "object-shorthand": "error",
  "prefer-const": "error",
  "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
  "@typescript-eslint/explicit-module-boundary-types": "error",
  "@typescript-eslint/no-explicit-any": "error",
  "@typescript-eslint/no-floating-promises": "error",
  "@typescript-eslint/no-misused-promises": "error",
  "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
  "@typescript-eslint/only-throw-error": "error",
  "@typescript-eslint/prefer-promise-reject-errors": [
    "error",
    { allowThrowingAny: true, allowThrowingUnknown: true },
  ],
  "@typescript-eslint/return-await": ["error", "error-handling-correctness-only"],
  "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
};

const environment = {
  object: "process",
  property: "env",
  message: "The environment is read once, in pepr.ts by capabilities/config/options.ts, and passed on.",
};

const noEnum = {
  selector: "TSEnumDeclaration",
  message: "Use a union of strings.",
};

const noDefaultExport = {
  selector: "ExportDefaultDeclaration",
  message: "Use a named export: it keeps its name where it is imported.",
};

const noLonelyTest = {
  selector: "MemberExpression[object.name=/^(describe|it|test)$/][property.name='only']",
  message: "With .only the other tests do not run, and nothing says so.",
};

export default defineConfig(
  globalIgnores(["dist/", "node_modules/", "coverage/"]),
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  {
    files: ["**/*.mjs", "**/*.cjs"],
    extends: [js.configs.recommended],
    languageOptions: {
      globals: { console: "readonly", process: "readonly", require: "readonly", module: "writable" },
    },
  },
  {
    files: ["**/*.ts", "**/*.mts"],
    extends: [js.configs.recommended, tseslint.configs.recommended],
    languageOptions: {
      parserOptions: { project: "tsconfig.dev.json", tsconfigRootDir: import.meta.dirname },
    },
    rules: { ...rules, "no-restricted-syntax": ["error", noEnum, noDefaultExport] },
  },
  {
    files: ["capabilities/**/*.ts"],
    ignores: ["capabilities/config/options.ts"],
    rules: { "no-restricted-properties": ["error", environment] },
  },
  {
    files: ["bootstrap/main.ts", "scripts/**/*.ts", "lab/**/*.ts", "test/**/*.ts"],
    rules: { "no-console": "off" },
  },
  {
    files: ["lab/**/*.ts", "test/**/*.ts"],
    rules: {
      "max-params": "off",
      "max-statements": "off",
      "max-nested-callbacks": ["error", 5],
      "@typescript-eslint/no-unused-expressions": "off",
      "no-restricted-syntax": ["error", noEnum, noDefaultExport, noLonelyTest],
    },
  },
  {
    files: ["*.config.mts", "scripts/test-reporter.ts"],
    rules: { "no-restricted-syntax": ["error", noEnum] },
  },
);
