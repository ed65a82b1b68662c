/** Port: where keys and addresses are kept that must stand in no file and no variable. */
export interface Secrets {
  /** The text of a secret. @throws TidemarkError naming the secret, never its content. */
  read(name: string): Promise<string>;
}
