import { failed, type FailureError } from "../../../domain/failure";
import { quoted } from "../../messages";
import { authSourceOf } from "../credentials";
import { userOf, type MongodbWhere } from "../errors";

/** Actions that the user lacks on one resource, and the name of the role that grants them. */
interface Lacking {
  readonly actions: readonly string[];
  /** Whether they apply to the database as a whole, not to the collection. */
  readonly ofDatabase?: true;
  readonly role: "write" | "create" | "list";
}

const CREATION: readonly string[] = ["createCollection", "createIndex"];

/** Longest message that names all missing rights; beyond it, each test names one group. */
const MAX_MESSAGE = 300;
/** Longest message with commands, which long names make long. */
const MAX_COMMANDS = 480;

/** The user's missing rights: actions on the collection, and the listing of the database's collections. */
export function lackingGroups(actions: readonly string[], mayNotList: boolean): readonly Lacking[] {
  const writes = actions.filter((action) => !CREATION.includes(action));
  const creation = actions.filter((action) => CREATION.includes(action));
  // The listing comes first, because with it the next test can tell whether the collection must be created.
  const groups: readonly Lacking[] = [
    { role: "list", actions: mayNotList ? ["listCollections"] : [], ofDatabase: true },
    { role: "write", actions: writes },
    { role: "create", actions: creation },
  ];
  return groups.filter((group) => group.actions.length > 0);
}

type GrantWhere = Pick<MongodbWhere, "endpoint" | "plan">;

/** The failure that names the missing rights, and the commands that grant exactly these. */
export function mayNot(where: GrantWhere, lacking: readonly Lacking[], authSource?: string): FailureError {
  const source = sourceOfUser(where, authSource);
  const first = lacking.slice(0, 1);
  const messages = [
    `${fault(where, lacking)} ${commands(where, lacking, source)}`,
    `${fault(where, first)} ${commands(where, first, source)}`,
    `User ${userOf(where.plan)} lacks rights at ${where.endpoint}. ${commands(where, first, source)}`,
  ];
  const message =
    messages.find(({ length }) => length <= MAX_MESSAGE) ??
    messages.slice(2).find(({ length }) => length <= MAX_COMMANDS);
  return failed("PermissionDenied", message ?? `${fault(where, lacking)} ${PAGE}`);
}

const PAGE = "Grant it a role with these actions: docs/sinks/mongodb.md has the commands.";

/** `User kollect lacks remove on inventory.items and listCollections on inventory at db.shop:27017.` */
function fault({ endpoint, plan }: GrantWhere, lacking: readonly Lacking[]): string {
  const { database, collection } = plan.target;
  const of = ({ ofDatabase }: Lacking): string => quoted(ofDatabase ? database : `${database}.${collection}`);
  const grouped = [...new Set(lacking.map(of))].map((resource) => {
    const actions = lacking.filter((each) => of(each) === resource).flatMap((each) => each.actions);
    return `${actions.join(", ")} on ${resource}`;
  });
  return `User ${userOf(plan)} lacks ${grouped.join(" and ")} at ${endpoint}.`;
}

/**
 * The commands create the role in the user's database if that can hold it, so that its name is enough to grant it; else
 * in `admin`, which can hold privileges of every database.
 */
function commands({ plan }: GrantWhere, lacking: readonly Lacking[], source: string): string {
  const { database, collection } = plan.target;
  const [only] = lacking;
  const role = `${collection}_${lacking.length === 1 && only ? only.role : "sink"}`;
  const privileges = [...new Set(lacking.map(({ ofDatabase }) => ofDatabase))].map((ofDatabase) => {
    const actions = lacking.filter((each) => each.ofDatabase === ofDatabase).flatMap((each) => each.actions);
    const resource = `{db:${text(database)},collection:${text(ofDatabase ? "" : collection)}}`;
    return `{resource:${resource},actions:[${actions.map(text).join(",")}]}`;
  });
  const create = `db.createRole({role:${text(role)},roles:[],privileges:[${privileges.join(",")}]})`;
  const isInSource = source === "admin" || source === database;
  const granted = isInSource ? text(role) : `{role:${text(role)},db:"admin"}`;
  const grant = `db.grantRolesToUser(${text(plan.uri.login?.user ?? "")},[${granted}])`;
  return isInSource
    ? `Run in database ${quoted(source)}: ${create}; ${grant}`
    : `Run in database admin: ${create}; in ${quoted(source)}: ${grant}`;
}

function sourceOfUser({ plan: { uri } }: GrantWhere, fromDns: string | undefined): string {
  return uri.login ? authSourceOf(uri.login, uri, fromDns) : "admin";
}

/** A string literal of the shell's language, in ASCII, so that the displayed command can be pasted. */
function text(value: string): string {
  return JSON.stringify(value).replace(/[^ -~]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
