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
 * Whether the text is made of the words of which AWS and Google make their regions, such as `eu-west-1` or
 * `europe-west12`. A region that a server names is shown only then: a wider form would fit a password too.
 */
export function isCloudRegion(text: string): boolean {
  return REGION.test(text);
}
