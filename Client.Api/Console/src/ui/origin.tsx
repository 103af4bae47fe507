import { Badge } from '@mantine/core';
import type { ReactNode } from 'react';
import { wordOf } from './basics';

/** What its sender said of a message, as rows of facts. */
export function Origin({ source, correlationId, priority, tags }: { source: ReactNode; correlationId: string | null | undefined; priority: string; tags: string[] }) {
  return (
    <>
      <dt>Source</dt>
      <dd>{source ?? '–'}</dd>
      <dt>Correlation id</dt>
      <dd>{correlationId ?? '–'}</dd>
      <dt>Priority</dt>
      <dd>{wordOf(priority)}</dd>
      <dt>Labels</dt>
      <dd>
        {tags.length === 0
          ? '–'
          : tags.map(tag => (
              <Badge key={tag} variant="light" color="gray" mr={4} tt="none">
                {tag}
              </Badge>
            ))}
      </dd>
    </>
  );
}
