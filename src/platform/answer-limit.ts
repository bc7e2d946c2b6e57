import { DomainError } from "../errors.ts";

/**
 * Bytes of long texts in one answer, as JSON in UTF-8. 100 messages of the greatest length are 3 MiB in English. All else in
 * an answer is short, and limited by its number.
 */
export const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** The refusal of an answer, or of a page of it, that has too much text. */
export class AnswerTooLarge extends DomainError {
  constructor() {
    const size = `${MAX_ANSWER_BYTES / 2 ** 20} MiB`;
    super(
      "OPERATION_TOO_COMPLEX",
      `The answer has more than ${size} of text. Ask for fewer entries at once, with \`first\` or \`last\`.`,
    );
  }
}
