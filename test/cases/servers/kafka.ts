import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from "kafkajs";
import { createAuthority } from "../../../lab/pki";
import { startKafka } from "../../../lab/servers/kafka/broker";
import type { ListenerName } from "../../../lab/servers/kafka/properties";
import type { CaseServers } from "../run";
import { caValues } from "./ca-values";

const PASSWORD = "corr-ct-horse:battery";
const STRIMZI_PASSWORD = "k5-of-scram-512";

/** A broker with topic inventory, to which kollect may write, and strimzi, which has SCRAM-SHA-512 alone. */
export const KAFKA_SERVERS: CaseServers = {
  kafka: async () => {
    const authority = createAuthority();
    const tls = authority.issue({ names: ["localhost"] });
    const server = await startKafka({
      tls: { valid: tls, expired: tls, clientCa: authority.cert },
      users: { kollect: PASSWORD },
      scram512Users: { strimzi: STRIMZI_PASSWORD },
    });
    await server.admin.createTopics({ topics: [{ topic: "inventory" }], waitForLeaders: true });
    await server.admin.createAcls({ acl: [MAY_WRITE] });
    const at = (listener: ListenerName): string => `localhost:${server.port(listener)}`;
    const listeners = { sasl: at("SASL"), tls: at("TLS"), mtls: at("MTLS"), controller: at("CONTROLLER") };
    const passwords = { password: PASSWORD, strimziPassword: STRIMZI_PASSWORD };
    return { values: { ...listeners, ...passwords, ...caValues(authority) }, stop: server.stop };
  },
};

const MAY_WRITE = {
  principal: "User:kollect",
  host: "*",
  operation: AclOperationTypes.WRITE,
  permissionType: AclPermissionTypes.ALLOW,
  resourceType: AclResourceTypes.TOPIC,
  resourceName: "inventory",
  resourcePatternType: ResourcePatternTypes.LITERAL,
};
