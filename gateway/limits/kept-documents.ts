import type { DocumentNode } from 'graphql';
import { AnonymousCache } from '../federation/anonymous-cache.ts';

/**
 * Where Apollo Server keeps the documents of one schema that it has validated, and where it can be asked whether it has one.
 * Which of them are kept is what `AnonymousCache` says.
 */
export class KeptDocuments extends AnonymousCache<DocumentNode> {
  /** Before it, Apollo Server puts a hash of the schema. */
  #prefix = '';

  /** Whether the document with this SHA-256, in hexadecimal digits, is kept. */
  async knows(hash: string): Promise<boolean> {
    return (await this.get(this.#prefix + hash)) !== undefined;
  }

  override async set(key: string, document: DocumentNode): Promise<void> {
    this.#prefix = key.slice(0, key.lastIndexOf(':') + 1);
    await super.set(key, document);
  }
}
