/** The bytes are not in the encoding that was detected. */
export class WrongEncoding extends Error {}
