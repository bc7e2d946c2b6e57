import { openChat, signInAsTestUser, type ChatWindow } from "./browser/chat-page.ts";
import { launchChromium } from "./browser/chromium.ts";

/**
 * Photographs the chat page while a reply is being written, for the README. Needs a running API (`npm run dev`).
 *
 *     npx tsx tools/screenshot.ts [http://localhost:4000] [docs/images/chat.png] [light|dark]
 */
const [origin = "http://localhost:4000", file = "docs/images/chat.png", theme = "light"] = process.argv.slice(2);

const browser = await launchChromium();
try {
  const chat = await openChat(browser, origin, { colorScheme: theme === "dark" ? "dark" : "light" });
  await signInAsTestUser(chat);
  await begin(chat, "Plan a quiet weekend in Lisbon");
  await begin(chat, "Write a function that finds duplicates");
  const room = await begin(chat, "Search for the oldest message in a bottle");
  const { page } = await chat.openWindow(`/c/${room}`);
  await page.getByTitle("Search suggestions by Google").waitFor();
  await page.getByRole("textbox", { name: "Message", exact: true }).fill("And who found it?");
  await page.keyboard.press("Enter");
  await page.locator("[aria-busy]").getByText("earlier turns").waitFor();
  await page.screenshot({ path: file });
} finally {
  await browser.close();
}

/** A room with a question, its reply and a title made of it. @returns its id */
async function begin({ ask, page }: ChatWindow, content: string): Promise<string> {
  const { createChatroom } = await ask<{ createChatroom: { id: string } }>(
    "mutation { createChatroom(input: { settings: { search: true, showThoughts: true, thinking: LOW } }) { id } }",
  );
  await ask("mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } } }", {
    input: { chatroomId: createChatroom.id, content },
  });
  await page.getByLabel("Unread").first().waitFor();
  return createChatroom.id;
}
