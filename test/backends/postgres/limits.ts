import { describe, it } from "vitest";
import { PASSWORD } from "../../../lab/backends/postgres";
import { expectFailure } from "../expect-report";
import { run, type Stage } from "./stage";

export function limits(stage: Stage): void {
  describe("a server that has no room or no time", () => {
    it("is TooManyConnections at the role's limit", async () => {
      await stage.server.sql(`CREATE ROLE limited LOGIN PASSWORD '${PASSWORD}' CONNECTION LIMIT 0`);
      await expectFailure(
        run(stage.at({ user: "limited" })),
        "TooManyConnections",
        /has no connection left for user limited/,
      );
    });
    it("is PermissionDenied for a database that takes no connections", async () => {
      await stage.server.sql("CREATE DATABASE sealed WITH ALLOW_CONNECTIONS false");
      await expectFailure(run(stage.at({ database: "sealed" })), "PermissionDenied", /ALLOW_CONNECTIONS/);
    });
    it("is PermissionDenied without CONNECT", async () => {
      await stage.server.sql("CREATE DATABASE private; ");
      await stage.server.sql("REVOKE CONNECT ON DATABASE private FROM PUBLIC");
      await expectFailure(run(stage.at({ database: "private" })), "PermissionDenied", /Grant it CONNECT/);
    });
    it("is AuthenticationFailed when pg_hba.conf does not admit us", async () => {
      await stage.server.sql("CREATE DATABASE shut");
      await expectFailure(run(stage.at({ database: "shut" })), "AuthenticationFailed", /pg_hba\.conf/);
    });
  });
}
