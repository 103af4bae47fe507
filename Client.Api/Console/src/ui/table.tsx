import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { flexRender, getCoreRowModel, useReactTable, type ColumnDef, type Row, type RowSelectionState } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useMemo, useRef, type CSSProperties } from 'react';
import { plural } from './format';

export type Column<T> = ColumnDef<T, unknown> & { width?: string; sort?: string; narrow?: boolean };
export type Sorting = { by: string; descending: boolean };

const rowHeight = 48;
// Above and below what is seen: enough that a turn of the wheel finds its rows drawn.
const overscan = 6;
const block = 16;
// So many rows before the end more are asked for.
const ahead = 60;
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
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan });
  const items = virtual.getVirtualItems();
  const [first, last] = [items[0]?.index ?? 0, items.at(-1)?.index ?? -1];
  // Only what is drawn, and a little more, so that not every scroll makes models anew: however many rows there are, a scroll costs the same.
  const [begin, end] = [first - (first % block), last + block - (last % block)];
  const drawn = useMemo(() => rows.slice(begin, end), [rows, begin, end]);
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
    if (more && last >= rows.length - ahead) more();
  }, [last, rows.length, more]);
  const template = all.map(column => column.width ?? 'minmax(90px, 1fr)').join(' ');
  const least = all.reduce((sum, column) => sum + Number(/(\d+)px/.exec(column.width ?? '')?.[1] ?? 90) + 16, 16);
  return (
    <div ref={scroller} className="grid" role="table" aria-label={label} aria-rowcount={total ?? rows.length} tabIndex={0} style={{ maxHeight: height, '--columns': template, '--row': `${rowHeight}px` } as CSSProperties}>
      <div role="rowgroup" className="head" style={{ minWidth: least }}>
        <Head columns={all as Column<unknown>[]} rows={rows} rowId={rowId as (row: unknown) => string} sorting={sorting} onSort={onSort} selected={selected} onSelect={onSelect} />
      </div>
      <div className="body" role="rowgroup" style={{ position: 'relative', height: virtual.getTotalSize(), minWidth: least }}>
        {items.map(item => {
          const row = models[item.index - begin];
          if (!row) return null;
          return <Line key={row.id} row={row as Row<unknown>} original={row.original} columns={all} index={item.index} chosen={selected?.[row.id] ?? false} />;
        })}
      </div>
    </div>
  );
}

type HeadProps = Pick<Props<unknown>, 'rows' | 'columns' | 'rowId' | 'sorting' | 'onSort' | 'selected' | 'onSelect'>;

/** The names of the columns. A scroll does not change them. */
const Head = memo(({ rows, columns, rowId, sorting, onSort, selected, onSelect }: HeadProps) => {
  const chosen = useMemo(() => Object.values(selected ?? {}).filter(Boolean).length, [selected]);
  return (
    <div role="row" style={{ height: 40 }}>
      {columns.map(column => {
        const active = column.sort !== undefined && sorting?.by === column.sort;
        const name = String(column.header);
        return (
          <div key={column.id} role="columnheader" aria-sort={active ? (sorting!.descending ? 'descending' : 'ascending') : undefined}>
            {column.id === selectId ? (
              <input
                type="checkbox"
                className="check"
                aria-label="Select all that are shown"
                title={plural(rows.length, 'row')}
                checked={chosen > 0 && chosen >= rows.length}
                ref={box => {
                  if (box) box.indeterminate = chosen > 0 && chosen < rows.length;
                }}
                onChange={event => onSelect?.(event.currentTarget.checked ? Object.fromEntries(rows.map(row => [rowId(row), true])) : {})}
              />
            ) : column.sort && onSort ? (
              <button className="sort" type="button" onClick={() => onSort({ by: column.sort!, descending: active ? !sorting!.descending : true })}>
                {name}
                {active && (sorting!.descending ? <IconArrowDown size={13} /> : <IconArrowUp size={13} />)}
              </button>
            ) : (
              name
            )}
          </div>
        );
      })}
    </div>
  );
});

type LineProps = { row: Row<unknown>; original: unknown; columns: unknown; index: number; chosen: boolean };

/** One row. The table has a new model of it after every scroll; it is drawn anew only when something in it is different. */
const Line = memo(
  ({ row, index }: LineProps) => (
    <div role="row" aria-rowindex={index + 1} style={{ transform: `translateY(${index * rowHeight}px)` }}>
      {row.getVisibleCells().map(cell => (
        <div key={cell.id} role="cell">
          {flexRender(cell.column.columnDef.cell, cell.getContext())}
        </div>
      ))}
    </div>
  ),
  (before, after) => before.original === after.original && before.columns === after.columns && before.index === after.index && before.chosen === after.chosen,
);

function selectColumn<T>(): Column<T> {
  return {
    id: selectId,
    width: '20px',
    cell: ({ row }) => <input type="checkbox" className="check" aria-label={`Select ${row.id}`} checked={row.getIsSelected()} onChange={row.getToggleSelectedHandler()} />,
  };
}
