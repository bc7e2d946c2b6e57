/** What a default reply depends on; nothing else, so that a test can compute it again. */
export type Question = Readonly<{ prompt: string; earlierTurns?: number; systemPrompt?: string }>;

/**
 * The fake's own reply to a question: some 60 to 120 words (a story has more), the same for the same question. Its
 * first sentence says who is speaking and quotes the question.
 */
export function defaultReply({ prompt, earlierTurns = 0, systemPrompt = "" }: Question): string {
  const opening = `I am Colloquy's local fake for Gemini, and you asked me: “${quote(prompt)}”.`;
  const asides = [
    earlierTurns > 0 && `I can see ${earlierTurns} earlier ${earlierTurns === 1 ? "turn" : "turns"} of our talk.`,
    systemPrompt && `This room told me: “${quote(systemPrompt)}”.`,
  ].filter((aside) => aside !== false && aside !== "");
  return [[opening, ...asides].join(" "), bodyFor(prompt)].join("\n\n");
}

function bodyFor(prompt: string): string {
  const wish = WISHES.find(({ asks }) => asks.test(prompt));
  return wish?.body ?? ANSWERS[hash(prompt) % ANSWERS.length] ?? "";
}

/** One line, short, and never cut in the middle of a character. */
function quote(text: string): string {
  const characters = Array.from(text.replace(/\s+/g, " ").trim());
  return characters.length > 120 ? `${characters.slice(0, 117).join("")}…` : characters.join("");
}

/** FNV-1a, so that the choice is stable between runs and machines. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return value;
}

const WISHES: readonly Readonly<{ asks: RegExp; body: string }>[] = [
  {
    asks: /\bhaiku\b|俳句/i,
    body: `Here is a haiku for you:

> Words drift down the wire,
> each small leaf lands in its place:
> the screen fills with spring. 🌸

And one of the classics, by Bashō:

> 古池や
> 蛙飛びこむ
> 水の音

It speaks of an old pond, a frog that jumps in, and the sound of the water. Three lines, seventeen sounds, and a whole \
afternoon in it. Ask me for another subject and you will get the same haiku: I am only a fake, after all.`,
  },
  {
    asks: /\b(joke|funny|laugh)\b/i,
    body: `Why did the token cross the stream? Because the socket on the other side had just subscribed, and it did not \
want to be a lost message! 🥁

I know a second one. A WebSocket walks into a bar. The bartender says: “We will keep this open.” Nobody polls him \
again all evening. 😄

That is the whole of my repertoire. With a real key set in GEMINI_API_KEY, the real model would surely know better \
ones, and it would not tell them twice in the same words.`,
  },
  {
    asks: /\b(code|typescript|javascript|function|program)\b/i,
    body: `Here is a small example in TypeScript:

\`\`\`ts
/** Puts a live reply together; a late or repeated chunk does no harm. */
export function apply(text: string, chunk: { offset: number; text: string }): string {
  return text.slice(0, chunk.offset) + chunk.text;
}
\`\`\`

It keeps what lies before the chunk's offset and lays the chunk behind it. Because the offset says where the text \
belongs, the same chunk may come twice, or again after a reconnect, and the result stays the same. Try it with \
\`apply("Hello", { offset: 5, text: " 👋" })\`.`,
  },
  {
    asks: /\b(translat\w*|languages?)\b/i,
    body: `Here is one greeting in a few languages:

- English: Good morning!
- Français : Bonjour !
- Español: ¡Buenos días!
- 日本語: おはようございます。
- 中文: 早上好!
- हिन्दी: सुप्रभात!
- العربية: صباح الخير!
- Русский: Доброе утро!
- עברית: בוקר טוב!

Every line of it travels through the same pipe, a few characters at a time, so this is also a fine way to see that no \
character is ever torn apart on its way. Emoji made of several code points come through as well: 👩‍🚀 🏳️‍🌈 👨‍👩‍👧.`,
  },
  {
    asks: /\b(list|steps|plan|ideas?)\b/i,
    body: `Here is a plan in five steps:

1. **Open two windows** and sign in to the same account in both of them.
2. **Ask something** in the first one, and watch the reply grow in the second.
3. **Switch the network off** for a moment while the text is still coming in.
4. **Switch it on again**: the reply goes on where it was, with no gap and nothing twice.
5. **Press stop** in the middle of a long answer, and see that what has come stays there.

Each step takes only a minute. ✅`,
  },
  {
    asks: /\bstory\b/i,
    body: `Once upon a time there was a small server at the edge of a large network. 🏔️ All day long it passed on other \
people's words, and it was proud of never having lost one.

One evening a storm came up. First the lights flickered, then the memory was gone: every word that had been on its way, \
swept off like leaves. The server woke, and was frightened. But in the cellar stood an old friend, a database, who never \
hurried and never forgot. “Here,” it said, “is everything you promised to deliver. Begin where you stopped.”

So the server went down the list, one line after another. It asked each reader: how far have you come? And each reader \
answered with a number, and from that number on it read aloud.

In a house far away a child looked at a phone. The story had stood still for the time of three breaths; now it went on, \
in the middle of the sentence, as if nothing had happened. “Did you see that?” the child asked. “See what?” said the \
grandmother, and turned the page.

When morning came the storm had passed. Nobody thanked the server, for nobody had noticed anything; and that, it thought, \
was the very best of thanks. 🌅`,
  },
  {
    asks: /\b(hello|hi|hey|good (morning|evening)|thanks?|thank you)\b/i,
    body: `Hello, and it is good to have you here! 👋 I come with the project, so that it can be tried out with no key and \
no network. What I say is made up in advance, but the way it reaches you is the real one: a worker takes your message \
from the queue, the official client library reads my answer chunk by chunk, and each chunk goes to every device that is \
watching this room. Ask me for a haiku, a joke, a plan, a story or some code.`,
  },
];

const ANSWERS = [
  `That is a good question, and the real model would have a good answer to it. I have only a friendly one: whatever you \
ask, these words come back to you in small groups, at a steady pace, just as they would come from Gemini. So you can \
look at everything around them in peace, the live text, the second window, the stop button, the reconnect. ✨ Set \
GEMINI_API_KEY and start again, and the very same question goes to the model itself.`,
  `Let me think about it aloud. There are usually two sides to such a question: what one would like to be true, and what \
can be shown. A fake can show very little, since it knows nothing about the world; but it can show how an answer \
travels. This one left me as some thirty pieces of text. If you read it as one, then none was lost on the way, none came \
twice, and none was out of order. 🧩 さようなら, until the next question.`,
  `Here is what I can offer. First, a short answer: it depends. 🙂 Second, a longer one: it depends on things that I \
cannot look up, because I am a small program on your own machine and never call anybody. Third, a hint: ask me for a \
haiku, a joke, a plan in steps, a story, some code, or a greeting in many languages, and the reply will be more to the \
point. Everything else about this conversation is just what it would be with the real model.`,
];
