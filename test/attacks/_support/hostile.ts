const times = (count: number, part: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => part(n)).join(" ");

/** Documents that each cost as much as they can. What makes them unique is a comment at their end. */
export const HOSTILE: Readonly<Record<string, string>> = {
  "a field 490 times": `{ ${times(490, () => "me{id}")} }`,
  "a field as often as it may be": `{ ${times(32, () => "me{id}")} }`,
  "a field with arguments as often as it may be": `{ ${times(19, () => 'chatrooms(first:1,after:"a"){pageInfo{hasNextPage}}')} }`,
  "a field with a long text as often as it may be": `{ ${times(12, (n) => `chatroom(id:"${"x".repeat(1_200)}${n}"){id}`)} }`,
  "100 inline fragments": `{ ${times(100, () => "...on Query{me{id}}")} }`,
  "a field in as many inline fragments as there may be": `{ ${times(32, () => "...on Query{me{id}}")} ${times(18, (n) => `...on Query{a${n}:__typename}`)} }`,
  "inline fragments in each other": `{ ${"...on Query{me{id} ".repeat(22)} ${"}".repeat(22)} ${times(28, () => "...on Query{__typename}")} }`,
  "inline fragments with two fields": `{ ${times(12, () => "...on Query{me{id} me{id}}")} ${times(14, () => "...on Query{__typename __typename}")} }`,
  "inline fragments with directives": `{ ${times(50, (n) => `...on Query @include(if:true){a${n}:me{id}}`)} }`,
  "inline fragments on four types": `{ node(id:"x"){ ${times(45, (n) => `...on ${["User", "Session", "Chatroom", "Message"][n % 4]}{id}`)} } }`,
  "inline fragments with arguments": `{ ${times(26, () => '...on Query{chatroom(id:"0"){id}}')} }`,
  "inline fragments that differ in arguments": `{ ${times(26, (n) => `...on Query{chatroom(id:"${n}"){id}}`)} }`,
  "fragments side by side": `{ ${times(26, (n) => `...F${n} ...F${n}`)} } ${times(26, (n) => `fragment F${n} on Query{me{id name}}`)}`,
  "fragments in each other": `{ ...F0 ...F1 } ${times(32, (n) => `fragment F${n} on Query{me{id} ${n < 31 ? `...F${n + 1}` : ""}}`)}`,
  "fragments in each other, of two operations": `${times(2, (n) => `query Q${n}{ ${times(16, (m) => `...F${m}`)} }`)} ${times(16, (n) => `fragment F${n} on Query{me{id} ${n < 15 ? `...F${n + 1}` : ""}}`)}`,
  "fragments that double": `{ ...F0 } ${times(48, (n) => `fragment F${n} on Query{me{id} ${n < 47 ? `...F${n + 1} ...F${n + 1}` : ""}}`)}`,
  "fragments in a circle": `{ ...F0 } ${times(32, (n) => `fragment F${n} on Query{me{id} ...F${(n + 1) % 32}}`)}`,
  "fields that conflict": `{ me{${times(49, (n) => `a${n}:id`)}} me{a0:name ${times(45, () => "name")}} }`,
  "unknown fields": `{ ${times(290, (n) => `chatroms${n}`)} }`,
  "unknown arguments": `{ me(${times(290, (n) => `firs${n}:1`)}){id} }`,
  "unused variables": `query(${times(100, (n) => `$v${n}:Int`)}){__typename}`,
  "operations that share a fragment": `${times(49, (n) => `query A${n}{...F}`)} fragment F on Query{${times(5, (n) => `chatroom(id:$v${n}){id}`)}}`,
  "levels of lists": `{ chatroom(id:${"[".repeat(250_000)}`,
  "levels of selections": "{a".repeat(120_000),
  "a name of 250,000 characters": `query ${"x".repeat(250_000)}(${times(90, (n) => `$v${n}:Int`)}){__typename}`,
  "a text of 250,000 characters": `{ chatroom(id:"${"\\u0041".repeat(41_000)}"){id} }`,
  "a number of 250,000 digits": `{ chatrooms(first:${"1".repeat(250_000)}){edges{cursor}} }`,
  "250,000 commas": `{ ${",".repeat(250_000)}me{id} }`,
  "125,000 comments": `{ __typename ${"#\n".repeat(125_000)} }`,
};

/** Unique small documents that are valid: the ones that a cache takes. */
export const smallDocument = (n: number): string =>
  `query Q${n} { a${n}: __typename ${times(n % 90, () => "__typename")} }`;
