import { z } from "zod";
import { isBlank, trimBlanks } from "./blank.ts";

const REPLACEMENT = "\uFFFD";
/** Half of a surrogate pair: no character, so neither UTF-8 nor PostgreSQL has it. */
const LONE_SURROGATE = /\p{Surrogate}/u;
const LONE_SURROGATES = /\p{Surrogate}/gu;
/** What moves or hides the text around it: embeddings, overrides, isolates and marks of direction. */
const DIRECTION = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u206F]/gu;
const GAP = /[\s\p{Cc}]+/gu;

export const hasLoneSurrogate = (text: string): boolean => LONE_SURROGATE.test(text);

/** Replaces each lone surrogate by U+FFFD, as UTF-8 does, so that answers equal the stored text. */
export const replaceLoneSurrogates = (text: string): string => text.replace(LONE_SURROGATES, REPLACEMENT);

/** Joins white space and controls to one space each, and drops what changes the direction of the text around it. */
export const toOneLine = (text: string): string => replaceLoneSurrogates(text).replace(DIRECTION, "").replace(GAP, " ");

/** What PostgreSQL stores of a text from outside that is not refused: no U+0000, no lone surrogate. */
export const toStorable = (text: string): string => replaceLoneSurrogates(text).replaceAll("\0", REPLACEMENT);

const EMPTY = { error: "is empty" };

/** A text of people in any number of lines. @param max its UTF-16 code units, as JavaScript's `length` counts them */
export const textOf = (max: number) =>
  z
    .string()
    // zod's `max` counts code points.
    .refine(({ length }) => length <= max, { error: `has more than ${max} UTF-16 code units`, abort: true })
    .overwrite(replaceLoneSurrogates)
    .refine((text) => !isBlank(text), EMPTY);

/** A text that others are shown within a line, such as a title. @param max its characters, as Unicode's code points */
export const lineOf = (max: number) =>
  z
    .string()
    .overwrite(toOneLine)
    .refine((text) => Array.from(text).length <= max, { error: `has more than ${max} characters`, abort: true })
    .overwrite(trimBlanks)
    .refine((text) => text !== "", EMPTY);
