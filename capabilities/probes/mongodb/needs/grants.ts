import { failed, type FailureError } from "../../../domain/failure";
import { quoted } from "../../messages";
import { authSourceOf } from "../credentials";
import { userOf, type MongodbWhere } from "../errors";

/** Actions that the user lacks on one resource, and how the role that grants them is called. */
interface Lacking {
  readonly actions: readonly string[];
  /** Whether they are of the database as a whole, not of the collection. */
  readonly ofDatabase?: true;
  readonly role: "write" | "create" | "list";
}

const CREATION: readonly string[] = ["createCollection", "createIndex"];

/** Longest message that names all missing rights; beyond it they are named group by group, test by test. */
const MAX_MESSAGE = 300;
/** Longest message that has commands at all, which long names make long. */
const MAX_COMMANDS = 480;

/** What the user lacks: actions on the collection, and whether it may not list the database's collections. */
export function lackingGroups(actions: readonly string[], mayNotList: boolean): readonly Lacking[] {
  const writes = actions.filter((action) => !CREATION.includes(action));
  const creation = actions.filter((action) => CREATION.includes(action));
  // The list first: only with it the next test finds out whether the collection is to be created.
  const groups: readonly Lacking[] = [
    { role: "list", actions: mayNotList ? ["listCollections"] : [], ofDatabase: true },
    { role: "write", actions: writes },
    { role: "create", actions: creation },
  ];
  return groups.filter((group) => group.actions.length > 0);
}

type GrantWhere = Pick<MongodbWhere, "endpoint" | "plan">;

/** The failure that names what is missing, and the commands that grant it and no more. */
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
 * The role is in the user's database where that may hold it, so that its name alone is enough to grant it; else in
 * `admin`, which holds privileges of every database.
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

/** As a string of the shell's language, in ASCII: what is shown is what is pasted. */
function text(value: string): string {
  return JSON.stringify(value).replace(/[^ -~]/g, (unit) => {
    return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
