import type {
  EditMessageInput,
  RegenerateReplyInput,
  SelectBranchInput,
} from "../../tools/generated/graphql/graphql.ts";
import { DeleteMessage, EditMessage, GetBranch, GetNode, RegenerateReply, SelectBranch } from "./branch-documents.ts";
import type { TestClient } from "./client.ts";
import { GetUsage } from "./documents.ts";

/**
 * What tests do with branches.
 *
 * @param users one user on two APIs, who asks at the first and reads at the second
 */
export function branchCalls(users: () => { here: TestClient; there: TestClient }) {
  /** Sends a message and waits for its reply. */
  async function ask(room: string, content: string): Promise<{ messageId: string; replyId: string }> {
    const sent = await users().here.send(room, content);
    await users().here.watchReply(sent.replyId).completed;
    return sent;
  }

  const edit = async (input: EditMessageInput, client = users().here) =>
    (await client.request(EditMessage, { input })).editMessage;
  const regenerate = async (input: RegenerateReplyInput, client = users().here) =>
    (await client.request(RegenerateReply, { input })).regenerateReply;
  const select = async (input: SelectBranchInput, client = users().there) =>
    (await client.request(SelectBranch, { input })).selectBranch;
  const remove = async (id: string, client = users().there) =>
    (await client.request(DeleteMessage, { id })).deleteMessage;
  const refusalOfEdit = async (input: EditMessageInput) =>
    (await users().here.ask(EditMessage, { input })).errors[0]?.extensions;
  const refusalOfRegenerate = async (input: RegenerateReplyInput) =>
    (await users().here.ask(RegenerateReply, { input })).errors[0]?.extensions;
  const branch = async (id: string) => present((await users().there.request(GetBranch, { id })).chatroom);
  const path = async (id: string) => (await branch(id)).messages.edges.map(({ node }) => node.id);
  const node = async (id: string) => present((await users().there.request(GetNode, { id })).message);
  const used = async () => (await users().there.request(GetUsage)).me?.usage.used;
  const finished = (reply: { id: string } | null) => users().there.watchReply(present(reply).id).completed;
  return {
    ask,
    edit,
    regenerate,
    select,
    remove,
    refusalOfEdit,
    refusalOfRegenerate,
    branch,
    path,
    node,
    used,
    finished,
  };
}

function present<Value>(value: Value | null): Value {
  if (value === null) throw new Error("it is not there");
  return value;
}
