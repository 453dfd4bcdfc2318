import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { runMain } from "./run-main";

/** Words that the Kubernetes documentation does not use, each with what it says instead. Code in backticks may have them. */
const WORDS: Readonly<Record<string, string>> = {
  nobody: "no user, no client, or the passive",
  whoever: "the user who, a client that",
  somebody: "a user, another user",
  anybody: "any user, any client",
  everybody: "all users, all clients",
  goodbye: "close, disconnect",
  nicety: "the need itself",
  anew: "again",
  mend: "fix",
  "of ours": "of the operator, our",
  "one's own": "your",
  "there it is": "name the thing",
};

const ANY_WORD = new RegExp(`\\b(${Object.keys(WORDS).join("|")})\\b`, "i");
const TEXT = /\.(?:ts|mts|mjs|js|json|md|ya?ml|go|java|txt|tpl)$/;
const OWN = "scripts/words.ts";
const QUOTED = /`[^`]*`/g;

/** Lists each line of the repository's own text that has one of the words, and rejects when there are any. */
async function main(): Promise<void> {
  const files = execFileSync("git", ["ls-files", "-z"], { encoding: "utf8" })
    .split("\0")
    .filter((file) => TEXT.test(file) && file !== OWN && file !== "package-lock.json");
  const found = (await Promise.all(files.map(wordsIn))).flat();
  if (found.length > 0) throw new Error(`${found.join("\n")}\n${found.length} lines have words to replace.`);
  console.log(`${files.length} files have none of the words to avoid.`);
}

async function wordsIn(file: string): Promise<string[]> {
  const lines = (await readFile(file, "utf8")).split("\n");
  return lines.flatMap((line, index) => {
    const word = ANY_WORD.exec(line.replace(QUOTED, ""))?.[1]?.toLowerCase();
    return word === undefined ? [] : [`${file}:${index + 1}: "${word}": write ${WORDS[word]}`];
  });
}

runMain(main);
