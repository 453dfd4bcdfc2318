/** First line of every generated file, without the comment marks of its language. */
export const GENERATED = "Generated from capabilities/api/schema by `npm run generate`. Do not edit.";
