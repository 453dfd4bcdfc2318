import { describe, expect, it } from "vitest";
import { nextHop } from "../../../../capabilities/probes/git/http/redirect";

const QUERY = "service=git-upload-pack";
const SUFFIX = `/info/refs?${QUERY}`;
const HTTPS = "https://git.example.com/old";

describe("a redirect", () => {
  it.each([
    [HTTPS, `https://git.example.com/new.git${SUFFIX}`, "https://git.example.com/new.git", true],
    [HTTPS, `/new.git${SUFFIX}`, "https://git.example.com/new.git", true],
    [HTTPS, `//mirror.example.com/new.git${SUFFIX}`, "https://mirror.example.com/new.git", false],
    [HTTPS, `https://git.example.com:8443/new.git${SUFFIX}`, "https://git.example.com:8443/new.git", false],
    [
      HTTPS,
      `https://user:password@git.example.com/new.git${SUFFIX}`,
      "https://git.example.com/new.git",
      true,
    ],
    [
      HTTPS,
      `https://git.example.com.evil.example/x${SUFFIX}`,
      "https://git.example.com.evil.example/x",
      false,
    ],
    ["http://git.example.com/r", `https://git.example.com/r${SUFFIX}`, "https://git.example.com/r", true],
    [
      "http://git.example.com:8080/r",
      `https://git.example.com/r${SUFFIX}`,
      "https://git.example.com/r",
      false,
    ],
  ])("of %s to %s moves the repository", (base, location, moved, sameHost) => {
    expect(nextHop(base, QUERY, location)).toEqual({ base: moved, sameHost });
  });

  it.each([
    [`http://git.example.com/new.git${SUFFIX}`, "downgrade"],
    ["https://git.example.com/users/sign_in", "elsewhere"],
    ["/info/refs?service=git-receive-pack", "elsewhere"],
    ["/info/refs", "elsewhere"],
    [`/info/refs?${QUERY}&token=x`, "elsewhere"],
    [`/info/refs?x=1&${QUERY}`, "elsewhere"],
    [`/sign_in?to=/r.git/info/refs?${QUERY}`, "elsewhere"],
    [`/info/refs/?${QUERY}`, "elsewhere"],
    [`/internal?path=/info/refs&${QUERY}`, "elsewhere"],
    [`/internal?x=/info/refs?${QUERY}`, "elsewhere"],
    [`/internal#/info/refs?${QUERY}`, "elsewhere"],
    [`/internal%3Fdelete=1%26x=/info/refs?${QUERY}`, "elsewhere"],
    [`/internal%3fdelete=1%26x=/info/refs?${QUERY}`, "elsewhere"],
    [`/internal%253Fdelete=1/info/refs?${QUERY}`, "elsewhere"],
    [`/internal%23/info/refs?${QUERY}`, "elsewhere"],
    [`/internal%2Finfo%2Frefs?${QUERY}`, "elsewhere"],
    [`/info/refs?service=git%2Dupload-pack`, "elsewhere"],
    [`ftp://git.example.com${SUFFIX}`, "elsewhere"],
    ["http://[", "elsewhere"],
    ["", "elsewhere"],
  ])("of an https repository to %j is refused", (location, refused) => {
    expect(nextHop(HTTPS, QUERY, location)).toEqual({ refused });
  });
});
