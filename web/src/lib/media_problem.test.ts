import { expect, it } from 'vitest';
import { describeMediaProblem, joinProblems } from './media_problem';

const named = (name: string) => Object.assign(new Error(), { name });

it('says what to do about a refusal, a missing and a busy device', () => {
  expect(describeMediaProblem('camera', named('NotAllowedError'))).toMatch(/Allow it/);
  expect(describeMediaProblem('camera', named('NotFoundError'))).toMatch(/Connect one/);
  expect(describeMediaProblem('microphone', named('NotReadableError'))).toMatch(/in use by another program/);
  expect(describeMediaProblem('microphone', 'what?')).toBe('The microphone could not be started.');
});

it('says the same thing about both devices once', () => {
  const both = (['microphone', 'camera'] as const).map((kind) =>
    describeMediaProblem(kind, named('NotAllowedError')),
  );
  expect(joinProblems(both[0]!, both[1]!)).toEqual([expect.stringContaining('camera and microphone')]);
  expect(joinProblems(null, both[1]!)).toEqual([both[1]]);
  expect(joinProblems(null, null)).toEqual([]);
});
