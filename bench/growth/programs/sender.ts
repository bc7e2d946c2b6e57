import "../../replies/programs/sender.ts";
