/** Replies as long as models write them, by what they are made of. About 200 KB each. */
const LENGTH = 200_000;

export const REPLIES = ["markdown", "words", "code"] as const;
export type ReplyKind = (typeof REPLIES)[number];

export function writeReply(kind: ReplyKind): string {
  switch (kind) {
    case "markdown":
      return repeat(section);
    case "words":
      return repeat((n) => `Sentence ${n} of a single paragraph, which never ends. `);
    case "code":
      return `\`\`\`ts\n${repeat((n) => code(n))}\n\`\`\`\n`;
  }
}

function repeat(piece: (n: number) => string): string {
  const pieces: string[] = [];
  for (let n = 1, length = 0; length < LENGTH; n += 1) {
    const next = piece(n);
    pieces.push(next);
    length += next.length;
  }
  return pieces.join("");
}

const section = (n: number): string => `## Section ${n}

A paragraph with **strong words**, \`code\`, a [link](https://example.com/${n}) and *stress*, as long as a paragraph of an
answer usually is: it says what the section is about, and ends when that is said.

- The first of three points
- The second, with \`names\` in it
- The third

\`\`\`ts
${code(n)}\`\`\`

| name | value | meaning |
|---|---:|---|
| one | ${n} | the first |
| two | ${2 * n} | the second |

`;

const code = (n: number): string => `/** Adds what is step ${n}. */
export function step${n}(values: readonly number[]): number {
  const label = "step ${n}";
  return values.reduce((sum, value) => sum + value * ${n}, label.length);
}

`;
