import { addressing } from "./addressing";
import { buckets } from "./buckets";
import { connections } from "./connections";
import { useS3 } from "./stage";
import { tls } from "./tls";

const stage = useS3();

buckets(stage);
addressing(stage);
tls(stage);
connections(stage);
