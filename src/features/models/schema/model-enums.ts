import { builder } from "../../../graphql/builder.ts";

export const ThinkingLevel = builder.enumType("ThinkingLevel", {
  description: "How long a model thinks before it answers.",
  values: {
    MINIMAL: { description: "Next to nothing: the answer begins at once." },
    LOW: { description: "A little, for simple questions." },
    MEDIUM: { description: "As much as most questions need." },
    HIGH: { description: "At length, for hard questions: it takes longer and costs more." },
  } as const,
});

export const ModelTool = builder.enumType("ModelTool", {
  description: "What a model may use while it answers.",
  values: {
    SEARCH: { description: "It may search the web, which `RoomSettings.search` turns on." },
    URL_CONTEXT: { description: "With `RoomSettings.search` it may also read pages whose address it was given." },
    CODE_EXECUTION: { description: "It may run code, which `RoomSettings.codeExecution` turns on." },
  } as const,
});
