import { describe, expect, it } from "vitest";
import {
  errorOf,
  isAbsent,
  isFailedPatchTest,
  isNamespaceEnding,
  parseResponse,
} from "../../../../capabilities/kube/http/responses";

/** Bodies as Kubernetes 1.36 gives them. */
function answer(code: number, status: object): { status: number; body: unknown } {
  return { status: code, body: { kind: "Status", apiVersion: "v1", status: "Failure", code, ...status } };
}

const failedTest = answer(422, {
  message: "the server rejected our request due to an error in our request",
  reason: "Invalid",
  details: {},
});
const schema = answer(422, {
  message: 'KollectConnectionTest.kollect.dev "a" is invalid: status.attempts: Invalid value: "string"',
  reason: "Invalid",
  details: { name: "a", causes: [{ reason: "FieldValueTypeInvalid", field: "status.attempts" }] },
});
const notFound = answer(404, {
  message: 'secrets "x" not found',
  reason: "NotFound",
  details: { name: "x" },
});
const noResource = parseResponse({ status: 404, body: "404 page not found\n" });
const terminating = answer(403, {
  message:
    'events "x" is forbidden: unable to create new content in namespace y because it is being terminated',
  reason: "Forbidden",
  details: { name: "x", causes: [{ reason: "NamespaceTerminating", field: "metadata.namespace" }] },
});
const forbidden = answer(403, {
  message: "User cannot create",
  reason: "Forbidden",
  details: { kind: "events" },
});

describe("answers of the API server", () => {
  it.each([
    ["a patch whose test failed", failedTest, { test: true, absent: false, ending: false }],
    ["a patch that the schema refused", schema, { test: false, absent: false, ending: false }],
    ["an object that is not there", notFound, { test: false, absent: true, ending: true }],
    ["a resource that is not served", noResource, { test: false, absent: false, ending: false }],
    ["a namespace that is being deleted", terminating, { test: false, absent: false, ending: true }],
    ["a missing right", forbidden, { test: false, absent: false, ending: false }],
    [
      "a page of a proxy",
      { status: 404, body: { kind: "Page" } },
      { test: false, absent: false, ending: false },
    ],
  ])("tells %s", (_name, response, expected) => {
    expect(isFailedPatchTest(response)).toBe(expected.test);
    expect(isAbsent(response)).toBe(expected.absent);
    expect(isNamespaceEnding(response)).toBe(expected.ending);
  });

  it.each([
    [
      schema,
      { status: 422, reason: "Invalid", transient: false },
      /^c: KollectConnectionTest.*status\.attempts/,
    ],
    [forbidden, { status: 403, reason: "Forbidden", transient: false }, /^c: User cannot create$/],
    [noResource, { status: 404, reason: "HTTP404", transient: false }, /are the CRDs installed/],
    [
      { status: 502, body: undefined },
      { status: 502, reason: "HTTP502", transient: true },
      /gave no explanation/,
    ],
    [{ status: 302, body: undefined }, { status: 302, transient: false }, /gave no explanation/],
  ])("makes an error of %o", (response, expected, message) => {
    const error = errorOf("c", response);
    expect(error).toMatchObject(expected);
    expect(error.message).toMatch(message);
  });

  it("never repeats the body of an object, nor control characters or more than 1 KiB of a message", () => {
    const secret = { status: 500, body: { kind: "Secret", data: { password: "aHVudGVyMg==" } } };
    expect(errorOf("c", secret).message).not.toMatch(/aHVudGVyMg|password/);
    const long = errorOf("c", answer(400, { message: `\u001b[31mred\n${"x".repeat(5_000)}` }));
    expect(long.message).toMatch(/^c: \[31mred x+…$/);
    expect(long.message.length).toBeLessThan(1_040);
  });
});
