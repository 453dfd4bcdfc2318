const AREAS = [
  ...["af", "ap", "ca", "cn", "eu", "eu-isoe", "eusc-de", "il", "me", "mx", "sa"],
  ...["us", "us-gov", "us-iso", "us-isob", "us-isof"],
  ...["africa", "asia", "australia", "europe", "northamerica", "southamerica"],
];
const PARTS = [
  "north",
  "south",
  "east",
  "west",
  "central",
  "northeast",
  "northwest",
  "southeast",
  "southwest",
];
const REGION = new RegExp(`^(?:${AREAS.join("|")})-(?:${PARTS.join("|")})-?(?:[1-9]|1\\d)$`);

/**
 * Whether the text consists of the words that AWS and Google use in regions, such as `eu-west-1` or
 * `europe-west12`. A region named by a server is shown only then: a wider form would match a password too.
 */
export function isCloudRegion(text: string): boolean {
  return REGION.test(text);
}
