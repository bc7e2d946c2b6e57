import { graphql } from "../../tools/generated/graphql/gql.ts";

export const GetSubscription = graphql(`
  query GetSubscription {
    me {
      subscription {
        plan
        status
        currentPeriodEnd
        cancelAtPeriodEnd
      }
    }
  }
`);

export const CreateCheckoutSession = graphql(`
  mutation CreateCheckoutSession($input: CreateCheckoutSessionInput) {
    createCheckoutSession(input: $input) {
      id
      url
      expiresAt
    }
  }
`);

export const CreateBillingPortalSession = graphql(`
  mutation CreateBillingPortalSession {
    createBillingPortalSession {
      url
    }
  }
`);
