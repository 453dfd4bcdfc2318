import { brokers } from "./brokers";
import { logins } from "./logins";
import { olderBrokers } from "./older-brokers";
import { useKafka } from "./stage";
import { tls } from "./tls";
import { topics } from "./topics";

const stage = useKafka();

logins(stage);
tls(stage);
brokers(stage);
olderBrokers(stage);
topics(stage);
