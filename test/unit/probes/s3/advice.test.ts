import { describe, expect, it } from "vitest";
import type { HttpAnswer } from "../../../../capabilities/probes/net/http-client";
import type { S3Words } from "../../../../capabilities/probes/s3/errors";
import { document, error, IGNORING, judge } from "./judge-answer";

describe("answers of S3", () => {
  it.each<[string, Partial<HttpAnswer>, Partial<S3Words>, string, RegExp]>([
    [
      "MinIO's console",
      { status: 400, body: error("InvalidArgument", "S3 API Requests must be made to API port.") },
      {},
      "ProtocolError",
      /is the port of MinIO's console\. Write the port of its S3 API into spec\.endpoint \(9000/,
    ],
    [
      "an old console of MinIO's",
      {
        body: error(
          "AccessDenied",
          "S3 API Request made to Console port. S3 Requests should be sent to API port.",
        ),
      },
      {},
      "ProtocolError",
      /is the port of MinIO's console/,
    ],
    [
      "nginx at a port for HTTPS",
      { status: 400, body: "<center>The plain HTTP request was sent to HTTPS port</center>" },
      {},
      "TLSFailed",
      /uses HTTPS at this port\. Write https:\/\/ instead of http:\/\//,
    ],
    [
      "a server in Go at a port for HTTPS",
      { status: 400, body: "Client sent an HTTP request to an HTTPS server.\n" },
      {},
      "TLSFailed",
      /uses HTTPS at this port/,
    ],
    [
      "R2 with a key of AWS",
      { status: 400, body: error("InvalidArgument", "Credential access key has length 20, should be 32") },
      {},
      "AuthenticationFailed",
      /accepts no access key of this length: .*Check the keys/,
    ],
    [
      "a closed bucket elsewhere than at AWS",
      { body: document("AllAccessDisabled") },
      { isProvider: false },
      "PermissionDenied",
      /refuses every request for bucket inventory\. Check its name/,
    ],
    [
      "a temporary key without its token",
      { body: document("InvalidTokenId") },
      { hasToken: false, ...IGNORING },
      "AuthenticationFailed",
      /accepts no temporary access key without its session token\. Kollect 0\.18 sends none: use a long-lived access key/,
    ],
    [
      "a temporary key of AWS without its token",
      { body: document("InvalidAccessKeyId") },
      { hasToken: false, isTemporary: true },
      "AuthenticationFailed",
      /without its session token\. Add the key sessionToken of Secret s3-keys, or use a long-lived access key/,
    ],
    [
      "another region, where the exporter follows none",
      { status: 400, body: document("AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>") },
      IGNORING,
      "InvalidConfiguration",
      /not us-east-1\. Kollect 0\.18 signs for us-east-1 whatever spec\.options\.region says: use a bucket in us-east-1\./,
    ],
    [
      "a region that only the sink says",
      { status: 400, body: document("AuthorizationHeaderMalformed", "<Region>us-east-1</Region>") },
      { ...IGNORING, region: "eu-west-1" },
      "InvalidConfiguration",
      /is in region us-east-1, not eu-west-1\. Kollect 0\.18 signs for us-east-1 .*: remove it\./,
    ],
  ])("of %s say what to do", (_what, answer, words, cause, says) => {
    const judged = judge(answer, words);
    expect(judged).toMatchObject({ cause, message: expect.stringMatching(says) });
    expect(judged.message.length).toBeLessThan(300);
  });
});
