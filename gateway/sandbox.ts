import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';

/** What Apollo Sandbox opens with. */
export interface SandboxStart {
  readonly document: string;
  readonly variables: Record<string, unknown>;
  /** A token that is made each time the page is opened, so that it has not run out. */
  readonly token: () => Promise<string>;
}

/** Origins from which Apollo Sandbox calls: the page itself is embedded from Apollo's. */
export const SANDBOX_ORIGINS: readonly string[] = [
  'https://studio.apollographql.com',
  'https://sandbox.embed.apollographql.com',
  'https://explorer.embed.apollographql.com',
];

/** Apollo Sandbox as the landing page, with a ready query, its variables, and a development token in the headers. */
export function sandbox<Context extends BaseContext>({
  document,
  variables,
  token,
}: SandboxStart): ApolloServerPlugin<Context> {
  return {
    async serverWillStart(service) {
      return {
        async renderLandingPage() {
          return {
            html: async () => {
              const headers = { authorization: `Bearer ${await token()}` };
              const page = await ApolloServerPluginLandingPageLocalDefault({
                embed: { runTelemetry: false, initialState: { pollForSchemaUpdates: false, sharedHeaders: headers } },
                includeCookies: false,
                document,
                variables,
                headers,
              }).serverWillStart?.(service);
              const html = (await page?.renderLandingPage?.())?.html ?? '';
              return typeof html === 'string' ? html : html();
            },
          };
        },
      };
    },
  };
}
