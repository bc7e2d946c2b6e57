import { graphql } from "../../tools/generated/graphql/gql.ts";

export const RefreshSession = graphql(`
  mutation RefreshSession($refreshToken: String!) {
    refreshSession(refreshToken: $refreshToken) {
      accessToken
      accessTokenExpiresAt
      refreshToken
      session {
        id
        expiresAt
        lastUsedAt
      }
      user {
        id
      }
    }
  }
`);

export const GetDevices = graphql(`
  query GetDevices {
    me {
      sessions {
        id
        userAgent
        ip
        isCurrent
        createdAt
        lastUsedAt
        expiresAt
      }
    }
  }
`);

export const SignOutEverywhere = graphql(`
  mutation SignOutEverywhere {
    signOut(everywhere: true)
  }
`);

export const SignIn = graphql(`
  mutation SignIn($input: SignInInput!) {
    signIn(input: $input) {
      accessToken
      refreshToken
      session {
        id
      }
      user {
        id
      }
    }
  }
`);

export const ChangePassword = graphql(`
  mutation ChangePassword($input: ChangePasswordInput!) {
    changePassword(input: $input)
  }
`);

export const ResetPassword = graphql(`
  mutation ResetPassword($input: ResetPasswordInput!) {
    resetPassword(input: $input) {
      accessToken
      refreshToken
      user {
        id
      }
    }
  }
`);

export const GetSecurityEvents = graphql(`
  query GetSecurityEvents($first: Int, $after: String) {
    me {
      securityEvents(first: $first, after: $after) {
        edges {
          node {
            id
            kind
            userAgent
            ip
            createdAt
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

export const UpdateProfile = graphql(`
  mutation UpdateProfile($input: UpdateProfileInput!) {
    updateProfile(input: $input) {
      id
      name
      timeZone
      usage {
        resetsAt
      }
    }
  }
`);

export const GetUsageByDay = graphql(`
  query GetUsageByDay {
    me {
      timeZone
      usage {
        used
        limit
        remaining
        resetsAt
        days {
          date
          messages
          promptTokens
          replyTokens
        }
      }
    }
  }
`);

export const DeleteAccount = graphql(`
  mutation DeleteAccount($input: DeleteAccountInput!) {
    deleteAccount(input: $input)
  }
`);

export const AccountChanged = graphql(`
  subscription AccountChanged($after: String) {
    accountChanged(after: $after) {
      __typename
      ... on AccountSnapshot {
        user {
          ...AccountState
        }
      }
      ... on UsageChanged {
        user {
          ...AccountState
        }
      }
      ... on PlanChanged {
        user {
          ...AccountState
        }
      }
      ... on ProfileChanged {
        user {
          ...AccountState
        }
      }
      ... on SessionOpened {
        sessionId
        session {
          id
          isCurrent
        }
      }
      ... on SessionRevoked {
        sessionId
      }
    }
  }

  fragment AccountState on User {
    id
    name
    usage {
      used
      limit
      remaining
      days {
        replyTokens
      }
    }
    sessions {
      id
      isCurrent
    }
  }
`);
