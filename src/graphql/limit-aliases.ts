import { GraphQLError, type ASTVisitor, type ValidationContext } from "graphql";

/**
 * What one document may hold of what multiplies work behind one request. An app asks for a few things twice under other
 * names, and says `@include` here and there; GraphiQL's introspection, Apollo's and urql's documents have none.
 */
export const SYNTAX_LIMITS = { aliases: 50, directives: 50 } as const;

/**
 * A validation rule that counts aliases and directives as they are written, also in fragments. How often a fragment is
 * spread is weighed with the whole operation, by its breadth.
 */
export function LimitAliasesRule(context: ValidationContext): ASTVisitor {
  const counts = { aliases: 0, directives: 0 };
  const count = (what: keyof typeof counts) => {
    counts[what] += 1;
    // Once, however many there are.
    if (counts[what] !== SYNTAX_LIMITS[what] + 1) return;
    const message = `The operation has more than ${SYNTAX_LIMITS[what]} ${what}.`;
    context.reportError(new GraphQLError(message, { extensions: { code: "OPERATION_TOO_COMPLEX" } }));
  };
  return {
    Field(field) {
      if (field.alias) count("aliases");
    },
    Directive() {
      count("directives");
    },
  };
}
