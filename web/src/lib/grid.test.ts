import { describe, expect, it } from 'vitest';
import { layoutGrid } from './grid';

const DESKTOP = { width: 1256, height: 680, gap: 10 };
const PHONE = { width: 374, height: 720, gap: 10 };

function fits({ width, height, gap }: typeof DESKTOP, count: number): void {
  const { columns, tileWidth, tileHeight, perPage } = layoutGrid({ width, height, gap, count });
  const rows = Math.ceil(perPage / columns);
  expect(columns * tileWidth + (columns - 1) * gap).toBeLessThanOrEqual(width);
  expect(rows * tileHeight + (rows - 1) * gap).toBeLessThanOrEqual(height);
}

describe('the grid', () => {
  it('never leaves its room', () => {
    for (let count = 1; count <= 60; count++) for (const room of [DESKTOP, PHONE]) fits(room, count);
  });

  it('shows 25 people on a desktop at once, and more on further pages', () => {
    expect(layoutGrid({ ...DESKTOP, count: 25 })).toMatchObject({ pages: 1, perPage: 25, columns: 5 });
    expect(layoutGrid({ ...DESKTOP, count: 26 }).pages).toBe(2);
  });

  it('puts people side by side where it is wide and above each other where it is tall', () => {
    expect(layoutGrid({ ...DESKTOP, count: 2 }).columns).toBe(2);
    expect(layoutGrid({ ...PHONE, count: 2 }).columns).toBe(1);
    expect(layoutGrid({ ...DESKTOP, count: 4 }).columns).toBe(2);
  });

  it('fills the pages evenly', () => {
    const { pages, perPage } = layoutGrid({ ...DESKTOP, count: 26 });
    expect([pages, perPage]).toEqual([2, 13]);
  });

  it('keeps faces recognisable on a phone', () => {
    const { tileWidth, tileHeight } = layoutGrid({ ...PHONE, count: 40 });
    expect(tileWidth).toBeGreaterThanOrEqual(112);
    expect(tileHeight).toBeGreaterThanOrEqual(100);
  });

  it('does not fail before it has been measured', () => {
    expect(layoutGrid({ width: 0, height: 0, gap: 10, count: 3 })).toMatchObject({
      tileWidth: 0,
      tileHeight: 0,
    });
  });
});
