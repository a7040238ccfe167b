import type { FastifyInstance } from 'fastify';
import { type Admitting, admit } from './admission.ts';

const GRAPHQL_RESPONSE = 'application/graphql-response+json';

/**
 * Puts `admit` before GraphQL at `POST /graphql`. What is refused is answered with HTTP 400, in the form of a GraphQL
 * response (GraphQL over HTTP), and is kept by nobody on the way.
 *
 * @param admitting what it is decided by, asked anew for each request.
 */
export function mountAdmission(app: FastifyInstance, admitting: () => Admitting): void {
  app.addHook('preHandler', async (request, reply) => {
    if (request.routeOptions.url !== '/graphql' || request.method !== 'POST') return;
    const admitted = await admit(admitting(), request.body);
    if ('body' in admitted) {
      request.body = admitted.body;
      return;
    }
    const type = request.headers.accept?.includes(GRAPHQL_RESPONSE) ? GRAPHQL_RESPONSE : 'application/json';
    await reply
      .code(400)
      .header('cache-control', 'no-store')
      .type(`${type}; charset=utf-8`)
      .send(JSON.stringify({ errors: [admitted.refused] }));
  });
}
