/** An operation's text. What it brings and takes is known to the compiler alone. */
export type Operation<Data, Variables> = string & { readonly __types?: [Data, Variables] };

export type MessageStatus = "BLOCKED" | "COMPLETE" | "FAILED" | "PENDING" | "QUEUED" | "STOPPED" | "STREAMING";
