import { Checkbox } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { flexRender, getCoreRowModel, useReactTable, type ColumnDef, type RowSelectionState } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef } from 'react';
import { plural } from './format';

export type Column<T> = ColumnDef<T, unknown> & { width?: string; sort?: string; narrow?: boolean };
export type Sorting = { by: string; descending: boolean };

const rowHeight = 48;
const selectId = 'select';

type Props<T> = {
  label: string;
  rows: T[];
  columns: Column<T>[];
  rowId: (row: T) => string;
  sorting?: Sorting;
  onSort?: (sorting: Sorting) => void;
  selected?: RowSelectionState;
  onSelect?: (selected: RowSelectionState) => void;
  more?: () => void;
  total?: number;
  height?: string;
};

/** A table that draws only the rows in view, and asks for more as they come near. */
export function Table<T>({ label, rows, columns, rowId, sorting, onSort, selected, onSelect, more, total, height = 'min(68vh, 720px)' }: Props<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const all = useMemo<Column<T>[]>(() => (onSelect ? [selectColumn<T>(), ...columns] : columns), [columns, onSelect !== undefined]);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 12 });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? -1];
  // Only what is drawn: however many rows there are, a scroll costs the same.
  const drawn = useMemo(() => rows.slice(first, last + 1), [rows, first, last]);
  const table = useReactTable<T>({
    data: drawn,
    columns: all,
    getRowId: rowId,
    getCoreRowModel: getCoreRowModel(),
    state: { rowSelection: selected ?? {} },
    enableRowSelection: onSelect !== undefined,
    onRowSelectionChange: change => onSelect?.(typeof change === 'function' ? change(selected ?? {}) : change),
  });
  const models = table.getRowModel().rows;
  useEffect(() => {
    if (more && last >= rows.length - 20) more();
  }, [last, rows.length, more]);
  const chosen = useMemo(() => Object.values(selected ?? {}).filter(Boolean).length, [selected]);
  const template = { gridTemplateColumns: all.map(column => column.width ?? 'minmax(90px, 1fr)').join(' ') };
  const least = all.reduce((sum, column) => sum + Number(/(\d+)px/.exec(column.width ?? '')?.[1] ?? 90) + 16, 16);
  return (
    <div ref={scroller} className="grid" role="table" aria-label={label} aria-rowcount={total ?? rows.length} tabIndex={0} style={{ overflow: 'auto', maxHeight: height, contain: 'content' }}>
      <div role="rowgroup" style={{ position: 'sticky', top: 0, zIndex: 1, minWidth: least, background: 'var(--mantine-color-body)' }}>
        <div role="row" style={{ ...template, height: 40 }}>
          {table.getFlatHeaders().map((header, index) => {
            const column = all[index]!;
            const active = column.sort !== undefined && sorting?.by === column.sort;
            return (
              <div key={header.id} role="columnheader" aria-sort={active ? (sorting!.descending ? 'descending' : 'ascending') : undefined}>
                {column.id === selectId ? (
                  <Checkbox
                    size="xs"
                    aria-label="Select all that are shown"
                    title={plural(rows.length, 'row')}
                    checked={chosen > 0 && chosen >= rows.length}
                    indeterminate={chosen > 0 && chosen < rows.length}
                    onChange={event => onSelect?.(event.currentTarget.checked ? Object.fromEntries(rows.map(row => [rowId(row), true])) : {})}
                  />
                ) : column.sort && onSort ? (
                  <button className="sort" type="button" onClick={() => onSort({ by: column.sort!, descending: active ? !sorting!.descending : true })}>
                    {flexRender(header.column.columnDef.header, header.getContext())}
                    {active && (sorting!.descending ? <IconArrowDown size={13} /> : <IconArrowUp size={13} />)}
                  </button>
                ) : (
                  flexRender(header.column.columnDef.header, header.getContext())
                )}
              </div>
            );
          })}
        </div>
      </div>
      <div className="body" role="rowgroup" style={{ position: 'relative', height: virtual.getTotalSize(), minWidth: least }}>
        {items.map(item => {
          const row = models[item.index - first];
          if (!row) return null;
          return (
            <div key={row.id} role="row" aria-rowindex={item.index + 1} style={{ ...template, position: 'absolute', insetInline: 0, height: rowHeight, transform: `translateY(${item.start}px)` }}>
              {row.getVisibleCells().map(cell => (
                <div key={cell.id} role="cell">
                  {flexRender(cell.column.columnDef.cell, cell.getContext())}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function selectColumn<T>(): Column<T> {
  return {
    id: selectId,
    width: '20px',
    cell: ({ row }) => <Checkbox size="xs" aria-label={`Select ${row.id}`} checked={row.getIsSelected()} onChange={row.getToggleSelectedHandler()} />,
  };
}
