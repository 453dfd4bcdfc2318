import { readGrant } from "./printed";
import { allow, LIST, rightsRows, type RightsRow } from "./cases";

const PUT = "s3:PutObject";

/** What the sink's user may do. */
const ROWS: readonly RightsRow[] = [
  { id: "full", about: "s3:* on the bucket", policy: [{ ...LIST, Action: "s3:*" }, allow("s3:*")] },
  { id: "printed", about: "the grant of docs/sinks/s3.md as it is printed", policy: readGrant() },
  { id: "printed-without-put", about: "the printed grant without PutObject", policy: [] },
  { id: "put-only", about: "PutObject on the whole bucket", policy: [allow(PUT)] },
  { id: "put-prefix", about: "PutObject below kollect/ only", policy: [allow(PUT, "kollect/*")] },
  {
    id: "put-prefix-root",
    about: "PutObject below kollect/ only, no prefix",
    policy: [allow(PUT, "kollect/*")],
    prefix: "",
  },
  {
    id: "put-inventory-root",
    about: "PutObject below inventory/ only, no prefix",
    policy: [allow(PUT, "inventory/*")],
    prefix: "",
  },
  {
    id: "put-inventory",
    about: "PutObject below kollect/inventory/ only",
    policy: [allow(PUT, "kollect/inventory/*")],
  },
  {
    id: "put-namespace",
    about: "PutObject below the inventories of the sink's namespace only",
    policy: [allow(PUT, "kollect/inventory/d/*")],
  },
  {
    id: "put-other-namespace",
    about: "PutObject below the inventories of another namespace",
    policy: [allow(PUT, "kollect/inventory/other/*")],
  },
  { id: "put-elsewhere", about: "PutObject below another prefix", policy: [allow(PUT, "other/*")] },
  {
    id: "put-json",
    about: "PutObject on objects whose names end in .json",
    policy: [allow(PUT, "*.json")],
  },
  {
    id: "put-odd-prefix",
    about: "PutObject below a prefix with a space and letters beyond ASCII",
    policy: [allow(PUT, "a b/ü/*")],
    prefix: "a%20b/%C3%BC",
  },
  {
    id: "put-delete",
    about: "PutObject and DeleteObject, no ListBucket",
    policy: [allow([PUT, "s3:DeleteObject"])],
  },
  { id: "put-list", about: "PutObject and ListBucket", policy: [allow(PUT), LIST] },
  {
    id: "list-get",
    about: "ListBucket and GetObject, no PutObject",
    policy: [LIST, allow("s3:GetObject")],
  },
  { id: "list", about: "ListBucket only", policy: [LIST] },
  { id: "get", about: "GetObject only", policy: [allow("s3:GetObject")] },
  { id: "delete", about: "DeleteObject only", policy: [allow("s3:DeleteObject")] },
  { id: "none", about: "no right", policy: [] },
  {
    id: "denied",
    about: "s3:* allowed, PutObject denied below the prefix",
    policy: [{ ...LIST, Action: "s3:*" }, allow("s3:*"), { ...allow(PUT, "kollect/*"), Effect: "Deny" }],
  },
  {
    id: "bucket-missing-user",
    about: "bucket missing, user without rights",
    policy: [],
    bucket: "nobkt",
    fact: "S",
  },
];

const PARQUET = { objectStore: { format: "parquet" }, cluster: "eu 1" } as const;

/** Where the exporter puts its objects, by the template of the sink and the form of the prefix. */
const PATHS: readonly RightsRow[] = [
  {
    id: "template",
    about: "a pathTemplate, PutObject where it leads",
    policy: [allow(PUT, "kollect/prod/*")],
    spec: { pathTemplate: "{cluster}/{namespace}/{name}{extension}", cluster: "prod" },
  },
  {
    id: "template-elsewhere",
    about: "a pathTemplate, PutObject where objects are without it",
    policy: [allow(PUT, "kollect/inventory/*")],
    spec: { pathTemplate: "{cluster}/{namespace}/{name}.json" },
  },
  {
    id: "template-without-name",
    about: "a pathTemplate that names no inventory",
    policy: [allow(PUT, "kollect/all/d/*")],
    spec: { pathTemplate: " all/{namespace}/latest.json " },
  },
  {
    id: "template-blank",
    about: "a blank pathTemplate",
    policy: [allow(PUT, "kollect/inventory/*")],
    spec: { pathTemplate: "  " },
  },
  {
    id: "parquet",
    about: "Parquet, PutObject where it is kept",
    policy: [allow(PUT, "kollect/inventory/cluster=eu_1/ns=d/*")],
    spec: PARQUET,
  },
  {
    id: "parquet-elsewhere",
    about: "Parquet, PutObject where JSON would be kept",
    policy: [allow(PUT, "kollect/inventory/d/*")],
    spec: PARQUET,
  },
  {
    id: "prefix-double-slash",
    about: "two slashes within the prefix, which the exporter takes for one",
    policy: [allow(PUT, "a/b/*")],
    prefix: "a//b",
  },
  {
    id: "prefix-double-slash-kept",
    about: "the same, PutObject below the prefix as it is written",
    policy: [allow(PUT, "a//b/*")],
    prefix: "a//b",
  },
  {
    id: "prefix-dots",
    about: "a prefix with . and ..",
    policy: [allow(PUT, "b/*")],
    prefix: "a/../b/.",
  },
];

export const RIGHTS = rightsRows("s3", [...ROWS, ...PATHS]);
