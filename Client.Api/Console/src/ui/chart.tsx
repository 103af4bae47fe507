import { Group, Text } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useId, useMemo, useState, type PointerEvent } from 'react';
import { rate } from './format';

export type Series = { name: string; color: string; values: number[] };

const height = 190;
const left = 40;
const top = 10;
const bottom = 24;
// Two minutes, in steps of two seconds.
const leastPoints = 60;

/** The end of the axis: 1, 2 or 5 times a power of ten. */
function ceiling(most: number): number {
  if (most <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map(step => step * power).find(step => step >= most) ?? most;
}

/** Rates over time as lines, with what they were at the pointer. */
export function RateChart({ series, times, label }: { series: Series[]; times: string[]; label: string }) {
  const { ref, width } = useElementSize<HTMLDivElement>();
  const [at, setAt] = useState<number | null>(null);
  const gradient = useId();
  const count = times.length;
  const top1 = ceiling(Math.max(...series.flatMap(each => each.values), 0));
  // Time runs from the right: a service that has just started has little past, and the rest of the picture is empty.
  const last = Math.max(leastPoints, count) - 1;
  const x = (index: number) => left + ((last - (count - 1) + index) * (width - left - 8)) / last;
  const y = (value: number) => top + (height - top - bottom) * (1 - value / top1);
  const paths = useMemo(
    () => (width > 0 ? series.map(each => each.values.map((value, index) => `${index === 0 ? 'M' : 'L'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`).join('')) : []),
    [series, width, top1, last],
  );
  const point = (event: PointerEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const index = Math.round(((event.clientX - box.left - left) / (box.width - left - 8)) * last) - last + count - 1;
    setAt(index >= 0 && index < count ? index : null);
  };
  const shown = at ?? count - 1;
  const clock = (index: number) => (times[index] ? new Date(times[index]).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' }) : '');
  return (
    <div>
      <Group gap="lg" mb="sm">
        {series.map(each => (
          <Group key={each.name} gap={8} wrap="nowrap">
            <span className="dot" style={{ background: each.color }} />
            <Text size="sm" c="dimmed">
              {each.name}
            </Text>
            <Text size="sm" fw={600} className="numbers" miw={38}>
              {rate(each.values[shown] ?? 0)}
              <Text span size="xs" c="dimmed" fw={400}>
                /s
              </Text>
            </Text>
          </Group>
        ))}
        {at !== null && (
          <Text size="xs" c="dimmed" ml="auto" className="numbers">
            {clock(at)}
          </Text>
        )}
      </Group>
      <div ref={ref}>
        <svg width="100%" height={height} role="img" aria-label={label} className="chart" onPointerMove={point} onPointerLeave={() => setAt(null)}>
          <defs>
            {series.map((each, index) => (
              <linearGradient key={each.name} id={`${gradient}${index}`} x1="0" x2="0" y1="0" y2="1">
                <stop offset="0" stopColor={each.color} stopOpacity="0.22" />
                <stop offset="1" stopColor={each.color} stopOpacity="0" />
              </linearGradient>
            ))}
          </defs>
          {width > 0 && [0, 0.5, 1].map(part => (
            <g key={part}>
              <line x1={left} x2={width - 8} y1={y(top1 * part)} y2={y(top1 * part)} stroke="var(--dlq-line)" />
              <text x={left - 8} y={y(top1 * part) + 4} textAnchor="end">
                {rate(top1 * part)}
              </text>
            </g>
          ))}
          {width > 0 && count > 1 && (
            <>
              <text x={Math.min(x(0), width - 120)} y={height - 6}>
                {clock(0)}
              </text>
              <text x={width - 8} y={height - 6} textAnchor="end">
                now
              </text>
            </>
          )}
          {paths.map((path, index) => (
            <g key={index}>
              <path d={`${path}L${x(count - 1)} ${y(0)}L${x(0)} ${y(0)}Z`} fill={`url(#${gradient}${index})`} />
              <path d={path} fill="none" stroke={series[index]!.color} strokeWidth="2" strokeLinejoin="round" strokeLinecap="round" />
            </g>
          ))}
          {at !== null && <line x1={x(at)} x2={x(at)} y1={top} y2={height - bottom} stroke="var(--mantine-color-dimmed)" strokeDasharray="3 3" />}
        </svg>
      </div>
    </div>
  );
}

/** Shares of a whole as one bar; each is told in words beside it. */
export function Bar({ parts, label }: { parts: { name: string; value: number; color: string }[]; label: string }) {
  const total = parts.reduce((sum, part) => sum + part.value, 0);
  return (
    <div role="img" aria-label={`${label}: ${parts.map(part => `${part.name} ${part.value}`).join(', ')}`} style={{ display: 'flex', gap: 2, height: 10, borderRadius: 5, overflow: 'hidden', background: 'var(--dlq-line)' }}>
      {parts
        .filter(part => part.value > 0)
        .map(part => (
          <div key={part.name} style={{ width: `${(part.value / total) * 100}%`, minWidth: 4, background: part.color }} />
        ))}
    </div>
  );
}
