import { graphql } from "../../tools/generated/graphql/gql.ts";

export const RateReply = graphql(`
  mutation RateReply($input: RateReplyInput!) {
    rateReply(input: $input) {
      message {
        id
        rating {
          value
          tag
          text
        }
      }
    }
  }
`);

export const ListRatings = graphql(`
  query ListRatings {
    chatrooms {
      edges {
        node {
          messages(last: 20) {
            edges {
              node {
                id
                rating {
                  value
                  tag
                  text
                }
              }
            }
          }
        }
      }
    }
  }
`);
