import { builder } from "../../../graphql/builder.ts";

export const SessionType = builder.prismaObject("Session", {
  description: "One signed-in device.",
  fields: (t) => ({
    id: t.exposeID("id", { description: "Identifies the session; also the `sid` of its access tokens." }),
    userAgent: t.exposeString("userAgent", {
      nullable: true,
      description: "What the device called itself when it last signed in or refreshed its tokens.",
    }),
    ip: t.exposeString("ip", {
      nullable: true,
      description: "The address it last signed in or refreshed its tokens from.",
    }),
    isCurrent: t.boolean({
      description: "Whether this request came with one of its access tokens.",
      select: { id: true },
      resolve: ({ id }, _args, { viewer }) => id === viewer?.sessionId,
    }),
    createdAt: t.expose("createdAt", { type: "DateTime", description: "When the device signed in." }),
    lastUsedAt: t.expose("lastUsedAt", {
      type: "DateTime",
      description: "When it last signed in or refreshed its tokens.",
    }),
    expiresAt: t.expose("expiresAt", {
      type: "DateTime",
      description: "When the refresh token expires unless it is used.",
    }),
  }),
});
