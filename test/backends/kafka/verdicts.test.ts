import { brokers } from "./brokers";
import { logins } from "./logins";
import { olderBrokers } from "./older-brokers";
import { publicClient } from "./public-client";
import { useKafka } from "./stage";
import { tls } from "./tls";
import { topics } from "./topics";

const stage = useKafka();

logins(stage);
tls(stage);
brokers(stage);
olderBrokers(stage);
// Before a topic loses its leader, which the public client does not connect beside.
publicClient(stage);
topics(stage);
