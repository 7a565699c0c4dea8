// Something that is done at the desk: once at a time, with its failure or its news.
import { useState } from "preact/hooks";
import { type Failure, toFailure } from "../../api/failure";

export interface Doing {
  readonly isBusy: boolean;
  readonly failure: Failure | undefined;
  readonly news: string;
  /** Does it; what it answers is the news. */
  readonly run: (deed: () => Promise<string>) => void;
}

export function useDeed(): Doing {
  const [state, setState] = useState<{ isBusy: boolean; failure?: Failure; news: string }>({ isBusy: false, news: "" });
  const run = (deed: () => Promise<string>) => {
    setState({ isBusy: true, news: "" });
    deed().then(
      (news) => setState({ isBusy: false, news }),
      (error) => setState({ isBusy: false, news: "", failure: toFailure(error) }),
    );
  };
  return { isBusy: state.isBusy, failure: state.failure, news: state.news, run };
}
