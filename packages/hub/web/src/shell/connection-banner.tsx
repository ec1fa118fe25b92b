import { useHub, useHubState } from './use-hub.ts';

/** Says when what stands on the page is not live, and why. Silent when all is well. */
export function ConnectionBanner() {
  const hub = useHub();
  const { live, fault, isLoaded } = useHubState();
  const text = sentence(live, fault, isLoaded);
  return (
    <div role="status" aria-live="polite" class="banner-place">
      {text !== null && (
        <div class={`banner ${live.name}`}>
          <span>{text}</span>
          {(live.name === 'waiting' || live.name === 'refused' || fault !== null) && (
            <button type="button" onClick={() => hub.hurry()}>
              Try now
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function sentence(live: ReturnType<typeof useHubState>['live'], fault: string | null, isLoaded: boolean): string | null {
  switch (live.name) {
    case 'refused':
      return `The hub refuses live levels: ${live.reason}`;
    case 'waiting':
      // One lost connection that comes back at once is no news.
      return live.failures < 2 ? null : 'No connection to the hub. Levels stand still; the page tries again by itself.';
    case 'connecting':
    case 'open':
      return fault === null ? null : `${isLoaded ? 'Part of this page is old' : 'The page cannot start'}: ${fault}.`;
  }
}
